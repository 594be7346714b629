use std::time::Duration;

use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::auth;
use service::id::Id;
use service::queue::{Task, TaskContext, TaskList, TaskResult};
use service::tasks::PurgeFinishedTasks;

use crate::util::{EventReader, Socket, TestApp};

pub(super) const SECRET: &str = "a secret that is long enough to sign";

/// Says three times how far it is.
#[derive(Debug, Serialize, Deserialize)]
struct ThreeSteps {}

impl Task for ThreeSteps {
    const NAME: &'static str = "three_steps";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        for percent in [30, 60, 90] {
            ctx.progress(percent, "on its way").await?;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        Ok(())
    }
}

pub(super) fn token(scope: &str, ttl: Duration) -> String {
    let secret = SecretString::from(SECRET);
    auth::sign(&secret, "ada".to_owned(), scope.to_owned(), ttl).expect("a token")
}

fn path(id: Id) -> String {
    format!("/api/v1/tasks/{id}/events")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_can_be_followed_to_its_end() {
    let mut tasks = TaskList::default();
    tasks.add::<ThreeSteps>();
    let app = TestApp::with_tasks(&[], tasks).await;
    let server = app.listen().await;
    let id = app.enqueue(ThreeSteps {}).await;

    let mut reader = EventReader::open(&server.url(&path(id)), "").await;
    assert_eq!(reader.headers()["content-type"], "text/event-stream");
    assert_eq!(reader.headers()["cache-control"], "no-cache");
    assert!(reader.headers().contains_key("x-request-id"));
    let first = reader.next().await.expect("how it is now");
    assert_eq!(
        (first.name.as_str(), &first.data["state"]),
        ("state", &"queued".into())
    );

    let follow = async {
        let mut events = Vec::new();
        while let Some(event) = reader.next().await {
            assert_eq!(event.data["id"], id.to_string());
            events.push(event);
        }
        events
    };
    let (attempts, events) = tokio::join!(app.run_pending_tasks(), follow);
    assert_eq!(attempts, 1);
    let (end, events) = events.split_last().expect("an end");
    assert_eq!(
        (end.name.as_str(), &end.data["state"]),
        ("end", &"succeeded".into())
    );
    let shown = app.get(&format!("/api/v1/tasks/{id}")).await;
    assert_eq!(end.data, shown.json::<Value>());
    let of = |name: &str| events.iter().filter(|event| event.name == name).count();
    assert_eq!(of("state") + of("progress"), events.len(), "{events:?}");
    assert!(of("state") >= 1 && of("progress") >= 2, "{events:?}");
}

#[tokio::test]
async fn who_has_seen_the_end_need_not_come_back() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;

    let url = server.url(&path(id));
    let mut reader = EventReader::open(&url, "").await;
    let end = reader.next().await.expect("an event");
    assert_eq!(end.name, "end");
    assert!(reader.next().await.is_none());
    let seen = end.id.expect("an id");
    let again = EventReader::ask(&url, &[("last-event-id", &seen)]).await;
    assert_eq!(again.status(), 204);
    let other = EventReader::ask(&url, &[("last-event-id", "end-1")]).await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn only_tasks_that_are_there_can_be_followed_by_those_who_may_read() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let server = app.listen().await;
    let hour = Duration::from_secs(3_600);
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    for (id, token, status) in [
        (id, String::new(), 401),
        (id, token("write", hour), 403),
        (Id::new(), token("read", hour), 404),
    ] {
        let bearer = format!("Bearer {token}");
        let url = server.url(&path(id));
        let refused = EventReader::ask(&url, &[("authorization", &bearer)]).await;
        assert_eq!(refused.status(), status);
        let content_type = &refused.headers()["content-type"];
        assert_eq!(content_type, "application/problem+json");
    }
}

#[tokio::test]
async fn a_stream_without_news_stays_open_and_shows_that_it_is_alive() {
    let settings = [
        ("STREAM_HEARTBEAT_SECS", "1"),
        ("REQUEST_TIMEOUT_SECS", "1"),
    ];
    let app = TestApp::with(&settings).await;
    let server = app.listen().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let mut reader = EventReader::open(&server.url(&path(id)), "").await;
    reader.next().await.expect("how it is now");
    for _ in 0..3 {
        let comment = reader.next_block().await.expect("it is open");
        assert!(comment.starts_with(':'), "{comment}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let server = app.listen().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let token = token("read", Duration::from_secs(3));
    let mut reader = EventReader::open(&server.url(&path(id)), &token).await;
    assert!(reader.next().await.is_some());
    assert!(reader.next().await.is_none());
}

#[tokio::test]
async fn there_are_so_many_streams_at_once_until_clients_leave() {
    let app = TestApp::with(&[("MAX_OPEN_STREAMS", "1")]).await;
    let server = app.listen().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let url = server.url(&path(id));
    let mut first = EventReader::open(&url, "").await;
    first.next().await.expect("how it is now");

    let refused = EventReader::ask(&url, &[]).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let socket = Socket::try_open(&server.url("/api/v1/ws"), &[]).await;
    assert!(matches!(socket, Err((503, _))));
    // They are no obstacle for other requests.
    let other = app.get("/api/v1/persons").await;
    assert_eq!(other.status(), StatusCode::OK);

    drop(first);
    for _ in 0..1_000 {
        if EventReader::ask(&url, &[]).await.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the place of a client that has left is not free again");
}
