mod caller;
mod cors;
mod deprecated;
mod encoding;
mod limits;
mod redirects;
mod security_headers;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use serde_json::Value;
use service::error::{AppResult, internal};

use crate::util::{TestApp, TestResponse};

async fn panics() -> &'static str {
    panic!("a secret reason")
}

async fn fails() -> AppResult<()> {
    Err(internal(anyhow::anyhow!("a secret reason")))
}

async fn never_ends() {
    std::future::pending().await
}

async fn writes_a_page() -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let headers = [("content-type", "application/octet-stream")];
    let page = "a secret reason ".repeat(100);
    (StatusCode::INTERNAL_SERVER_ERROR, headers, page)
}

/// Asks a route that behaves badly, behind the layers of the service.
async fn ask_bad_route(path: &str, settings: &[(&str, &str)]) -> TestResponse {
    let routes = Router::new()
        .route("/fails", get(fails))
        .route("/never-ends", get(never_ends))
        .route("/panics", get(panics))
        .route("/writes-a-page", get(writes_a_page));
    let app = TestApp::with_routes(settings, routes).await;
    let request = Request::get(path).header("accept-encoding", "gzip");
    app.send(request.body(Body::empty())).await
}

async fn get_with_id(app: &TestApp, id: &str) -> TestResponse {
    let request = Request::get("/health/liveness").header("x-request-id", id);
    app.send(request.body(Body::empty())).await
}

#[tokio::test]
async fn a_panic_is_a_problem_that_does_not_tell_why() {
    let response = ask_bad_route("/panics", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = response.header("content-type");
    assert_eq!(content_type, Some("application/problem+json"));
    let problem = response.json::<Value>();
    let id = response.header("x-request-id").unwrap_or_default();
    assert_eq!(problem["requestId"], id);
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn only_dev_is_told_what_went_wrong() {
    let response = ask_bad_route("/fails", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let problem = response.text();
    assert!(!problem.contains("secret"), "{problem}");
    let response = ask_bad_route("/fails", &[("APP_ENV", "dev")]).await;
    let problem = response.text();
    assert!(problem.contains("a secret reason"), "{problem}");
}

/// Whatever a handler or a library writes, and whether or not it was packed meanwhile.
#[tokio::test]
async fn a_body_that_is_no_problem_is_replaced() {
    let response = ask_bad_route("/writes-a-page", &[]).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.header("content-encoding"), None);
    let problem = response.json::<Value>();
    assert_eq!(problem["status"], 500);
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_problem() {
    let response = ask_bad_route("/never-ends", &[("REQUEST_TIMEOUT_SECS", "1")]).await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(response.json::<Value>()["status"], 408);
}

#[tokio::test]
async fn a_good_request_id_is_kept_and_a_bad_one_replaced() {
    let app = TestApp::new().await;
    let longest = "x".repeat(128);
    for id in ["a", "A.b_c-9", &longest] {
        let response = get_with_id(&app, id).await;
        assert_eq!(response.header("x-request-id"), Some(id));
    }
    let too_long = "x".repeat(129);
    for id in ["", "a b", "a/b", "ä", &too_long] {
        let response = get_with_id(&app, id).await;
        let new = response.header("x-request-id").unwrap_or_default();
        assert_ne!(new, id);
        assert_eq!(new.len(), 36, "{new}");
    }
}

#[tokio::test]
async fn every_request_gets_an_id_of_its_own() {
    let app = TestApp::new().await;
    let one = app.get("/").await;
    let other = app.get("/").await;
    assert!(one.header("x-request-id").is_some());
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}
