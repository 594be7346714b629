use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use service::db::Tx;
use service::id::Id;
use service::queue::{Flow, worker};
use service::tasks::{AddOneYear, PurgeFinishedTasks};
use tokio_util::sync::CancellationToken;

use crate::util::TestApp;

const TASKS: &str = "/api/v1/tasks";

async fn enqueue_failing(app: &TestApp) -> Id {
    let person_id = Id::new();
    app.enqueue(AddOneYear { person_id }).await
}

#[tokio::test]
async fn a_task_can_be_watched() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let task = app.get(&format!("{TASKS}/{id}")).await.json::<Value>();
    assert_eq!(task["id"], id.to_string());
    assert_eq!(task["name"], "purge_finished_tasks");
    assert_eq!(task["state"], "queued");
    assert_eq!(task["attempts"], 0);
    assert_eq!(task["finishedAt"], Value::Null);

    app.run_pending_tasks().await;
    let task = app.get(&format!("{TASKS}/{id}")).await.json::<Value>();
    assert_eq!(task["state"], "succeeded");
    assert_eq!(task["attempts"], 1);
    assert!(
        task["finishedAt"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
}

#[tokio::test]
async fn a_task_knows_the_request_that_enqueued_it() {
    let app = TestApp::new().await;
    let body = json!({"name": "Ada", "email": "ada@example.com", "age": 36});
    let person = app.post("/api/v1/persons", &body).await.json::<Value>();
    let person_id = person["id"].as_str().expect("an id");
    let request = Request::post(format!("/api/v1/persons/{person_id}/birthday"))
        .header("x-request-id", "from-the-client")
        .body(Body::empty());
    let accepted = app.send(request).await;
    let location = accepted.header("location").expect("a location");
    let task = app.get(location).await.json::<Value>();
    assert_eq!(task["requestId"], "from-the-client");
}

#[tokio::test]
async fn tasks_are_listed_by_state_name_and_queue() {
    let app = TestApp::new().await;
    let failing = enqueue_failing(&app).await;
    app.run_pending_tasks().await;
    let waiting = app.enqueue(PurgeFinishedTasks {}).await;

    let all = app.get(TASKS).await.json::<Value>();
    assert_eq!(all["objects"].as_array().map(Vec::len), Some(2));
    assert_eq!(all["objects"][0]["id"], waiting.to_string());
    for query in ["state=failed", "name=add_one_year"] {
        let some = app.get(&format!("{TASKS}?{query}")).await.json::<Value>();
        assert_eq!(some["objects"].as_array().map(Vec::len), Some(1), "{query}");
        assert_eq!(some["objects"][0]["id"], failing.to_string());
    }
    for (queue, count) in [("default", 2), ("other", 0)] {
        let some = app.get(&format!("{TASKS}?queue={queue}")).await;
        let some = some.json::<Value>();
        assert_eq!(some["objects"].as_array().map(Vec::len), Some(count));
    }
    let next = app
        .get(&format!("{TASKS}?limit=1&name=x"))
        .await
        .json::<Value>();
    assert_eq!(next["next"], Value::Null);
    let unknown = app.get(&format!("{TASKS}?state=lost")).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_a_task_that_succeeded_has_a_result() {
    let app = TestApp::new().await;
    let id = enqueue_failing(&app).await;
    let url = format!("{TASKS}/{id}/result");
    let response = app.get(&url).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let detail = response.json::<Value>()["detail"].to_string();
    assert!(detail.contains("queued"), "{detail}");

    app.run_pending_tasks().await;
    let response = app.get(&url).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let detail = response.json::<Value>()["detail"].to_string();
    assert!(detail.contains("failed"), "{detail}");

    let unknown = app.get(&format!("{TASKS}/{}/result", Id::new())).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn why_a_task_failed_is_told_to_developers_and_otherwise_as_its_author_says() {
    for (env, expected) in [
        ("test", "nobody is there to age"),
        ("dev", "nobody is there to age\nRecord not found"),
    ] {
        let app = TestApp::with(&[("APP_ENV", env)]).await;
        let id = enqueue_failing(&app).await;
        app.run_pending_tasks().await;
        let task = app.get(&format!("{TASKS}/{id}")).await.json::<Value>();
        assert_eq!(task["error"], expected);
        let list = app.get(TASKS).await.json::<Value>();
        assert_eq!(list["objects"][0]["error"], expected);
        let shown = app.get(&format!("/admin/tasks/api/tasks/{id}")).await;
        assert!(
            shown.text().contains("Record not found"),
            "{}",
            shown.text()
        );
    }
}

#[tokio::test]
async fn a_waiting_task_can_be_called_off() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let url = format!("{TASKS}/{id}");
    assert_eq!(app.delete(&url).await.status(), StatusCode::ACCEPTED);
    assert_eq!(app.run_pending_tasks().await, 0);
    assert_eq!(app.get(&url).await.json::<Value>()["state"], "revoked");
    assert_eq!(app.delete(&url).await.status(), StatusCode::CONFLICT);
    let unknown = app.delete(&format!("{TASKS}/{}", Id::new())).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_result_can_be_read_and_forgotten() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;
    let url = format!("{TASKS}/{id}/result");
    for _ in 0..2 {
        let response = app.get(&url).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.json::<Value>()["result"], 0);
    }
    let head = Request::head(format!("{url}?forget=true")).body(Body::empty());
    assert_eq!(app.send(head).await.status(), StatusCode::OK);
    let forgotten = app.get(&format!("{url}?forget=true")).await;
    assert_eq!(forgotten.json::<Value>()["result"], 0);
    assert_eq!(app.get(&url).await.status(), StatusCode::GONE);
    let task = app.get(&format!("{TASKS}/{id}")).await.json::<Value>();
    assert_eq!(task["state"], "succeeded");
}

#[tokio::test]
async fn a_task_that_has_not_ended_keeps_its_result() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let url = format!("{TASKS}/{id}/result");
    let early = app.get(&format!("{url}?forget=true")).await;
    assert_eq!(early.status(), StatusCode::CONFLICT);
    app.run_pending_tasks().await;
    assert_eq!(app.get(&url).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_member_of_a_flow_keeps_its_result() {
    let app = TestApp::new().await;
    let flow = Flow::chain([
        Flow::of(PurgeFinishedTasks {}),
        Flow::of(PurgeFinishedTasks {}),
    ]);
    app.app
        .transaction(async |tx: &mut Tx| flow.enqueue(tx).await)
        .await
        .expect("the flow is enqueued");
    app.run_pending_tasks().await;
    for (_, member) in app.enqueued_as::<PurgeFinishedTasks>().await {
        let url = format!("{TASKS}/{}/result", member.id);
        let refused = app.get(&format!("{url}?forget=true")).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        assert_eq!(app.get(&url).await.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_result_is_gone_and_then_forgotten() {
    let app = TestApp::with(&[("TASK_RESULT_TTL_SECS", "1")]).await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;
    let url = format!("{TASKS}/{id}/result");
    assert_eq!(app.get(&url).await.status(), StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(app.get(&url).await.status(), StatusCode::GONE);
    assert!(app.task(id).await.result.is_some());

    let stop = CancellationToken::new();
    tokio::spawn(worker::run(Arc::clone(&app.app), stop.clone()));
    let _stop = stop.drop_guard();
    for _ in 0..1_000 {
        if app.task(id).await.result.is_none() {
            let task = app.get(&format!("{TASKS}/{id}")).await.json::<Value>();
            assert_eq!(task["state"], "succeeded");
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the result is not forgotten");
}
