use axum::http::StatusCode;
use service::id::Id;

use crate::util::TestApp;

#[tokio::test]
async fn requests_are_counted_by_route() {
    let app = TestApp::with(&[("API_PREFIX", "/counted")]).await;
    for _ in 0..3 {
        app.get(&format!("/counted/persons/{}", Id::new())).await;
    }

    let response = app.get("/metrics").await;
    assert_eq!(response.status(), StatusCode::OK);
    let series = r#"http_requests_total{method="GET",path="/counted/persons/{id}",status="404"} 3"#;
    assert!(response.text().lines().any(|line| line == series));
    let duration =
        r#"http_request_duration_seconds_count{method="GET",path="/counted/persons/{id}""#;
    assert!(response.text().contains(duration));
    assert!(response.text().contains("http_requests_in_flight"));
}

#[tokio::test]
async fn made_up_paths_and_methods_make_no_new_series() {
    let app = TestApp::new().await;
    app.get("/made-up-path").await;
    let request = axum::http::Request::builder().method("MADEUP").uri("/");
    app.send(request.body(axum::body::Body::empty())).await;

    let response = app.get("/metrics").await;
    assert!(!response.text().contains("made-up-path"));
    assert!(!response.text().contains("MADEUP"));
    assert!(response.text().contains(r#"method="other""#));
}
