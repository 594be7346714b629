use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};

use crate::util::{TestApp, TestResponse};

const PROXY: &str = "10.0.0.1:4000";
const TRUSTED: (&str, &str) = ("TRUSTED_PROXIES", "10.0.0.1");

/// Asks through a proxy to which the client came by this scheme.
async fn ask_by(app: &TestApp, scheme: &str, path: &str) -> TestResponse {
    let proxy: SocketAddr = PROXY.parse().expect("an address");
    let request = Request::get(path)
        .extension(ConnectInfo(proxy))
        .header("x-forwarded-for", "203.0.113.7")
        .header("x-forwarded-proto", scheme);
    app.send(request.body(Body::empty())).await
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    let app = TestApp::new().await;
    let patch = Request::builder().method(Method::PATCH).uri("/");
    let not_allowed = app.send(patch.body(Body::empty())).await;
    assert_eq!(not_allowed.status(), StatusCode::METHOD_NOT_ALLOWED);
    let answers = [
        app.get("/").await,
        app.get("/api/v1/persons").await,
        app.get("/nothing").await,
        not_allowed,
    ];
    for answer in answers {
        let policy = answer.header("content-security-policy");
        assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("strict-transport-security"), None);
    }
}

#[tokio::test]
async fn pages_have_a_policy_of_their_own() {
    let app = TestApp::new().await;
    for page in ["/docs/", "/docs/swagger-ui-bundle.js", "/admin/tasks"] {
        let response = app.get(page).await;
        let policy = response.header("content-security-policy");
        let policy = policy.unwrap_or_default();
        assert!(policy.contains("script-src 'self';"), "{page}: {policy}");
        assert!(policy.contains("connect-src 'self';"), "{page}: {policy}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    }
}

#[tokio::test]
async fn who_comes_by_https_is_to_stay_with_it() {
    const HEADER: &str = "strict-transport-security";
    let app = TestApp::with(&[TRUSTED]).await;
    let secure = ask_by(&app, "https", "/").await;
    assert_eq!(secure.header(HEADER), Some("max-age=31536000"));
    // Without https anybody on the way could have put it in, so it would mean nothing.
    assert_eq!(ask_by(&app, "http", "/").await.header(HEADER), None);

    let not_ours = TestApp::new().await;
    assert_eq!(ask_by(&not_ours, "https", "/").await.header(HEADER), None);
    let off = TestApp::with(&[TRUSTED, ("HSTS_MAX_AGE_SECS", "0")]).await;
    assert_eq!(ask_by(&off, "https", "/").await.header(HEADER), None);
}

#[tokio::test]
async fn the_cookie_of_the_dashboard_stays_with_https() {
    let app = TestApp::with(&[TRUSTED]).await;
    for (scheme, is_secure) in [("https", true), ("http", false)] {
        let page = ask_by(&app, scheme, "/admin/tasks").await;
        let cookie = page.header("set-cookie").expect("a cookie");
        assert_eq!(cookie.ends_with("; Secure"), is_secure, "{cookie}");
    }
}
