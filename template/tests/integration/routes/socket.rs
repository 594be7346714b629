use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use service::id::Id;
use service::tasks::PurgeFinishedTasks;

use super::events::{SECRET, token};
use crate::util::{EventReader, Socket, TestApp};

const PATH: &str = "/api/v1/ws";
const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn text_comes_back() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    assert!(socket.handshake().headers().contains_key("x-request-id"));
    for text in ["hi", "[1]", "", "ä"] {
        socket.say(text).await;
        assert_eq!(socket.hear().await, format!("Message text was: {text}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_can_be_watched() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    let ids = [
        app.enqueue(PurgeFinishedTasks {}).await,
        app.enqueue(PurgeFinishedTasks {}).await,
    ];
    for id in ids {
        socket.say(json!({"watch": id}).to_string()).await;
        let now = socket.hear_json().await;
        assert_eq!(
            (&now["event"], &now["task"]["id"], &now["task"]["state"]),
            (&json!("state"), &json!(id), &json!("queued"))
        );
    }
    let mut ended = Vec::new();
    let hear = async {
        while ended.len() < ids.len() {
            let news = socket.hear_json().await;
            if news["event"] == "end" {
                assert_eq!(news["task"]["state"], "succeeded");
                ended.push(news["task"]["id"].clone());
            }
        }
    };
    tokio::join!(app.run_pending_tasks(), hear);
    for id in ids {
        assert!(ended.contains(&json!(id)), "{ended:?}");
    }
    socket.say("still there?").await;
    assert_eq!(socket.hear().await, "Message text was: still there?");
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    for id in ["nonsense", &Id::new().to_string()] {
        socket.say(json!({"watch": id}).to_string()).await;
        let refusal = json!({"event": "refused", "id": id, "detail": "there is no such task"});
        assert_eq!(socket.hear_json().await, refusal);
    }
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let watch = json!({"watch": id}).to_string();
    for _ in 0..16 {
        socket.say(watch.as_str()).await;
        assert_eq!(socket.hear_json().await["event"], "state");
    }
    socket.say(watch.as_str()).await;
    assert_eq!(socket.hear_json().await["event"], "refused");

    for wrong in [r#"{"watch": 5}"#, r#"{"watched": "x"}"#] {
        socket.say(wrong).await;
        let refusal = socket.hear_json().await;
        assert_eq!(refusal["event"], "refused", "{refusal}");
        assert_eq!(refusal["id"], Value::Null);
    }
}

#[tokio::test]
async fn a_client_that_guesses_is_closed() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    for _ in 0..16 {
        socket.say(r#"{"watch": "nonsense"}"#).await;
        assert_eq!(socket.hear_json().await["event"], "refused");
    }
    socket.say(r#"{"watch": "nonsense"}"#).await;
    assert_eq!(socket.closed().await, Some(1008));
}

#[tokio::test]
async fn what_is_watched_counts_as_a_stream() {
    let app = TestApp::with(&[("MAX_OPEN_STREAMS", "2")]).await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    let watch = json!({"watch": app.enqueue(PurgeFinishedTasks {}).await}).to_string();
    for event in ["state", "refused"] {
        socket.say(watch.as_str()).await;
        assert_eq!(socket.hear_json().await["event"], event);
    }
}

#[tokio::test]
async fn a_token_is_needed_that_may_read() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let server = app.listen().await;
    let url = server.url(PATH);
    let good = token("read", HOUR);
    let header = format!("Bearer {good}");
    Socket::open(&url, &[("authorization", &header)]).await;

    let offered = format!("bearer, {good}");
    let page = Socket::open(&url, &[("sec-websocket-protocol", &offered)]).await;
    let chosen = &page.handshake().headers()["sec-websocket-protocol"];
    assert_eq!(chosen, "bearer");

    let writer = format!("Bearer {}", token("write", HOUR));
    let other = format!("chat, {good}");
    for (header, status) in [
        (("x-other", "1"), 401),
        (("authorization", "Bearer nonsense"), 401),
        (("sec-websocket-protocol", "bearer, nonsense"), 401),
        (("sec-websocket-protocol", "bearer"), 401),
        (("sec-websocket-protocol", other.as_str()), 401),
        (("authorization", writer.as_str()), 403),
    ] {
        let refused = Socket::try_open(&url, &[header]).await.err();
        let (code, problem) = refused.unwrap_or_else(|| panic!("{header:?} is let in"));
        assert_eq!((code, &problem["status"]), (status, &json!(status)));
    }
    // Only a page that opens a socket has no other way.
    let request = Request::get("/api/v1/tasks").header("sec-websocket-protocol", &offered);
    let refused = app.send(request.body(Body::empty()));
    assert_eq!(refused.await.status(), StatusCode::UNAUTHORIZED);

    let in_url = format!("{url}?access_token={good}&token={good}");
    let refused = Socket::try_open(&in_url, &[]).await.err();
    assert_eq!(refused.map(|(code, _)| code), Some(401));
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out() {
    let allowed = [("CORS_ALLOW_ORIGINS", "https://shop.example")];
    let app = TestApp::with(&allowed).await;
    let server = app.listen().await;
    let (url, here) = (server.url(PATH), server.url(""));
    for origin in ["https://shop.example", &here] {
        Socket::open(&url, &[("origin", origin)]).await;
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1", ""] {
        let refused = Socket::try_open(&url, &[("origin", origin)]).await.err();
        let (code, problem) = refused.unwrap_or_else(|| panic!("{origin:?} is let in"));
        assert_eq!((code, &problem["status"]), (403, &json!(403)));
    }
}

#[tokio::test]
async fn an_ordinary_request_is_told_what_is_missing() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let refused = EventReader::ask(&server.url(PATH), &[]).await;
    assert_eq!(refused.status(), 426);
    assert_eq!(refused.headers()["upgrade"], "websocket");
    assert_eq!(
        refused.headers()["content-type"],
        "application/problem+json"
    );

    let old = Socket::try_open(&server.url(PATH), &[("sec-websocket-version", "8")]).await;
    assert_eq!(old.err().map(|(code, _)| code), Some(400));
}

#[tokio::test]
async fn what_is_not_understood_ends_the_conversation() {
    let app = TestApp::new().await;
    let server = app.listen().await;
    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    socket.say(vec![1, 2, 3]).await;
    assert_eq!(socket.closed().await, Some(1003));

    let mut socket = Socket::open(&server.url(PATH), &[]).await;
    socket.say("x".repeat(64 * 1024)).await;
    assert!(socket.hear().await.ends_with('x'));
    socket.say("x".repeat(64 * 1024 + 1)).await;
    assert_eq!(socket.closed().await, None);
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_expires() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let server = app.listen().await;
    let header = format!("Bearer {}", token("read", Duration::from_secs(3)));
    let mut socket = Socket::open(&server.url(PATH), &[("authorization", &header)]).await;
    assert_eq!(socket.closed().await, Some(1008));
}
