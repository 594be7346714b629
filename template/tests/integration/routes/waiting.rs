use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};
use service::id::Id;
use service::queue::{self, WaitError, worker};
use service::tasks::PurgeFinishedTasks;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::util::TestApp;

const PERSONS: &str = "/api/v1/persons";

/// Creates a person of this age, and returns where it is.
async fn create(app: &TestApp, age: i32) -> String {
    let body = json!({"name": "Ada", "email": "ada@example.com", "age": age});
    let created = app.post(PERSONS, &body).await;
    created.header("location").expect("a location").to_owned()
}

/// Runs tasks until the guard is dropped.
fn start_worker(app: &TestApp) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(worker::run(Arc::clone(&app.app), stop.clone()));
    stop.drop_guard()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_told_the_result() {
    let app = TestApp::new().await;
    let _worker = start_worker(&app);
    let person = create(&app, 36).await;
    let url = format!("{person}/birthday?wait=true");
    let done = app.post(&url, &json!({})).await;
    assert_eq!(done.status(), StatusCode::OK, "{}", done.text());
    let done = done.json::<Value>();
    assert_eq!(
        (&done["state"], &done["result"]),
        (&json!("succeeded"), &json!(37))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_limit_of_requests_does_not_cut_the_wait_short() {
    let app = TestApp::with(&[("REQUEST_TIMEOUT_SECS", "1")]).await;
    let person = create(&app, 36).await;
    let url = format!("{person}/birthday?wait=true");
    let start_late = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        start_worker(&app)
    };
    let body = json!({});
    let (done, _worker) = tokio::join!(app.post(&url, &body), start_late);
    assert_eq!(done.status(), StatusCode::OK, "{}", done.text());
}

#[tokio::test]
async fn a_task_that_does_not_end_in_time_is_revoked() {
    let app = TestApp::with(&[("TASK_WAIT_TIMEOUT_SECS", "1")]).await;
    let person = create(&app, 36).await;
    for query in ["wait=true", "wait=true&timeout=1", "wait=true&timeout=3600"] {
        let late = app
            .post(&format!("{person}/birthday?{query}"), &json!({}))
            .await;
        assert_eq!(late.status(), StatusCode::REQUEST_TIMEOUT);
        let location = late.header("location").expect("a location").to_owned();
        let detail = late.json::<Value>()["detail"].to_string();
        let id = location.rsplit('/').next().unwrap_or_default();
        assert!(detail.contains(id) && detail.contains("queued"), "{detail}");
        let task = app.get(&location).await.json::<Value>();
        assert_eq!(task["state"], "revoked");
    }
    assert_eq!(app.run_pending_tasks().await, 0);
    assert_eq!(app.get(&person).await.json::<Value>()["age"], 36);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_fails_is_a_problem_with_its_state() {
    let app = TestApp::new().await;
    let _worker = start_worker(&app);
    let person = create(&app, i32::MAX).await;
    let url = format!("{person}/birthday?wait=true");
    let failed = app.post(&url, &json!({})).await;
    assert_eq!(failed.status(), StatusCode::CONFLICT, "{}", failed.text());
    let location = failed.header("location").expect("a location");
    assert_eq!(app.get(location).await.json::<Value>()["state"], "failed");
    let detail = failed.json::<Value>()["detail"].to_string();
    assert!(
        detail.contains("failed: nobody is there to age"),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_task_of_a_client_that_goes_away_goes_on() {
    let app = TestApp::new().await;
    let person = create(&app, 36).await;
    let url = format!("{person}/birthday?wait=true");
    let body = json!({});
    let gave_up = tokio::time::timeout(Duration::from_millis(500), app.post(&url, &body)).await;
    assert!(gave_up.is_err());
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.get(&person).await.json::<Value>()["age"], 37);
}

#[tokio::test]
async fn nobody_waits_without_patience() {
    let app = TestApp::new().await;
    let person = create(&app, 36).await;
    for timeout in ["0", "-1", "soon"] {
        let url = format!("{person}/birthday?wait=true&timeout={timeout}");
        let refused = app.post(&url, &json!({})).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{timeout}");
    }
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn only_what_is_there_can_be_waited_for() {
    let app = TestApp::new().await;
    let unknown = queue::wait_for(&app.app, Id::new(), Duration::from_secs(5)).await;
    assert!(matches!(unknown, Err(WaitError::NotFound)));

    let id = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;
    let ended = queue::wait_for(&app.app, id, Duration::ZERO).await;
    assert!(ended.is_ok_and(|task| task.id == id));
}
