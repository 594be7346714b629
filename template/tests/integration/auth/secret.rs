use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde_json::{Value, json};
use service::app::AppState;
use service::auth::{self, Verifier};
use service::config::AppEnv;
use service::id::Id;
use service::models::Person;
use service::{openapi, router};
use time::OffsetDateTime;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::util::{TestApp, TestResponse};

const SECRET: &str = "a secret that nobody guesses in a test";

async fn guarded_app() -> TestApp {
    TestApp::with(&[("JWT_SECRET", SECRET)]).await
}

fn token(scope: &str) -> String {
    let secret = SecretString::from(SECRET);
    let ttl = Duration::from_secs(60);
    auth::sign(&secret, "ada".to_owned(), scope.to_owned(), ttl).expect("a token")
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).expect("a token")
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

async fn send(app: &TestApp, method: Method, path: &str, authorization: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", authorization);
    app.send(request.body(Body::empty())).await
}

async fn list_tasks(app: &TestApp, authorization: &str) -> TestResponse {
    send(app, Method::GET, "/api/v1/tasks", authorization).await
}

#[tokio::test]
async fn without_a_secret_everybody_may_do_everything_in_test() {
    let app = TestApp::new().await;
    assert_eq!(app.get("/api/v1/tasks").await.status(), StatusCode::OK);
    let body = json!({"name": "Ada", "email": "ada@example.com", "age": 36});
    let created = app.post("/api/v1/persons", &body).await;
    assert_eq!(created.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn without_a_secret_prod_does_not_start() {
    let app = TestApp::new().await;
    let mut config = app.app.config.clone();
    config.env = AppEnv::Prod;
    let error = Verifier::new(&config, &app.app.http).err();
    let error = error.expect("it is refused").to_string();
    for name in ["OIDC_ISSUER_URL", "JWT_SECRET"] {
        assert!(error.contains(name), "{error}");
    }
}

#[tokio::test]
async fn reading_persons_is_public() {
    let app = guarded_app().await;
    assert_eq!(app.get("/api/v1/persons").await.status(), StatusCode::OK);
    assert_eq!(app.get("/health/liveness").await.status(), StatusCode::OK);
}

/// It is stored with what its holder makes.
#[tokio::test]
async fn a_subject_that_cannot_be_stored_is_refused() {
    let app = guarded_app().await;
    for (sub, status) in [
        ("x".repeat(255), StatusCode::OK),
        ("x".repeat(256), StatusCode::UNAUTHORIZED),
        ("a\0b".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        let claims = json!({"sub": sub, "scope": "read", "exp": now() + 60});
        let token = signed(Algorithm::HS256, SECRET, &claims);
        let response = list_tasks(&app, &format!("Bearer {token}")).await;
        assert_eq!(response.status(), status, "{sub}");
    }
}

#[tokio::test]
async fn a_token_is_asked_for() {
    let app = guarded_app().await;
    let response = app.get("/api/v1/tasks").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    assert_eq!(
        response.header("content-type"),
        Some("application/problem+json")
    );

    let basic = list_tasks(&app, "Basic YTpi").await;
    assert_eq!(basic.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_scope_decides() {
    let app = guarded_app().await;
    let read = format!("Bearer {}", token("read"));
    assert_eq!(list_tasks(&app, &read).await.status(), StatusCode::OK);

    let url = format!("/api/v1/tasks/{}", Id::new());
    let refused = send(&app, Method::DELETE, &url, &read).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let challenge = refused.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains(r#"scope="write""#), "{challenge}");

    let both = format!("bearer {}", token("read write"));
    let allowed = send(&app, Method::DELETE, &url, &both).await;
    assert_eq!(allowed.status(), StatusCode::NOT_FOUND);
    let similar = format!("Bearer {}", token("readwrite rea"));
    assert_eq!(
        list_tasks(&app, &similar).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn every_route_that_changes_something_is_guarded() {
    let app = guarded_app().await;
    let id = Id::new();
    let routes = [
        (Method::POST, "/api/v1/persons".to_owned()),
        (Method::PUT, format!("/api/v1/persons/{id}")),
        (Method::DELETE, format!("/api/v1/persons/{id}")),
        (Method::POST, format!("/api/v1/persons/{id}/birthday")),
        (Method::DELETE, format!("/api/v1/tasks/{id}")),
        (Method::GET, format!("/api/v1/tasks/{id}")),
        (Method::GET, format!("/api/v1/tasks/{id}/result")),
    ];
    for (method, path) in routes {
        let request = Request::builder().method(&method).uri(&path);
        let response = app.send(request.body(Body::from("not JSON"))).await;
        assert_eq!(
            response.status(),
            StatusCode::UNAUTHORIZED,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn who_made_something_is_known_but_not_told() {
    let app = guarded_app().await;
    let bearer = format!("Bearer {}", token("write"));
    let body = json!({"name": "Bob", "email": "bob@example.com", "age": 36});
    let header = ("authorization", bearer.as_str());
    let created = app
        .send_with(Method::POST, "/api/v1/persons", header, &body)
        .await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let person = created.json::<Value>();
    // An id may have these letters.
    assert!(!person.to_string().contains("\"ada\""), "{person}");
    let id = person["id"].as_str().and_then(|id| id.parse().ok());
    let mut conn = app.app.connection().await.expect("a connection");
    let person = Person::find(&mut conn, id.expect("an id")).await;
    let created_by = person.expect("the person").created_by;
    assert_eq!(created_by.as_deref(), Some("ada"));
}

/// Says nothing of tokens.
#[utoipa::path(get, path = "/forgetful")]
async fn forgetful() -> &'static str {
    "open to all"
}

#[tokio::test]
async fn a_route_is_guarded_also_if_its_handler_forgets_the_scope() {
    let app = guarded_app().await;
    let state = AppState(Arc::clone(&app.app));
    let mut routes = OpenApiRouter::new().routes(routes!(forgetful));
    openapi::ask_for_token(routes.get_openapi_mut());
    let document = json!(routes.get_openapi());
    let operation = &document["paths"]["/forgetful"]["get"];
    assert_eq!(operation["security"], json!([{"bearer": []}]));
    let (router, _) = router::guarded(routes, &state).split_for_parts();
    let router = router.with_state(state);
    let status = async |authorization: &str| {
        let request = Request::builder().uri("/forgetful");
        let request = request.header("authorization", authorization);
        let request = request.body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await;
        response.expect("an answer").status()
    };
    assert_eq!(status("").await, StatusCode::UNAUTHORIZED);
    assert_eq!(status("Bearer x").await, StatusCode::UNAUTHORIZED);
    let anything = format!("Bearer {}", token(""));
    assert_eq!(status(&anything).await, StatusCode::OK);
}

#[tokio::test]
async fn the_document_tells_who_is_let_in_without_a_token() {
    let app = guarded_app().await;
    let document = app.get("/openapi.json").await.json::<Value>();
    let id = Id::new().to_string();
    let mut public = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let name = format!("{method} {path}");
            let method = Method::try_from(method.to_uppercase().as_str()).expect("a method");
            let url = path.replace("{id}", &id);
            let request = Request::builder().method(method).uri(url);
            let response = app.send(request.body(Body::empty())).await;
            let is_guarded = operation["security"].is_array();
            let is_refused = response.status() == StatusCode::UNAUTHORIZED;
            assert_eq!(is_refused, is_guarded, "{name}: {}", response.text());
            if !is_guarded && path.starts_with("/api/") {
                public.push(name);
            }
        }
    }
    public.retain(|name| name.contains("/persons"));
    assert_eq!(
        public,
        [
            "get /api/v1/persons",
            "get /api/v1/persons/search",
            "get /api/v1/persons/{id}"
        ]
    );
}

/// Tokens that look good and are not.
fn bad_tokens() -> Vec<(&'static str, String)> {
    let claims = json!({"sub": "ada", "scope": "read", "exp": now() + 60});
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        signed(Algorithm::HS256, SECRET, &claims)
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().expect("an object").remove(name);
        signed(Algorithm::HS256, SECRET, &claims)
    };
    let other_secret = "another secret that nobody knows at all";
    let good = signed(Algorithm::HS256, SECRET, &claims);
    let payload = good.split('.').nth(1).expect("a payload");
    let mut header = Header::new(Algorithm::HS256);
    header.crit = Some(vec!["new".to_owned()]);
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let extended = jsonwebtoken::encode(&header, &claims, &key).expect("a token");
    // The header says `"alg": "none"`.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");
    vec![
        (
            "signed by another",
            signed(Algorithm::HS256, other_secret, &claims),
        ),
        (
            "another algorithm",
            signed(Algorithm::HS512, SECRET, &claims),
        ),
        ("not signed", unsigned),
        ("of a kind that nobody knows", extended),
        ("expired", with("exp", json!(now() - 1))),
        ("not valid yet", with("nbf", json!(now() + 30))),
        ("valid for ever", without("exp")),
        ("of nobody", without("sub")),
        ("not a token", "x".to_owned()),
    ]
}

#[tokio::test]
async fn tokens_that_are_forged_or_out_of_time_are_refused() {
    let app = guarded_app().await;
    for (why, token) in bad_tokens() {
        let response = list_tasks(&app, &format!("Bearer {token}")).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{why}");
        let challenge = response.header("www-authenticate");
        assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#), "{why}");
        let problem = response.json::<Value>();
        let expected = match why {
            "expired" => "the bearer token has expired",
            _ => "the bearer token is not valid",
        };
        assert_eq!(problem["detail"], expected, "{why}");
    }
}

/// RFC 7519, section 2: a point in time may have a fraction.
#[tokio::test]
async fn points_in_time_may_have_fractions() {
    let app = guarded_app().await;
    let at = |secs: i64| now() as f64 + secs as f64 + 0.5;
    let status = async |exp: f64, nbf: f64| {
        let claims = json!({"sub": "ada", "scope": "read", "exp": exp, "nbf": nbf, "iat": nbf});
        let token = signed(Algorithm::HS256, SECRET, &claims);
        list_tasks(&app, &format!("Bearer {token}")).await.status()
    };
    assert_eq!(status(at(60), at(-60)).await, StatusCode::OK);
    assert_eq!(status(at(-3), at(-60)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(at(60), at(30)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(-1.5, at(-60)).await, StatusCode::UNAUTHORIZED);

    let claims = json!({"sub": "ada", "exp": 1_700_000_000.5, "nbf": 7, "iat": 1.5});
    let claims: auth::Claims = serde_json::from_value(claims).expect("claims");
    assert_eq!((claims.exp, claims.nbf), (1_700_000_000, Some(7)));
    assert_eq!(claims.other["iat"], 1.5);
}

#[tokio::test]
async fn claims_that_nobody_reads_are_kept() {
    let claims = json!({"sub": "ada", "scope": "read", "exp": 1, "tenant": {"id": 7}});
    let claims: auth::Claims = serde_json::from_value(claims).expect("claims");
    assert!(claims.has_scope("read"));
    assert_eq!(claims.other["tenant"]["id"], 7);
}
