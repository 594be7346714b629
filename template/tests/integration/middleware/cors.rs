use axum::body::Body;
use axum::http::{Method, Request, StatusCode};

use crate::util::{TestApp, TestResponse};

const ALLOW_ORIGIN: &str = "access-control-allow-origin";

async fn ask_from(app: &TestApp, method: Method, origin: &str) -> TestResponse {
    let request = Request::builder()
        .method(method)
        .uri("/api/v1/nothing")
        .header("origin", origin)
        .header("access-control-request-method", "PUT");
    app.send(request.body(Body::empty())).await
}

#[track_caller]
fn assert_lists(response: &TestResponse, header: &str, names: &[&str]) {
    let list = response.header(header).unwrap_or_default();
    let list: Vec<&str> = list.split(',').map(str::trim).collect();
    for name in names {
        assert!(list.contains(name), "{header} has no {name}: {list:?}");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_call() {
    let lists = [
        "https://one.example, https://two.example",
        r#"["https://one.example", "https://two.example"]"#,
    ];
    for allowed in lists {
        let app = TestApp::with(&[("CORS_ALLOW_ORIGINS", allowed)]).await;
        let preflight = ask_from(&app, Method::OPTIONS, "https://two.example").await;
        assert_eq!(preflight.status(), StatusCode::OK);
        assert_lists(&preflight, "access-control-allow-methods", &["PUT"]);
        let sent = [
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "last-event-id",
            "traceparent",
            "x-request-id",
        ];
        assert_lists(&preflight, "access-control-allow-headers", &sent);
        assert_eq!(preflight.header("access-control-max-age"), Some("600"));

        // Pages get to read errors too.
        let refused = ask_from(&app, Method::GET, "https://two.example").await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
        assert_eq!(refused.header(ALLOW_ORIGIN), Some("https://two.example"));
        assert_lists(&refused, "vary", &["origin"]);
        let read = [
            "deprecation",
            "etag",
            "location",
            "retry-after",
            "sunset",
            "x-deprecated",
            "x-request-id",
        ];
        assert_lists(&refused, "access-control-expose-headers", &read);
        assert_eq!(refused.header("access-control-allow-credentials"), None);

        for other in ["https://three.example", "http://two.example", "null"] {
            let other = ask_from(&app, Method::GET, other).await;
            assert_eq!(other.header(ALLOW_ORIGIN), None);
        }
    }
}

#[tokio::test]
async fn pages_may_send_cookies_if_they_are_allowed_to() {
    let settings = [
        ("CORS_ALLOW_ORIGINS", "https://one.example"),
        ("CORS_ALLOW_CREDENTIALS", "true"),
        ("CORS_MAX_AGE_SECS", "60"),
    ];
    let app = TestApp::with(&settings).await;
    let preflight = ask_from(&app, Method::OPTIONS, "https://one.example").await;
    let header = "access-control-allow-credentials";
    assert_eq!(preflight.header(header), Some("true"));
    assert_eq!(preflight.header("access-control-max-age"), Some("60"));
    let other = ask_from(&app, Method::GET, "https://two.example").await;
    assert_eq!(other.header(ALLOW_ORIGIN), None);
}

#[tokio::test]
async fn pages_of_other_origins_may_not_call_by_default() {
    let app = TestApp::new().await;
    let response = ask_from(&app, Method::GET, "https://one.example").await;
    assert_eq!(response.header(ALLOW_ORIGIN), None);
}
