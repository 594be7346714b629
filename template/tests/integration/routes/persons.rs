mod pages;
mod versions;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use service::id::Id;
use service::tasks::AddOneYear;

use crate::util::{TestApp, TestResponse};

const PERSONS: &str = "/api/v1/persons";

fn ada() -> Value {
    json!({"name": "Ada Lovelace", "email": "ada@example.com", "age": 36})
}

async fn create(app: &TestApp, body: &Value) -> String {
    let response = app.post(PERSONS, body).await;
    assert_eq!(
        response.status(),
        StatusCode::CREATED,
        "{}",
        response.text()
    );
    let id = response.json::<Value>()["id"].as_str().map(str::to_owned);
    id.expect("an id")
}

#[track_caller]
fn assert_invalid(response: &TestResponse, pointers: &[&str]) {
    assert_eq!(
        response.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        response.text()
    );
    let problem = response.json::<Value>();
    let errors = problem["errors"].as_array().expect("a list of errors");
    let found: Vec<_> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(found, pointers);
}

#[tokio::test]
async fn a_new_person_can_be_found_where_the_location_says() {
    let app = TestApp::new().await;
    let created = app.post(PERSONS, &ada()).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let location = created.header("location").expect("a location");
    let person = created.json::<Value>();
    assert_eq!(person["name"], "Ada Lovelace");
    assert_eq!(person["createdAt"], person["updatedAt"]);

    let found = app.get(location).await;
    assert_eq!(found.status(), StatusCode::OK);
    assert_eq!(found.json::<Value>(), person);
}

#[tokio::test]
async fn the_location_starts_with_the_root_path() {
    let app = TestApp::with(&[("ROOT_PATH", "/shop"), ("API_PREFIX", "/v2")]).await;
    let created = app.post("/v2/persons", &ada()).await;
    let location = created.header("location").expect("a location");
    assert!(location.starts_with("/shop/v2/persons/"), "{location}");
}

#[tokio::test]
async fn an_email_address_belongs_to_one_person() {
    let app = TestApp::new().await;
    create(&app, &ada()).await;
    let response = app.post(PERSONS, &ada()).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.json::<Value>()["errors"][0]["pointer"], "/email");

    let other = json!({"name": "Other", "email": "other@example.com", "age": 1});
    let id = create(&app, &other).await;
    let response = app.put(&format!("{PERSONS}/{id}"), &ada()).await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once() {
    let app = TestApp::new().await;
    let body = json!({"name": "", "email": "nobody", "age": -1});
    let response = app.post(PERSONS, &body).await;
    assert_invalid(&response, &["/name", "/email", "/age"]);
}

#[tokio::test]
async fn fields_have_limits() {
    let app = TestApp::new().await;
    let with = |field: &str, value: Value| {
        let mut body = ada();
        body[field] = value;
        body
    };
    let refused = [
        ("name", json!("x".repeat(201))),
        ("email", json!("two@at@example.com")),
        ("email", json!("with space@example.com")),
        ("email", json!("@example.com")),
        ("age", json!(-1)),
        ("age", json!(2_147_483_648_u32)),
        ("age", json!("36")),
        ("name", json!(null)),
        ("name", json!("a\0b")),
    ];
    for (field, value) in refused {
        let response = app.post(PERSONS, &with(field, value)).await;
        assert_invalid(&response, &[&format!("/{field}")]);
    }
    let id = create(&app, &with("name", json!("\u{1F600}".repeat(200)))).await;
    let oldest = with("age", json!(i32::MAX));
    let response = app.put(&format!("{PERSONS}/{id}"), &oldest).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_missing_field_is_named_and_an_unknown_one_ignored() {
    let app = TestApp::new().await;
    let response = app.post(PERSONS, &json!({"name": "Ada", "age": 1})).await;
    assert_invalid(&response, &["/email"]);
    let mut body = ada();
    body["unknown"] = json!(r"\u0000 is no NUL when the backslash is escaped");
    create(&app, &body).await;
}

/// What nobody asked for is passed over, and must not hide what would fail in the database.
#[tokio::test]
async fn a_nul_character_is_refused_beside_what_is_out_of_range() {
    let app = TestApp::new().await;
    for odd in ["1e999", r#""\ud800""#, r#""\\""#] {
        let body = format!(r#"{{"name":"a\u0000b","email":"a@example.com","age":1,"x":{odd}}}"#);
        let request = Request::post(PERSONS).header("content-type", "application/json");
        let response = app.send(request.body(Body::from(body))).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn an_update_replaces_everything() {
    let app = TestApp::new().await;
    let id = create(&app, &ada()).await;
    let url = format!("{PERSONS}/{id}");
    let body = json!({"name": "Countess", "email": "countess@example.com", "age": 37});
    let updated = app.put(&url, &body).await;
    assert_eq!(updated.status(), StatusCode::OK);
    let person = updated.json::<Value>();
    assert_eq!(person["id"], id);
    assert_eq!(person["name"], "Countess");
    assert_eq!(app.get(&url).await.json::<Value>(), person);

    let partial = app.put(&url, &json!({"name": "Ada"})).await;
    assert_eq!(partial.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_deleted_person_is_gone() {
    let app = TestApp::new().await;
    let url = format!("{PERSONS}/{}", create(&app, &ada()).await);
    let deleted = app.delete(&url).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(deleted.text(), "");
    assert_eq!(app.get(&url).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.delete(&url).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(app.put(&url, &ada()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_id_that_is_none_is_a_bad_request() {
    let app = TestApp::new().await;
    let response = app.get(&format!("{PERSONS}/1")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let response = app.get(&format!("{PERSONS}/{}", Id::new())).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_birthday_is_celebrated_in_the_background() {
    let app = TestApp::new().await;
    let url = format!("{PERSONS}/{}", create(&app, &ada()).await);
    let accepted = app.post(&format!("{url}/birthday"), &json!({})).await;
    assert_eq!(accepted.status(), StatusCode::ACCEPTED);
    let location = accepted.header("location").expect("a location").to_owned();
    let task_id = accepted.json::<Value>()["taskId"].clone();
    assert_eq!(app.get(&location).await.json::<Value>()["id"], task_id);
    assert_eq!(app.get(&url).await.json::<Value>()["age"], 36);
    let enqueued = app.enqueued_as::<AddOneYear>().await;
    let [(task, row)] = &enqueued[..] else {
        panic!("not one task but {enqueued:?}");
    };
    assert!(url.ends_with(&task.person_id.to_string()));
    assert_eq!(json!(row.id), task_id);

    app.run_pending_tasks().await;
    assert_eq!(app.get(&url).await.json::<Value>()["age"], 37);
    let result = app.get(&format!("{location}/result")).await.json::<Value>();
    assert_eq!(
        result,
        json!({"id": task_id, "state": "succeeded", "result": 37})
    );
}

#[tokio::test]
async fn nobody_has_no_birthday() {
    let app = TestApp::new().await;
    let response = app
        .post(&format!("{PERSONS}/{}/birthday", Id::new()), &json!({}))
        .await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(app.enqueued().await.is_empty());
}
