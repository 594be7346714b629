use std::io::{Read, Write};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::util::{PersonFactory, TestApp, TestResponse};

const PERSONS: &str = "/api/v1/persons";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("it is packed");
    encoder.finish().expect("it is packed")
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut decoder = GzDecoder::new(bytes);
    decoder.read_to_string(&mut text).expect("it is unpacked");
    text
}

/// Asks for a page with several persons on it, which is worth packing.
async fn list(app: &TestApp, method: &str, accept_encoding: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(PERSONS);
    let request = request.header("accept-encoding", accept_encoding);
    app.send(request.body(Body::empty())).await
}

async fn app_with_persons() -> TestApp {
    let app = TestApp::new().await;
    for _ in 0..5 {
        PersonFactory::new().create(&app).await;
    }
    app
}

async fn post(app: &TestApp, encoding: &str, body: Vec<u8>) -> TestResponse {
    let request = Request::post(PERSONS)
        .header("content-type", "application/json")
        .header("content-encoding", encoding);
    app.send(request.body(body.into())).await
}

fn ada() -> Vec<u8> {
    let ada = json!({"name": "Ada", "email": "ada@example.com", "age": 36});
    ada.to_string().into_bytes()
}

#[track_caller]
fn assert_problem(response: &TestResponse, status: StatusCode) {
    assert_eq!(response.status(), status);
    assert_eq!(response.json::<Value>()["status"], status.as_u16());
}

#[tokio::test]
async fn a_response_is_packed_for_clients_that_can_unpack_it() {
    let app = app_with_persons().await;
    let plain = list(&app, "GET", "br").await;
    assert_eq!(plain.header("content-encoding"), None);
    // Caches have to know that there are two of them, whichever they see first.
    assert_eq!(plain.header("vary"), Some("accept-encoding"));

    let packed = list(&app, "GET", "br, gzip").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.header("vary"), Some("accept-encoding"));
    assert_eq!(packed.header("content-type"), Some("application/json"));
    assert!(packed.bytes().len() < plain.bytes().len() / 2);
    assert_eq!(gunzip(packed.bytes()), plain.text());

    let head = list(&app, "HEAD", "gzip").await;
    assert_eq!(head.status(), StatusCode::OK);
    assert!(head.bytes().is_empty());
}

#[tokio::test]
async fn what_is_small_or_has_no_body_is_not_packed() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().create(&app).await;
    let url = format!("{PERSONS}/{}", person.id);
    let tag = app.get(&url).await;
    let tag = tag.header("etag").expect("an entity tag").to_owned();
    let request = |path: &str| Request::get(path).header("accept-encoding", "gzip");

    let small = app
        .send(request("/health/liveness").body(Body::empty()))
        .await;
    assert_eq!(small.header("content-encoding"), None);
    assert!(small.text().contains("alive"));

    let known = request(&url).header("if-none-match", &tag);
    let known = app.send(known.body(Body::empty())).await;
    assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(known.header("content-encoding"), None);
    assert!(known.bytes().is_empty());
}

#[tokio::test]
async fn streams_are_not_packed() {
    for (content_type, packed) in [
        ("text/event-stream", None),
        ("application/x-ndjson", None),
        ("image/png", None),
        ("text/csv", Some("gzip")),
    ] {
        let stream = move || async move { ([("content-type", content_type)], "x".repeat(9_000)) };
        let routes = Router::new().route("/stream", get(stream));
        let app = TestApp::with_routes(&[], routes).await;
        let request = Request::get("/stream").header("accept-encoding", "gzip");
        let response = app.send(request.body(Body::empty())).await;
        assert_eq!(
            response.header("content-encoding"),
            packed,
            "{content_type}"
        );
    }
}

/// What became of a request is told in any case.
#[tokio::test]
async fn an_answer_that_cannot_be_packed_is_sent_as_it_is() {
    let app = app_with_persons().await;
    for refused in ["identity;q=0", "*;q=0", "br, Identity; q=0.0 , *;q=0"] {
        let response = list(&app, "GET", refused).await;
        assert_eq!(response.status(), StatusCode::OK, "{refused}");
        assert_eq!(response.header("content-encoding"), None, "{refused}");
    }
    let packed = list(&app, "GET", "gzip, identity;q=0").await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn a_packed_body_is_unpacked() {
    for encoding in ["gzip", "GZip", "x-gzip"] {
        let app = TestApp::new().await;
        let response = post(&app, encoding, gzip(&ada())).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{encoding}");
        assert_eq!(response.json::<Value>()["name"], "Ada");
    }
    let app = TestApp::new().await;
    let plain = post(&app, "identity", ada()).await;
    assert_eq!(plain.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_body_that_cannot_be_unpacked_is_a_problem() {
    let app = TestApp::new().await;
    let whole = gzip(&ada());
    let mut corrupt = whole.clone();
    corrupt[15] ^= 0xff;
    let truncated = whole[..whole.len() - 4].to_vec();
    for body in [ada(), corrupt, truncated, Vec::new()] {
        let response = post(&app, "gzip", body).await;
        assert_problem(&response, StatusCode::BAD_REQUEST);
    }
    assert_eq!(app.get(PERSONS).await.json::<Value>()["objects"], json!([]));
}

#[tokio::test]
async fn other_encodings_are_refused_and_the_known_one_is_named() {
    let app = TestApp::new().await;
    for encoding in ["br", "deflate", "zstd", "gzip, gzip", "nonsense"] {
        let response = post(&app, encoding, gzip(&ada())).await;
        assert_problem(&response, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(response.header("accept-encoding"), Some("gzip"));
    }
}

/// The limit holds for what comes out, however little went in.
#[tokio::test]
async fn a_small_body_cannot_unpack_to_a_large_one() {
    let app = TestApp::with(&[("MAX_BODY_BYTES", "1000000")]).await;
    let zeros = gzip(&vec![b' '; 10_000_000]);
    assert!(zeros.len() < 20_000);
    let response = post(&app, "gzip", zeros).await;
    assert_problem(&response, StatusCode::PAYLOAD_TOO_LARGE);
}
