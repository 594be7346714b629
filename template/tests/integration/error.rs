use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::util::{TestApp, TestResponse};

const PERSONS: &str = "/api/v1/persons";

#[track_caller]
fn assert_problem(response: &TestResponse, status: StatusCode) {
    assert_eq!(response.status(), status, "{}", response.text());
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
    let problem = response.json::<Value>();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(
        problem["title"],
        status.canonical_reason().unwrap_or_default()
    );
    assert_eq!(problem["status"], status.as_u16());
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    assert_eq!(
        problem["requestId"].as_str(),
        response.header("x-request-id")
    );
}

async fn post(app: &TestApp, content_type: Option<&str>, body: impl Into<Body>) -> TestResponse {
    let mut request = Request::post(PERSONS);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    app.send(request.body(body.into())).await
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let app = TestApp::new().await;
    for path in [
        "/nothing",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/persons/",
        "/health",
    ] {
        assert_problem(&app.get(path).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let app = TestApp::new().await;
    let request = Request::builder().method(Method::PATCH).uri(PERSONS);
    let response = app.send(request.body(Body::empty())).await;
    assert_problem(&response, StatusCode::METHOD_NOT_ALLOWED);
    let mut allowed: Vec<_> = response
        .header("allow")
        .unwrap_or_default()
        .split(',')
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_problem() {
    let app = TestApp::new().await;
    let json = Some("application/json");
    let with_nul = r#"{"name": "\u0000""#;
    for body in ["", "{", "{]", r#"{"name": "a"} x"#, with_nul] {
        assert_problem(&post(&app, json, body).await, StatusCode::BAD_REQUEST);
    }
    let not_utf8 = post(&app, json, b"{\"name\": \"\xff\"}".to_vec()).await;
    assert_problem(&not_utf8, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_of_another_type_is_a_problem() {
    let app = TestApp::new().await;
    for content_type in [None, Some("text/plain"), Some("application/jsonx")] {
        let response = post(&app, content_type, "{}").await;
        assert_problem(&response, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    for content_type in [
        "application/json; charset=utf-8",
        "application/vnd.person+json",
    ] {
        let response = post(&app, Some(content_type), "{}").await;
        assert_problem(&response, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_pointed_at() {
    let app = TestApp::new().await;
    let body = json!({"name": "Ada", "email": "ada@example.com", "age": "old"});
    let response = app.post(PERSONS, &body).await;
    assert_problem(&response, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = response.json::<Value>()["errors"].clone();
    assert_eq!(errors[0]["pointer"], "/age");
    let detail = errors[0]["detail"].as_str().unwrap_or_default();
    assert!(detail.starts_with("invalid type"), "{detail}");

    for (body, pointer, problem) in [
        (r#"{"name": "\ud800"}"#, "/name", "hex escape"),
        (r#"{"name": "Ada", "age": 1e999}"#, "/age", "out of range"),
    ] {
        let response = post(&app, Some("application/json"), body).await;
        assert_problem(&response, StatusCode::UNPROCESSABLE_ENTITY);
        let error = response.json::<Value>()["errors"][0].clone();
        assert_eq!(error["pointer"], pointer);
        let detail = error["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(problem), "{detail}");
    }

    let response = app.post(PERSONS, &json!([1, 2])).await;
    assert_problem(&response, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_problem() {
    let app = TestApp::with(&[("MAX_BODY_BYTES", "100")]).await;
    let response = post(&app, Some("application/json"), " ".repeat(101)).await;
    assert_problem(&response, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn path_and_query_that_cannot_be_parsed_are_problems() {
    let app = TestApp::new().await;
    for url in [
        format!("{PERSONS}/1"),
        format!("{PERSONS}/%FF"),
        format!("{PERSONS}?limit=x"),
    ] {
        assert_problem(&app.get(&url).await, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_a_problem_that_says_nothing_of_it() {
    let app = TestApp::with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let only_connection = app.app.connection().await.expect("a connection");
    let response = app.get(PERSONS).await;
    assert_problem(&response, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        !response.text().contains("connection"),
        "{}",
        response.text()
    );
    drop(only_connection);
    assert_eq!(app.get(PERSONS).await.status(), StatusCode::OK);
}
