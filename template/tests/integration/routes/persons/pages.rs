use axum::http::StatusCode;
use serde_json::{Value, json};
use service::id::Id;

use super::{PERSONS, assert_invalid};
use crate::util::{PersonFactory, TestApp};

async fn create_named(app: &TestApp, name: &str) -> String {
    let person = PersonFactory::new().name(name).create(app).await;
    person.id.to_string()
}

async fn create_many(app: &TestApp, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(create_named(app, "Person").await);
    }
    ids
}

async fn page(app: &TestApp, url: &str) -> Value {
    let response = app.get(url).await;
    assert_eq!(response.status(), StatusCode::OK, "{}", response.text());
    response.json()
}

fn ids_of(page: &Value) -> Vec<String> {
    let objects = page["objects"].as_array().expect("a list");
    let id = |object: &Value| object["id"].as_str().expect("an id").to_owned();
    objects.iter().map(id).collect()
}

#[tokio::test]
async fn pages_lead_to_each_other_and_keep_other_parameters() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let ids = create_many(&app, 5).await;

    let first = page(&app, &format!("{PERSONS}?x=a%20b&limit=2")).await;
    assert_eq!(ids_of(&first), ids[..2]);
    assert_eq!(first["prev"], Value::Null);
    assert_eq!(
        first["next"],
        "/shop/api/v1/persons?x=a%20b&limit=2&offset=2"
    );

    let next = first["next"].as_str().expect("a URL");
    let second = page(&app, &next.replace("/shop", "")).await;
    assert_eq!(ids_of(&second), ids[2..4]);
    assert_eq!(
        second["prev"],
        "/shop/api/v1/persons?x=a%20b&limit=2&offset=0"
    );

    let last = page(&app, &format!("{PERSONS}?limit=2&offset=4")).await;
    assert_eq!(ids_of(&last), ids[4..]);
    assert_eq!(last["next"], Value::Null);
}

#[tokio::test]
async fn a_page_that_is_just_full_has_no_next_one() {
    let app = TestApp::new().await;
    create_many(&app, 20).await;
    let page = page(&app, PERSONS).await;
    assert_eq!(page["objects"].as_array().map(Vec::len), Some(20));
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn limits_of_pages_are_checked() {
    let app = TestApp::new().await;
    for query in ["limit=0", "limit=101"] {
        assert_invalid(&app.get(&format!("{PERSONS}?{query}")).await, &["/limit"]);
    }
    assert_invalid(
        &app.get(&format!("{PERSONS}?offset=-1")).await,
        &["/offset"],
    );
    for query in [
        "limit=many",
        "limit=",
        "limit=1&limit=2",
        "offset=1.5",
        "x=%00",
    ] {
        let response = app.get(&format!("{PERSONS}?{query}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    let far = app.get(&format!("{PERSONS}?offset={}", i64::MAX)).await;
    assert_eq!(far.status(), StatusCode::OK);
}

/// Visits all pages, and does something between two of them.
async fn visit(app: &TestApp, first: String, between: impl AsyncFn()) -> Vec<String> {
    let mut visited = Vec::new();
    let mut next = Some(first);
    while let Some(url) = next {
        let found = page(app, &url).await;
        assert_eq!(found["prev"], Value::Null);
        visited.extend(ids_of(&found));
        next = found["next"].as_str().map(str::to_owned);
        between().await;
    }
    visited
}

#[tokio::test]
async fn behind_an_id_each_is_seen_once_whoever_comes_and_goes() {
    let app = TestApp::new().await;
    let ids = create_many(&app, 9).await;
    let first = format!("{PERSONS}?next_id=&limit=2&order=-createdAt");
    // Whoever is new comes first here, and would move all the others to the next page.
    let newest_first = visit(&app, first, async || {
        create_named(&app, "New").await;
    });
    let mut visited = newest_first.await;
    visited.reverse();
    assert_eq!(visited, ids);

    let gone = format!("{PERSONS}/{}", ids[0]);
    let first = format!("{PERSONS}?next_id=&limit=2&name=Person");
    let oldest_first = visit(&app, first, async || {
        app.delete(&gone).await;
    });
    assert_eq!(oldest_first.await, ids);
}

#[tokio::test]
async fn a_page_behind_an_id_begins_there_and_leads_to_the_next() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop")]).await;
    let ids = create_many(&app, 4).await;
    let url = format!("{PERSONS}?x=1&next_id={}&limit=2", ids[0]);
    let second = page(&app, &url).await;
    assert_eq!(ids_of(&second), ids[1..3]);
    let next = format!("/shop/api/v1/persons?x=1&limit=2&next_id={}", ids[2]);
    assert_eq!(second["next"], next);
    let last = page(&app, &next.replace("/shop", "")).await;
    assert_eq!(ids_of(&last), ids[3..]);
    assert_eq!(last["next"], Value::Null);
    let beyond = page(&app, &format!("{PERSONS}?next_id={}", Id::new())).await;
    assert_eq!(beyond["objects"], json!([]));
}

#[tokio::test]
async fn what_does_not_go_with_an_id_is_refused() {
    let app = TestApp::new().await;
    for (query, pointer) in [
        ("next_id=&offset=0", "/offset"),
        ("next_id=&order=name", "/order"),
        ("next_id=&order=-name", "/order"),
        ("next_id=&limit=101", "/limit"),
    ] {
        let response = app.get(&format!("{PERSONS}?{query}")).await;
        assert_invalid(&response, &[pointer]);
    }
    let no_id = app.get(&format!("{PERSONS}?next_id=1")).await;
    assert_eq!(no_id.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_list_has_only_whom_the_name_says_in_the_order_that_is_asked_for() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for name in ["Berta", "Ada", "Berta", "ada"] {
        ids.push(create_named(&app, name).await);
    }
    for (query, expected) in [
        ("order=createdAt", &[0_usize, 1, 2, 3] as &[_]),
        ("order=-createdAt", &[3, 2, 1, 0]),
        ("order=-createdAt&name=Berta", &[2, 0]),
        ("order=name&name=Berta", &[0, 2]),
        ("order=-name&name=Berta", &[2, 0]),
        ("name=Ber", &[]),
        ("name=Ada", &[1]),
    ] {
        let found = page(&app, &format!("{PERSONS}?{query}")).await;
        let expected: Vec<_> = expected.iter().map(|index| ids[*index].clone()).collect();
        assert_eq!(ids_of(&found), expected, "{query}");
    }
    let by_name = page(&app, &format!("{PERSONS}?order=name")).await;
    let mut back = ids_of(&page(&app, &format!("{PERSONS}?order=-name")).await);
    back.reverse();
    assert_eq!(ids_of(&by_name), back);

    let unknown = app.get(&format!("{PERSONS}?order=email")).await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}
