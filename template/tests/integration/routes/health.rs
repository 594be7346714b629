use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::util::TestApp;

#[tokio::test]
async fn a_process_that_answers_is_alive() {
    let app = TestApp::new().await;
    let response = app.get("/health/liveness").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.json::<Value>(), json!({"status": "alive"}));
}

#[tokio::test]
async fn the_database_is_asked() {
    let app = TestApp::new().await;
    let readiness = app.get("/health/readiness").await.json::<Value>();
    assert_eq!(readiness["checks"]["database"], "up");
}

#[tokio::test]
async fn without_a_connection_to_the_database_it_is_not_ready_and_comes_back_soon() {
    let app = TestApp::with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let only_connection = app.app.connection().await.expect("a connection");

    let start = Instant::now();
    let response = app.get("/health/readiness").await;
    assert!(start.elapsed() < Duration::from_secs(3));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let readiness = response.json::<Value>();
    assert_eq!(readiness["status"], "not ready");
    assert_eq!(readiness["checks"]["database"], "down");
    assert!(response.header("x-request-id").is_some());

    drop(only_connection);
    // The database is not asked anew for everybody.
    let readiness = app.get("/health/readiness").await.json::<Value>();
    assert_eq!(readiness["checks"]["database"], "down");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let readiness = app.get("/health/readiness").await.json::<Value>();
    assert_eq!(readiness["checks"]["database"], "up");
}
