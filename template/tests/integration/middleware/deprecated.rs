use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use service::app::AppState;
use service::error::{AppResult, not_found};
use service::middleware::{self, Deprecations};
use service::{openapi, router};
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::util::{TestApp, TestResponse};

/// A route that will be gone one day, and where nothing is as it should be.
#[utoipa::path(get, path = "/old/{what}",
    extensions(
        ("x-deprecated-since" = json!("2026-01-02")),
        ("x-sunset" = json!("2027-02-03"))))]
async fn find_old(axum::extract::Path(what): axum::extract::Path<String>) -> AppResult<()> {
    match what.as_str() {
        "panic" => panic!("a handler that panics"),
        "nothing" => Err(not_found()),
        "slow" => std::future::pending().await,
        _ => Ok(()),
    }
}

/// It says when it will be gone, but is not deprecated yet.
#[utoipa::path(put, path = "/old/{what}", extensions(("x-sunset" = json!("2027-02-03"))))]
async fn update_old() {}

/// Asks the route, which is behind all layers, and wants a token if the service does.
async fn ask_old(method: Method, path: &str, settings: &[(&str, &str)]) -> (StatusCode, HeaderMap) {
    let app = TestApp::with(settings).await;
    let state = AppState(app.app.clone());
    let routes = OpenApiRouter::new()
        .routes(routes!(find_old))
        .routes(routes!(update_old));
    let (router, mut document) = router::guarded(routes, &state).split_for_parts();
    openapi::complete(&mut document, &state.config.server);
    let deprecations = Deprecations::of(&document);
    let router = middleware::apply(router, &state, deprecations).with_state(state);
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("an answer");
    (response.status(), response.headers().clone())
}

/// It says something that is no date.
#[utoipa::path(get, path = "/odd", extensions(("x-deprecated-since" = json!("20.11.2026"))))]
async fn find_odd() {}

#[test]
#[should_panic(expected = "`x-deprecated-since`")]
fn what_is_no_date_stops_the_start() {
    let routes = OpenApiRouter::<AppState>::new().routes(routes!(find_odd));
    let (_, document) = routes.split_for_parts();
    drop(Deprecations::of(&document));
}

fn says(headers: &HeaderMap) -> [Option<&str>; 3] {
    ["deprecation", "sunset", "x-deprecated"].map(|name| headers.get(name)?.to_str().ok())
}

#[tokio::test]
async fn every_answer_of_a_deprecated_route_says_so() {
    let secret = ("JWT_SECRET", "a secret that nobody guesses in a test");
    let cases: [(&str, &[_], StatusCode); 5] = [
        ("/old/thing", &[], StatusCode::OK),
        ("/old/nothing", &[], StatusCode::NOT_FOUND),
        ("/old/panic", &[], StatusCode::INTERNAL_SERVER_ERROR),
        (
            "/old/slow",
            &[("REQUEST_TIMEOUT_SECS", "1")],
            StatusCode::REQUEST_TIMEOUT,
        ),
        ("/old/thing", &[secret], StatusCode::UNAUTHORIZED),
    ];
    for method in [Method::GET, Method::HEAD] {
        for (path, settings, expected) in cases {
            let (status, headers) = ask_old(method.clone(), path, settings).await;
            assert_eq!(status, expected, "{path}");
            let expected = ["@1767312000", "Wed, 03 Feb 2027 00:00:00 GMT", "true"];
            assert_eq!(says(&headers), expected.map(Some), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn others_say_nothing() {
    let (status, headers) = ask_old(Method::PUT, "/old/thing", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(says(&headers), [None; 3]);
    let (status, headers) = ask_old(Method::GET, "/other", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(says(&headers), [None; 3]);
}

#[tokio::test]
async fn searching_persons_is_deprecated_and_listing_them_is_not() {
    let app = TestApp::new().await;
    let is_deprecated = |response: &TestResponse| response.header("deprecation").is_some();
    let search = app.get("/api/v1/persons/search?name=Ada").await;
    assert_eq!(search.status(), StatusCode::OK);
    assert!(is_deprecated(&search));
    let refused = app.get("/api/v1/persons/search?limit=0").await;
    assert!(refused.status().is_client_error());
    assert!(is_deprecated(&refused));
    assert!(!is_deprecated(&app.get("/api/v1/persons").await));
}
