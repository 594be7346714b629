use axum::extract::FromRequestParts;
use axum::http::{Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use service::app::AppState;
use service::auth::{Admin, Holds};

use crate::util::TestApp;

const SECRET: &str = "a secret that nobody guesses in a test";

fn token(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("a token")
}

/// Whether somebody with these claims is an admin.
async fn judge(app: &TestApp, claims: &Value) -> Result<String, StatusCode> {
    let bearer = format!("Bearer {}", token(claims));
    let request = Request::get("/").header("authorization", bearer);
    let (mut parts, ()) = request.body(()).expect("a request").into_parts();
    let state = AppState(app.app.clone());
    let admin = Holds::<Admin>::from_request_parts(&mut parts, &state).await;
    admin
        .map(|admin| admin.claims.sub)
        .map_err(|error| error.status())
}

#[tokio::test]
async fn the_role_decides_wherever_it_is_listed() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let claims = json!({"sub": "ada", "exp": 4_000_000_000_u64});
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let admins = [
        with("roles", json!(["user", "admin"])),
        with("realm_access", json!({"roles": ["admin"]})),
        with("groups", json!(["admin"])),
        with("roles", json!("user admin")),
    ];
    for claims in admins {
        assert_eq!(judge(&app, &claims).await, Ok("ada".to_owned()), "{claims}");
    }
    let others = [
        claims.clone(),
        with("roles", json!(["administrator"])),
        with("roles", json!({"admin": true})),
        with("scope", json!("admin")),
        with("realm_access", json!(["admin"])),
    ];
    for claims in others {
        let refused = Err(StatusCode::FORBIDDEN);
        assert_eq!(judge(&app, &claims).await, refused, "{claims}");
    }
}

#[tokio::test]
async fn a_role_needs_a_token() {
    let app = TestApp::with(&[("JWT_SECRET", SECRET)]).await;
    let (mut parts, ()) = Request::get("/").body(()).expect("a request").into_parts();
    let state = AppState(app.app.clone());
    let admin = Holds::<Admin>::from_request_parts(&mut parts, &state).await;
    let error = admin.expect_err("it is refused");
    assert_eq!(error.status(), StatusCode::UNAUTHORIZED);
}
