//! What holds wherever the service runs: here, or where `TEST_BASE_URL` says.
//!
//! These leave nothing behind, and disturb nobody who works with the service meanwhile.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use service::id::Id;

use crate::util::LiveService;

const PERSONS: &str = "/api/v1/persons";

/// How long a task may wait for a worker.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody whom nobody else has stored.
fn stranger() -> Value {
    json!({"name": "Ada Lovelace", "email": format!("{}@example.com", Id::new()), "age": 36})
}

/// Stores somebody and returns where.
async fn create(service: &LiveService, person: &Value) -> String {
    let request = service.request(Method::POST, PERSONS).json(person);
    let response = request.send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
    let person: Value = response.json().await.expect("JSON");
    format!("{PERSONS}/{}", person["id"].as_str().expect("an id"))
}

async fn delete(service: &LiveService, person: &str) {
    let response = service.request(Method::DELETE, person).send().await;
    let status = response.expect("an answer").status();
    assert_eq!(status, StatusCode::NO_CONTENT);
}

async fn assert_problem(response: reqwest::Response, status: StatusCode) -> Value {
    assert_eq!(response.status(), status);
    let kind = &response.headers()[header::CONTENT_TYPE];
    assert_eq!(kind, "application/problem+json");
    let id = response.headers()["x-request-id"].clone();
    let problem: Value = response.json().await.expect("JSON");
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(problem["requestId"], id.to_str().expect("text"));
    problem
}

#[tokio::test]
async fn it_lives_and_describes_itself() {
    let service = LiveService::find().await;
    let health = service.get("/health/liveness").await;
    assert_eq!(health["status"], "alive");
    let document = service.get("/openapi.json").await;
    assert!(document["paths"][PERSONS]["post"].is_object(), "{document}");
}

#[tokio::test]
async fn a_person_is_created_found_changed_and_deleted() {
    let service = LiveService::find().await;
    let mut stranger = stranger();
    let person = create(&service, &stranger).await;
    let found = service.request(Method::GET, &person).send().await;
    let found = found.expect("an answer");
    let etag = found.headers()[header::ETAG].clone();
    let same = service.request(Method::GET, &person);
    let same = same.header(header::IF_NONE_MATCH, &etag).send().await;
    assert_eq!(same.expect("an answer").status(), StatusCode::NOT_MODIFIED);

    stranger["age"] = json!(37);
    for expected in [StatusCode::OK, StatusCode::PRECONDITION_FAILED] {
        let change = service.request(Method::PUT, &person).json(&stranger);
        let change = change.header(header::IF_MATCH, &etag).send().await;
        assert_eq!(change.expect("an answer").status(), expected);
    }
    assert_eq!(service.get(&person).await["age"], 37);

    delete(&service, &person).await;
    let gone = service.request(Method::GET, &person).send().await;
    assert_problem(gone.expect("an answer"), StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let service = LiveService::find().await;
    let mut stranger = stranger();
    stranger["age"] = json!(-1);
    let request = service.request(Method::POST, PERSONS).json(&stranger);
    let response = request.send().await.expect("an answer");
    let problem = assert_problem(response, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(problem["errors"][0]["pointer"], "/age");
}

#[tokio::test]
async fn nobody_writes_without_the_token() {
    let service = LiveService::find().await;
    let request = service.anonymous(Method::POST, PERSONS);
    let response = request.json(&json!({})).send().await.expect("an answer");
    // Where no token is needed, what was sent is looked at.
    let expected = match service.is_guarded() {
        true => StatusCode::UNAUTHORIZED,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    assert_problem(response, expected).await;
}

#[tokio::test]
async fn a_birthday_is_a_task_that_a_worker_runs() {
    let service = LiveService::find().await;
    let person = create(&service, &stranger()).await;
    let birthday = service.request(Method::POST, &format!("{person}/birthday"));
    let birthday = birthday.send().await.expect("an answer");
    assert_eq!(birthday.status(), StatusCode::ACCEPTED);
    let task: Value = birthday.json().await.expect("JSON");
    let task = format!("/api/v1/tasks/{}", task["taskId"].as_str().expect("an id"));

    let start = Instant::now();
    while service.get(&task).await["state"] != "succeeded" {
        assert!(start.elapsed() < PATIENCE, "no worker has run it");
        service.let_tasks_run().await;
    }
    assert_eq!(service.get(&person).await["age"], 37);
    delete(&service, &person).await;
}
