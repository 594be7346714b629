use axum::http::StatusCode;
use serde_json::Value;

use crate::util::TestApp;

#[tokio::test]
async fn the_service_says_what_it_is() {
    let app = TestApp::new().await;
    let response = app.get("/").await;
    assert_eq!(response.status(), StatusCode::OK);
    let home = response.json::<Value>();
    assert_eq!(home["name"], env!("CARGO_PKG_NAME"));
    assert_eq!(home["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(home["docs"], "/docs");
}

#[tokio::test]
async fn links_start_with_the_root_path() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let home = app.get("/").await.json::<Value>();
    assert_eq!(home["docs"], "/shop/docs");
    assert_eq!(home["openapi"], "/shop/openapi.json");
}
