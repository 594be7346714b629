use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::future::join_all;
use serde_json::{Value, json};
use service::schema::persons;
use service::tasks::AddOneYear;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{PERSONS, ada, create};
use crate::util::{PersonFactory, TestApp, TestResponse};

async fn create_ada(app: &TestApp) -> String {
    format!("{PERSONS}/{}", create(app, &ada()).await)
}

async fn get(app: &TestApp, url: &str, known: &str) -> TestResponse {
    let header = ("if-none-match", known);
    app.send_with(Method::GET, url, header, &Value::Null).await
}

async fn put(app: &TestApp, url: &str, seen: &str, body: &Value) -> TestResponse {
    app.send_with(Method::PUT, url, ("if-match", seen), body)
        .await
}

async fn delete(app: &TestApp, url: &str, seen: &str) -> TestResponse {
    let header = ("if-match", seen);
    app.send_with(Method::DELETE, url, header, &Value::Null)
        .await
}

async fn etag(app: &TestApp, url: &str) -> String {
    let found = app.get(url).await;
    found.header("etag").expect("an entity tag").to_owned()
}

#[tokio::test]
async fn a_version_that_is_known_is_not_sent_again() {
    let app = TestApp::new().await;
    let created = app.post(PERSONS, &ada()).await;
    let url = created.header("location").expect("a location").to_owned();
    let tag = etag(&app, &url).await;
    assert_eq!(created.header("etag"), Some(tag.as_str()));

    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".to_owned(),
    ] {
        let response = get(&app, &url, &known).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(response.header("etag"), Some(tag.as_str()));
        assert_eq!(response.text(), "");
    }
    let head = Request::head(&url).header("if-none-match", &tag);
    let head = app.send(head.body(Body::empty())).await;
    assert_eq!(head.status(), StatusCode::NOT_MODIFIED);

    app.put(&url, &ada()).await;
    let changed = get(&app, &url, &tag).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn only_a_version_that_was_seen_is_replaced() {
    let app = TestApp::new().await;
    let url = create_ada(&app).await;
    let first = etag(&app, &url).await;
    let replaced = put(&app, &url, &first, &ada()).await;
    assert_eq!(replaced.status(), StatusCode::OK, "{}", replaced.text());
    assert_eq!(replaced.header("etag"), None);
    let version = replaced.json::<Value>()["version"].clone();
    assert_eq!(etag(&app, &url).await, format!("\"{version}\""));

    let other = json!({"name": "Other", "email": "other@example.com", "age": 1});
    let stale = put(&app, &url, &first, &other).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let content_type = stale.header("content-type");
    assert_eq!(content_type, Some("application/problem+json"));
    assert_eq!(
        app.get(&url).await.json::<Value>(),
        replaced.json::<Value>()
    );

    let weak = put(&app, &url, &format!("W/\"{version}\""), &other).await;
    assert_eq!(weak.status(), StatusCode::OK);
    assert_eq!(put(&app, &url, "*", &other).await.status(), StatusCode::OK);
    assert_eq!(app.put(&url, &other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn only_a_version_that_was_seen_is_deleted() {
    let app = TestApp::new().await;
    let url = create_ada(&app).await;
    let first = etag(&app, &url).await;
    app.put(&url, &ada()).await;
    let stale = delete(&app, &url, &first).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    let latest = etag(&app, &url).await;
    let gone = delete(&app, &url, &latest).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    // Without the header it would be 404, so the header does not matter (RFC 9110, 13.2.1).
    for seen in [latest.as_str(), "*"] {
        let response = delete(&app, &url, seen).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{seen}");
    }
}

#[tokio::test]
async fn a_header_without_entity_tags_is_a_bad_request() {
    let app = TestApp::new().await;
    let url = create_ada(&app).await;
    let unquoted = put(&app, &url, "1", &ada()).await;
    assert_eq!(unquoted.status(), StatusCode::BAD_REQUEST);
    let unquoted = get(&app, &url, "1").await;
    assert_eq!(unquoted.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_birthday_makes_another_version() {
    let app = TestApp::new().await;
    let url = create_ada(&app).await;
    let before = etag(&app, &url).await;
    let person_id = url.rsplit('/').next().expect("an id");
    let person_id = person_id.parse().expect("an id");
    app.enqueue(AddOneYear { person_id }).await;
    app.run_pending_tasks().await;
    let stale = put(&app, &url, &before, &ada()).await;
    assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(app.get(&url).await.json::<Value>()["age"], 37);
}

/// Each of them has seen the same version: one may replace it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_have_seen_the_same_version_one_replaces_it() {
    let app = TestApp::new().await;
    let url = create_ada(&app).await;
    let seen = etag(&app, &url).await;
    let bodies: Vec<_> = (0..50)
        .map(|age| json!({"name": "Ada", "email": "ada@example.com", "age": age}))
        .collect();
    let answers = join_all(bodies.iter().map(|body| put(&app, &url, &seen, body))).await;
    let with = |status| {
        answers
            .iter()
            .filter(move |answer| answer.status() == status)
    };
    let replaced: Vec<_> = with(StatusCode::OK).collect();
    assert_eq!(replaced.len(), 1);
    assert_eq!(with(StatusCode::PRECONDITION_FAILED).count(), 49);
    let person = app.get(&url).await.json::<Value>();
    assert_eq!(person, replaced[0].json::<Value>());
}

#[tokio::test]
async fn a_change_is_later_than_the_one_before_whatever_the_clock_says() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().create(&app).await;
    let ahead = person.updated_at + Duration::from_secs(3600);
    let mut conn = app.app.connection().await.expect("a connection");
    diesel::update(persons::table.find(person.id))
        .set(persons::updated_at.eq(ahead))
        .execute(&mut conn)
        .await
        .expect("a row");
    drop(conn);
    let url = format!("{PERSONS}/{}", person.id);
    let replaced = app.put(&url, &ada()).await.json::<Value>();
    let updated_at = replaced["updatedAt"].as_str().expect("a time");
    let updated_at = OffsetDateTime::parse(updated_at, &Rfc3339).expect("a time");
    assert!(updated_at > ahead, "{updated_at} > {ahead}");
    assert_eq!(app.get(&url).await.json::<Value>(), replaced);
}
