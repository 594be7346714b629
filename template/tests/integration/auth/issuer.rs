use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::util::{Issuer, Reply, SigningKey, TestApp, TestResponse};

/// The pause between two looks for new keys, and a little.
const PAUSE: Duration = Duration::from_millis(10_100);

async fn app_of(issuer: &Issuer) -> TestApp {
    app_that_keeps_keys(issuer, "600").await
}

async fn app_that_keeps_keys(issuer: &Issuer, ttl_secs: &str) -> TestApp {
    TestApp::with(&[
        ("OIDC_ISSUER_URL", &issuer.url()),
        ("OIDC_AUDIENCE", Issuer::AUDIENCE),
        ("OIDC_KEYS_TTL_SECS", ttl_secs),
        ("CLIENT_TIMEOUT_MS", "1000"),
    ])
    .await
}

async fn send(app: &TestApp, token: &str) -> TestResponse {
    let request = Request::get("/api/v1/tasks");
    let request = request.header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty())).await
}

async fn status(app: &TestApp, token: &str) -> StatusCode {
    send(app, token).await.status()
}

#[tokio::test]
async fn tokens_of_the_issuer_are_accepted() {
    let algorithms = [
        Algorithm::RS256,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ];
    for algorithm in algorithms {
        let key = SigningKey::new("one", algorithm);
        let issuer = Issuer::start(&[&key]).await;
        let app = app_of(&issuer).await;
        let token = key.sign(&issuer.claims());
        assert_eq!(status(&app, &token).await, StatusCode::OK, "{algorithm:?}");
    }
}

#[tokio::test]
async fn tokens_that_are_not_for_us_or_out_of_time_are_refused() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let stranger = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = issuer.claims();
        claims[name] = value;
        key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = issuer.claims();
        claims.as_object_mut().expect("an object").remove(name);
        key.sign(&claims)
    };
    let bad = [
        ("for another", with("aud", json!("another"))),
        ("for nobody", without("aud")),
        (
            "of another issuer",
            with("iss", json!("https://example.com")),
        ),
        ("of no issuer", without("iss")),
        ("expired", with("exp", json!(now - 31))),
        ("valid for ever", without("exp")),
        ("not valid yet", with("nbf", json!(now + 40))),
        ("signed by a stranger", stranger.sign(&issuer.claims())),
    ];
    for (why, token) in bad {
        assert_eq!(
            status(&app, &token).await,
            StatusCode::UNAUTHORIZED,
            "{why}"
        );
    }
    // Clocks may differ a little, and providers may count parts of seconds.
    for late in [json!(now - 5), json!(now as f64 - 5.5)] {
        let late = with("exp", late);
        assert_eq!(status(&app, &late).await, StatusCode::OK);
    }
}

/// A token whose secret is something that everybody knows.
fn forged(claims: &Value, id: &str, secret: &[u8]) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(id.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).expect("a token")
}

#[tokio::test]
async fn the_key_decides_on_the_algorithm() {
    let key = SigningKey::new("one", Algorithm::RS256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let claims = issuer.claims();
    let good = key.sign(&claims);
    let modulus = key.jwk()["n"].as_str().expect("text").to_owned();
    let whole = key.jwk().to_string();
    for secret in [modulus.as_bytes(), whole.as_bytes(), b""] {
        let token = forged(&claims, "one", secret);
        assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED);
    }
    let payload = good.split('.').nth(1).expect("a payload");
    // The headers say `{"alg":"none"}` and `{"alg":"none","kid":"one"}`.
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIiwia2lkIjoib25lIn0"] {
        let token = format!("{header}.{payload}.");
        assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(status(&app, &good).await, StatusCode::OK);
}

