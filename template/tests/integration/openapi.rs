use std::path::Path;

use axum::http::StatusCode;
use serde_json::Value;
use service::openapi;

use crate::util::TestApp;

/// Set it to agree on the document as it is now.
const UPDATE: &str = "UPDATE_SNAPSHOTS";

/// Set it to refuse also what is new, as `just check` and CI do.
const EXACT: &str = "EXACT_SNAPSHOTS";

async fn document(settings: &[(&str, &str)]) -> Value {
    let app = TestApp::with(settings).await;
    let response = app.get(openapi::DOCUMENT_PATH).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.header("content-type"), Some("application/json"));
    response.json()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods");
        let name = move |method| format!("{method} {path}");
        methods
            .iter()
            .map(move |(method, operation)| (name(method), operation))
    })
}

#[tokio::test]
async fn what_clients_rely_on_is_still_there() {
    let mut document = document(&[]).await;
    assert_eq!(document["info"]["title"], env!("CARGO_PKG_NAME"));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    // Each release has another version, which is no change of the API.
    document.as_object_mut().expect("an object").remove("info");

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/openapi.json");
    if std::env::var_os(UPDATE).is_some() {
        let text = serde_json::to_string_pretty(&document).expect("JSON") + "\n";
        std::fs::write(&file, text).expect("the file can be written");
    }
    let agreed = std::fs::read(&file).expect("the document that was agreed on");
    let agreed: Value = serde_json::from_slice(&agreed).expect("JSON");
    if std::env::var_os(EXACT).is_some() {
        let is_same = agreed == document;
        assert!(
            is_same,
            "the API has changed: run `just openapi` and commit"
        );
    }
    let mut changes = Vec::new();
    find_changes(&agreed, &document, "", &mut changes);
    assert!(
        changes.is_empty(),
        "the API has changed in {changes:#?}; if that is meant, run \
         `{UPDATE}=1 cargo test openapi` and commit {}",
        file.display()
    );
}

/// Finds what is no longer as it was agreed on. What is new does not break anybody.
fn find_changes(agreed: &Value, present: &Value, pointer: &str, changes: &mut Vec<String>) {
    match (agreed, present) {
        (Value::Object(agreed), Value::Object(present)) => {
            for (key, agreed) in agreed {
                let pointer = format!("{pointer}/{}", key.replace('/', "~1"));
                let present = present.get(key).unwrap_or(&Value::Null);
                find_changes(agreed, present, &pointer, changes);
            }
        }
        _ if agreed == present => {}
        _ => changes.push(pointer.to_owned()),
    }
}

#[tokio::test]
async fn paths_and_server_follow_the_settings() {
    let settings = [("API_PREFIX", "/v2"), ("ROOT_PATH", "/shop")];
    let document = document(&settings).await;
    assert_eq!(document["servers"][0]["url"], "/shop");
    assert!(document["paths"]["/v2/persons/{id}"]["get"].is_object());
    assert!(document["paths"]["/api/v1/persons"].is_null());
    assert!(document["paths"]["/health/readiness"]["get"].is_object());
    // It is for those who have its secret.
    assert!(document["paths"]["/webhooks"].is_null());

    let app = TestApp::with(&settings).await;
    assert_eq!(app.get("/v2/persons").await.status(), StatusCode::OK);
    let old = app.get("/api/v1/persons").await;
    assert_eq!(old.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let document = document(&[]).await;
    let mut names = Vec::new();
    for (route, operation) in operations(&document) {
        assert!(operation["summary"].is_string(), "{route}");
        names.push(operation["operationId"].as_str().expect("a name"));
    }
    assert!(names.contains(&"create_person"));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two operations have the same name");
}

#[tokio::test]
async fn operations_say_how_they_may_end() {
    let document = document(&[]).await;
    let ends = |path: &str, method: &str| {
        let responses = &document["paths"][path][method]["responses"];
        let responses = responses.as_object().expect("responses");
        responses.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        ends("/api/v1/persons", "post"),
        "201 400 401 403 409 413 415 422 429 503 default"
    );
    assert_eq!(
        ends("/api/v1/persons/{id}", "get"),
        "200 304 400 404 429 503 default"
    );
    assert_eq!(
        ends("/api/v1/tasks", "get"),
        "200 400 401 403 422 429 503 default"
    );
    assert_eq!(ends("/health/liveness", "get"), "200 default");
}

#[tokio::test]
async fn every_end_has_a_request_id_and_every_problem_the_same_shape() {
    let document = document(&[]).await;
    for (route, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses");
        for (status, response) in responses {
            let response = match response["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).expect("a response"),
                None => response,
            };
            let id = &response["headers"]["X-Request-Id"];
            assert!(id.is_object(), "{route} {status}");
            if status.starts_with('4') || status == "default" {
                let schema = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(
                    schema["$ref"], "#/components/schemas/Problem",
                    "{route} {status}"
                );
            }
        }
    }
}

#[tokio::test]
async fn guarded_operations_say_so() {
    let document = document(&[]).await;
    let bearer = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!(bearer["scheme"], "bearer");
    let is_guarded = |path: &str, method: &str| {
        document["paths"][path][method]["security"][0]["bearer"].is_array()
    };
    assert!(is_guarded("/api/v1/persons", "post"));
    assert!(is_guarded("/api/v1/tasks", "get"));
    assert!(!is_guarded("/api/v1/persons", "get"));
    assert!(!is_guarded("/health/liveness", "get"));
}

/// A client learns from it when to leave, so it has to be told in time.
#[tokio::test]
async fn deprecated_operations_say_since_when_and_until_when() {
    let document = document(&[]).await;
    for (route, operation) in operations(&document) {
        let date = |extension| operation[extension].as_str();
        let (since, sunset) = (date(openapi::DEPRECATED_SINCE), date(openapi::SUNSET_ON));
        if operation["deprecated"] == true {
            assert!(since.is_some() && since < sunset, "{route}");
        } else {
            assert_eq!((since, sunset), (None, None), "{route}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document(&[]).await;
    let mut found = 0;
    let mut rest = vec![&document];
    while let Some(value) = rest.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').expect("in this document");
            assert!(document.pointer(pointer).is_some(), "{reference}");
            found += 1;
        }
        match value {
            Value::Object(fields) => rest.extend(fields.values()),
            Value::Array(values) => rest.extend(values),
            _ => {}
        }
    }
    assert!(found > 10, "{found}");
}
