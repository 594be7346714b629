use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use serde_json::Value;
use service::routes::health;
use tokio::sync::Notify;

use crate::util::{TestApp, TestResponse};

const PERSONS: &str = "/api/v1/persons";
const ADA: &str = "192.0.2.1:4000";
const EVE: &str = "192.0.2.2:4000";

/// More than fit into any burst of these tests.
const MANY: usize = 50;

/// Two requests at once, then one a second.
const SLOW: [(&str, &str); 2] = [("RATE_LIMIT_PER_SECOND", "1"), ("RATE_LIMIT_BURST", "2")];

async fn ask_as(app: &TestApp, peer: &str, path: &str, forwarded_for: &str) -> TestResponse {
    let peer: SocketAddr = peer.parse().expect("an address");
    let request = Request::get(path)
        .extension(ConnectInfo(peer))
        .header("x-forwarded-for", forwarded_for);
    app.send(request.body(Body::empty())).await
}

/// Asks until it is refused, which is soon.
async fn exhaust(app: &TestApp, peer: &str, forwarded_for: &str) -> TestResponse {
    for _ in 0..MANY {
        let response = ask_as(app, peer, PERSONS, forwarded_for).await;
        if response.status() != StatusCode::OK {
            return response;
        }
    }
    panic!("{peer} may ask as often as it likes");
}

/// Wants an answer in no encoding at all, not even as it is.
async fn ask_in_no_encoding(app: &TestApp, peer: &str) -> TestResponse {
    let peer: SocketAddr = peer.parse().expect("an address");
    let request = Request::get(PERSONS)
        .extension(ConnectInfo(peer))
        .header("accept-encoding", "identity;q=0");
    app.send(request.body(Body::empty())).await
}

#[track_caller]
fn assert_put_off(response: &TestResponse, status: StatusCode) {
    assert_eq!(response.status(), status, "{}", response.text());
    assert_eq!(response.header("retry-after"), Some("1"));
    let content_type = response.header("content-type");
    assert_eq!(content_type, Some("application/problem+json"));
    assert_eq!(response.json::<Value>()["status"], status.as_u16());
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_to_come_back() {
    let app = TestApp::with(&SLOW).await;
    let response = exhaust(&app, ADA, "").await;
    assert_put_off(&response, StatusCode::TOO_MANY_REQUESTS);
    let response = ask_in_no_encoding(&app, ADA).await;
    assert_put_off(&response, StatusCode::TOO_MANY_REQUESTS);
    // Nobody else has to wait for that, nor has whoever looks after the service.
    let other = ask_as(&app, EVE, PERSONS, "").await;
    assert_eq!(other.status(), StatusCode::OK);
    for path in ["/health/liveness", "/health/readiness", "/metrics"] {
        for _ in 0..5 {
            let response = ask_as(&app, ADA, path, "").await;
            assert_ne!(response.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        }
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let again = ask_as(&app, ADA, PERSONS, "").await;
    assert_eq!(again.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_does_not_become_another_one_by_saying_so() {
    let app = TestApp::with(&SLOW).await;
    exhaust(&app, ADA, "203.0.113.1").await;
    for number in 0..MANY {
        let response = ask_as(&app, ADA, PERSONS, &format!("203.0.113.{number}")).await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return;
        }
    }
    panic!("a header is enough to be somebody else");
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_a_rate_of_its_own() {
    let app = TestApp::with(&[SLOW[0], SLOW[1], ("TRUSTED_PROXIES", "192.0.2.1")]).await;
    let response = exhaust(&app, ADA, "203.0.113.1").await;
    assert_put_off(&response, StatusCode::TOO_MANY_REQUESTS);
    let other = ask_as(&app, ADA, PERSONS, "203.0.113.2").await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn without_a_rate_nobody_has_to_wait() {
    let app = TestApp::new().await;
    for _ in 0..MANY {
        let response = ask_as(&app, ADA, "/nothing", "").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_answered_at_once() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let wait = {
        let (begun, go_on) = (begun.clone(), go_on.clone());
        move || async move {
            begun.notify_one();
            go_on.notified().await;
        }
    };
    let routes = Router::new()
        .route("/waits", get(wait))
        .route("/quick", get(|| async {}))
        .route("/health/liveness", get(health::check_liveness));
    let app = TestApp::with_routes(&[("MAX_CONCURRENT_REQUESTS", "1")], routes).await;
    let waiting = app.get("/waits");
    let others = async {
        begun.notified().await;
        let refused = app.get("/quick").await;
        assert_put_off(&refused, StatusCode::SERVICE_UNAVAILABLE);
        let alive = app.get("/health/liveness").await;
        assert_eq!(alive.status(), StatusCode::OK);
        go_on.notify_one();
    };
    let (waited, ()) = tokio::join!(waiting, others);
    assert_eq!(waited.status(), StatusCode::OK);
    assert_eq!(app.get("/quick").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_its_turn_to_others() {
    let routes = Router::new()
        .route("/never-ends", get(std::future::pending::<()>))
        .route("/quick", get(|| async {}));
    let app = TestApp::with_routes(&[("MAX_CONCURRENT_REQUESTS", "1")], routes).await;
    let soon = Duration::from_millis(50);
    let gone = tokio::time::timeout(soon, app.get("/never-ends")).await;
    assert!(gone.is_err());
    assert_eq!(app.get("/quick").await.status(), StatusCode::OK);
}