#[tokio::test]
async fn keys_that_cannot_be_used_do_no_harm() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let mut encrypts = key.jwk();
    encrypts["kid"] = json!("encrypts");
    encrypts["use"] = json!("enc");
    // A secret among public keys is no secret.
    let shared = json!({"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"});
    let odd = json!({"kty": "new", "kid": "odd"});
    let keys = json!({"keys": [shared, odd, 7, encrypts, key.jwk()]});
    issuer
        .peer
        .replies(Issuer::KEYS, [Reply::body(keys.to_string())]);

    assert_eq!(
        status(&app, &key.sign(&issuer.claims())).await,
        StatusCode::OK
    );
    let token = forged(&issuer.claims(), "shared", b"secret");
    assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_strange_ones_do_not_bother_the_issuer() {
    let (old, new) = (
        SigningKey::new("old", Algorithm::ES256),
        SigningKey::new("new", Algorithm::ES256),
    );
    let issuer = Issuer::start(&[&old]).await;
    let app = app_of(&issuer).await;
    // All of them come before there are any keys.
    let token = old.sign(&issuer.claims());
    let many = futures_util::future::join_all((0..50).map(|_| status(&app, &token))).await;
    assert!(many.iter().all(|status| *status == StatusCode::OK));
    assert_eq!(issuer.asked(), 1);

    // It was asked a moment ago, so a token with any id does not have it asked again.
    let strange = new.sign(&issuer.claims());
    for _ in 0..20 {
        assert_eq!(status(&app, &strange).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(issuer.asked(), 1);

    issuer.tell(&[&new]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(status(&app, &strange).await, StatusCode::OK);
    assert_eq!(issuer.asked(), 2);
    // The old one was withdrawn.
    assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED);
}

/// Otherwise, clients who ask and leave could keep the others from ever getting in.
#[tokio::test]
async fn the_keys_are_fetched_also_if_whoever_needed_them_first_has_left() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let token = key.sign(&issuer.claims());
    let slow = Reply {
        delay: Duration::from_millis(300),
        ..Reply::body(json!({ "keys": [key.jwk()] }).to_string())
    };
    issuer.peer.replies(Issuer::KEYS, [slow]);
    let leaves = tokio::time::timeout(Duration::from_millis(50), status(&app, &token));
    assert!(leaves.await.is_err());
    assert_eq!(status(&app, &token).await, StatusCode::OK);
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn known_keys_hold_while_the_issuer_is_away() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let token = key.sign(&issuer.claims());
    issuer.peer.replies(Issuer::KEYS, [Reply::status(500)]);
    let away = send(&app, &token).await;
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.header("retry-after").is_some());

    issuer.tell(&[&key]);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(status(&app, &token).await, StatusCode::OK);
    drop(issuer);
    assert_eq!(status(&app, &token).await, StatusCode::OK);
}

/// A client that is told 401 throws away a token that may be good.
#[tokio::test]
async fn whether_a_new_key_is_good_is_not_known_while_the_issuer_is_away() {
    let (old, new) = (
        SigningKey::new("old", Algorithm::ES256),
        SigningKey::new("new", Algorithm::ES256),
    );
    let issuer = Issuer::start(&[&old]).await;
    let app = app_of(&issuer).await;
    let token = new.sign(&issuer.claims());
    assert_eq!(status(&app, &token).await, StatusCode::UNAUTHORIZED);
    issuer.peer.replies(Issuer::KEYS, [Reply::status(500)]);
    tokio::time::sleep(PAUSE).await;
    for _ in 0..2 {
        let away = send(&app, &token).await;
        assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(away.header("retry-after").is_some());
    }
}

/// Nobody waits for keys that are only old, and what was withdrawn is not trusted for ever.
#[tokio::test]
async fn old_keys_hold_until_there_are_new_ones() {
    let (key, other) = (
        SigningKey::new("one", Algorithm::ES256),
        SigningKey::new("other", Algorithm::ES256),
    );
    let issuer = Issuer::start(&[&key]).await;
    let app = app_that_keeps_keys(&issuer, "1").await;
    let token = key.sign(&issuer.claims());
    assert_eq!(status(&app, &token).await, StatusCode::OK);
    issuer.peer.replies(Issuer::KEYS, [Reply::status(500)]);
    tokio::time::sleep(PAUSE).await;
    for _ in 0..2 {
        assert_eq!(status(&app, &token).await, StatusCode::OK);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Once in the beginning and once again, which was repeated as any call that fails.
    assert_eq!(issuer.asked(), 1 + 3);

    issuer.tell(&[&other]);
    tokio::time::sleep(PAUSE).await;
    assert_eq!(status(&app, &token).await, StatusCode::OK);
    for _ in 0..200 {
        if status(&app, &token).await == StatusCode::UNAUTHORIZED {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a key that was withdrawn is still trusted");
}

#[tokio::test]
async fn an_issuer_that_is_slow_holds_up_nobody_for_long() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let token = key.sign(&issuer.claims());
    let slow = Reply::after(Duration::from_secs(60));
    issuer.peer.replies(Issuer::DISCOVERY, [slow]);
    let begun = std::time::Instant::now();
    let many = futures_util::future::join_all((0..10).map(|_| status(&app, &token))).await;
    let expected = StatusCode::SERVICE_UNAVAILABLE;
    assert!(many.iter().all(|status| *status == expected), "{many:?}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(app.get("/health/liveness").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn another_issuer_is_not_believed() {
    let key = SigningKey::new("one", Algorithm::ES256);
    let issuer = Issuer::start(&[&key]).await;
    let app = app_of(&issuer).await;
    let discovery = json!({"issuer": "https://example.com", "jwks_uri": issuer.peer.url("/keys")});
    let discovery = Reply::body(discovery.to_string());
    issuer.peer.replies(Issuer::DISCOVERY, [discovery]);
    let token = key.sign(&issuer.claims());
    assert_eq!(status(&app, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(issuer.asked(), 0);
}
