use axum::Router;
use axum::extract::RawQuery;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use serde_json::Value;

use crate::util::TestApp;

/// As careless as a handler can be.
async fn go(RawQuery(to): RawQuery) -> impl IntoResponse {
    let cookie = [(header::SET_COOKIE, "session=1")];
    (cookie, Redirect::to(&to.unwrap_or_default()))
}

async fn created() -> impl IntoResponse {
    let location = [(header::LOCATION, "https://evil.example/1")];
    (StatusCode::CREATED, location)
}

async fn app(settings: &[(&str, &str)]) -> TestApp {
    let routes = Router::new()
        .route("/go", get(go))
        .route("/created", get(created));
    TestApp::with_routes(settings, routes).await
}

#[tokio::test]
async fn a_redirect_stays_here_by_default() {
    let app = app(&[]).await;
    let here = app.get("/go?/docs/").await;
    assert_eq!(here.status(), StatusCode::SEE_OTHER);
    assert_eq!(here.header("location"), Some("/docs/"));
    for to in ["https://evil.example/", "//evil.example", r"/\evil.example"] {
        let response = app.get(&format!("/go?{to}")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{to}");
        assert_eq!(response.json::<Value>()["status"], 403);
        assert_eq!(response.header("location"), None);
        // What goes with the redirect does not go out either.
        assert_eq!(response.header("set-cookie"), None);
    }
    // Nobody follows this one.
    let created = app.get("/created").await;
    assert_eq!(created.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_redirect_may_lead_to_safe_domains() {
    let app = app(&[("SAFE_DOMAINS", "Accounts.example.com, pay.example")]).await;
    for to in ["https://accounts.example.com/x", "https://pay.example"] {
        let response = app.get(&format!("/go?{to}")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{to}");
        assert_eq!(response.header("location"), Some(to));
    }
    let other = app.get("/go?https://example.com/").await;
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
}
