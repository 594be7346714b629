use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use service::middleware::Caller;

use crate::util::TestApp;

/// The peer is a proxy, and so is what stands behind it.
const TRUSTED: [(&str, &str); 1] = [("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1")];

async fn who(caller: Caller, headers: HeaderMap) -> Json<Value> {
    let names = headers.keys().map(|name| name.as_str());
    Json(json!({
        "address": caller.address,
        "host": caller.host(),
        "isHttps": caller.is_https,
        "headers": names.collect::<Vec<_>>(),
    }))
}

/// What the service thinks of a request from this peer, with these headers.
async fn ask(settings: &[(&str, &str)], peer: &str, headers: &[(&str, &str)]) -> Value {
    let app = TestApp::with_routes(settings, Router::new().route("/who", get(who))).await;
    let peer: SocketAddr = peer.parse().expect("an address");
    let mut request = Request::get("/who").extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty())).await.json()
}

async fn address(peer: &str, forwarded_for: &str) -> Value {
    let header = ("x-forwarded-for", forwarded_for);
    ask(&TRUSTED, peer, &[header]).await["address"].clone()
}

#[tokio::test]
async fn nobody_is_believed_by_default() {
    let lies = [
        ("host", "shop.example"),
        ("forwarded", "for=192.0.2.9;proto=https;host=evil.example"),
        ("x-forwarded-for", "192.0.2.9"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "192.0.2.9"),
    ];
    let not_trusted = [&[][..], &TRUSTED[..], &[("TRUSTED_PROXIES", "203.0.113.8")]];
    for settings in not_trusted {
        let caller = ask(settings, "203.0.113.7:4000", &lies).await;
        assert_eq!(caller["address"], "203.0.113.7", "{settings:?}");
        assert_eq!(caller["host"], "shop.example", "{settings:?}");
        assert_eq!(caller["isHttps"], false, "{settings:?}");
        assert_eq!(caller["headers"], json!(["host"]), "{settings:?}");
    }
}

#[tokio::test]
async fn a_proxy_of_ours_says_who_the_client_is() {
    let said = [
        ("host", "10.0.0.5:8000"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-host", "shop.example:8443"),
        ("x-forwarded-proto", "HTTPS"),
    ];
    let caller = ask(&TRUSTED, "10.0.0.1:4000", &said).await;
    assert_eq!(caller["address"], "203.0.113.7");
    assert_eq!(caller["host"], "shop.example:8443");
    assert_eq!(caller["isHttps"], true);
    assert_eq!(caller["headers"], json!(["host"]));

    let caller = ask(&TRUSTED, "10.0.0.1:4000", &[("host", "inside")]).await;
    assert_eq!(caller["address"], "10.0.0.1");
    assert_eq!(caller["host"], "inside");
    assert_eq!(caller["isHttps"], false);
}

#[tokio::test]
async fn what_a_client_makes_up_stays_behind_what_a_proxy_has_seen() {
    for (forwarded_for, client) in [
        ("192.0.2.9, 203.0.113.7", "203.0.113.7"),
        ("192.0.2.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.9, 203.0.113.7, 10.0.0.2,10.0.0.3", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("203.0.113.7:5000, 10.0.0.2:80", "203.0.113.7"),
        ("192.0.2.9, unknown, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.9, ", "10.0.0.1"),
        ("", "10.0.0.1"),
    ] {
        let found = address("10.0.0.1:4000", forwarded_for).await;
        assert_eq!(found, client, "{forwarded_for}");
    }

    let headers = [
        ("x-forwarded-for", "192.0.2.9"),
        ("x-forwarded-for", "203.0.113.7, 10.0.0.2"),
        ("x-forwarded-host", "evil.example, shop.example, inside"),
        ("x-forwarded-proto", "https, http, http"),
    ];
    let caller = ask(&TRUSTED, "10.0.0.1:4000", &headers).await;
    assert_eq!(caller["address"], "203.0.113.7");
    assert_eq!(caller["host"], "shop.example");
    assert_eq!(caller["isHttps"], false);
}

#[tokio::test]
async fn addresses_of_both_kinds_are_known() {
    for (peer, forwarded_for, client) in [
        ("[::ffff:10.0.0.1]:4000", "203.0.113.7", "203.0.113.7"),
        ("[2001:db8::1]:4000", "2001:db8::7", "2001:db8::7"),
        ("[2001:db8::1]:4000", "[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::1]:4000", "[2001:db8::7]:80", "2001:db8::7"),
        ("10.0.0.1:4000", "::ffff:203.0.113.7", "203.0.113.7"),
        ("[2001:db8::2]:4000", "2001:db8::7", "2001:db8::2"),
    ] {
        let found = address(peer, forwarded_for).await;
        assert_eq!(found, client, "{peer} {forwarded_for}");
    }
}
