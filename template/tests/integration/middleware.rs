use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::routing::get;
use serde_json::Value;
use service::app::AppState;
use service::error::{AppResult, internal};
use service::middleware;
use tower::ServiceExt;

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

/// Asks a route that behaves badly, behind the layers of the service.
async fn ask_bad_route(path: &str, settings: &[(&str, &str)]) -> (StatusCode, HeaderMap, Value) {
    let app = TestApp::with(settings).await;
    let state = AppState(app.app.clone());
    let router = Router::new()
        .route("/fails", get(fails))
        .route("/never-ends", get(never_ends))
        .route("/panics", get(panics));
    let router = middleware::apply(router, &state).with_state(state);
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    let problem = serde_json::from_slice(&body).expect("JSON");
    (parts.status, parts.headers, problem)
}

async fn get_with_id(app: &TestApp, id: &str) -> TestResponse {
    let request = Request::get("/health/liveness").header("x-request-id", id);
    app.send(request.body(Body::empty())).await
}

#[tokio::test]
async fn a_panic_is_a_problem_that_does_not_tell_why() {
    let (status, headers, problem) = ask_bad_route("/panics", &[]).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(
        problem["requestId"],
        headers["x-request-id"].to_str().unwrap_or_default()
    );
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test]
async fn only_dev_is_told_what_went_wrong() {
    let (status, _, problem) = ask_bad_route("/fails", &[]).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!problem.to_string().contains("secret"), "{problem}");
    let (_, _, problem) = ask_bad_route("/fails", &[("APP_ENV", "dev")]).await;
    assert!(problem.to_string().contains("a secret reason"), "{problem}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_problem() {
    let (status, _, problem) = ask_bad_route("/never-ends", &[("REQUEST_TIMEOUT_SECS", "1")]).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(problem["status"], 408);
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

async fn ask_from(app: &TestApp, method: Method, origin: &str) -> TestResponse {
    let request = Request::builder()
        .method(method)
        .uri("/api/v1/nothing")
        .header("origin", origin)
        .header("access-control-request-method", "PUT");
    app.send(request.body(Body::empty())).await
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call() {
    let allowed = "https://one.example, https://two.example";
    let app = TestApp::with(&[("CORS_ALLOW_ORIGINS", allowed)]).await;
    let preflight = ask_from(&app, Method::OPTIONS, "https://two.example").await;
    assert_eq!(preflight.status(), StatusCode::OK);
    let methods = preflight.header("access-control-allow-methods");
    assert!(methods.is_some_and(|methods| methods.contains("PUT")));

    let header = "access-control-allow-origin";
    // Pages get to read errors too.
    let refused = ask_from(&app, Method::GET, "https://two.example").await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(refused.header(header), Some("https://two.example"));
    let other = ask_from(&app, Method::GET, "https://three.example").await;
    assert_eq!(other.header(header), None);
}

#[tokio::test]
async fn pages_of_other_origins_may_not_call_by_default() {
    let app = TestApp::new().await;
    let response = ask_from(&app, Method::GET, "https://one.example").await;
    assert_eq!(response.header("access-control-allow-origin"), None);
}
