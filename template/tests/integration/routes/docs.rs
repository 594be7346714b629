use axum::http::StatusCode;

use crate::util::TestApp;

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let page = app.get("/docs/").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.header("content-type"), Some("text/html"));
    assert!(!page.text().contains("//cdn"));

    let files = [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
    ];
    for file in files {
        let response = app.get(&format!("/docs/{file}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{file}");
    }
}

#[tokio::test]
async fn the_page_finds_the_document_behind_a_proxy() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let redirect = app.get("/docs").await;
    assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
    assert_eq!(redirect.header("location"), Some("/shop/docs/"));
    let script = app.get("/docs/swagger-initializer.js").await;
    assert!(script.text().contains(r#""url": "../openapi.json""#));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_problem() {
    let app = TestApp::new().await;
    let response = app.get("/docs/nothing.js").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );
}
