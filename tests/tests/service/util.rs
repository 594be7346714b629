use std::time::Instant;

use serde_json::{Value, json};
use template_tests::deployment::{Deployment, Process};
use template_tests::http::{Answer, Client};

/// What tokens are signed with.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The example resource.
pub(crate) const PERSONS: &str = "/api/v1/persons";

/// A person of 30 years.
pub(crate) fn person(number: usize) -> Value {
    json!({ "name": "Ada", "email": format!("ada{number}@example.com"), "age": 30 })
}

/// Creates a person of 30 years and returns the id.
pub(crate) fn create_person(client: &Client, number: usize) -> String {
    let created = client.post(PERSONS, Some(&person(number))).expect(201);
    text(&created.json()["id"])
}

/// Enqueues a birthday and returns the id of its task.
pub(crate) fn enqueue_birthday(client: &Client, person: &str) -> String {
    let answer = client.post(&format!("{PERSONS}/{person}/birthday"), None);
    let answer = answer.expect(202);
    let task = text(&answer.json()["taskId"]);
    assert_eq!(answer.header("location"), format!("/api/v1/tasks/{task}"));
    task
}

/// Enqueues as many birthdays, and returns the ids of their tasks.
pub(crate) fn enqueue_birthdays(client: &Client, person: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| enqueue_birthday(client, person))
        .collect()
}

/// Waits until all tasks have succeeded.
pub(crate) fn wait_for_success(client: &Client, tasks: &[String], secs: u64) {
    for id in tasks {
        wait_for_state(client, id, "succeeded", secs);
    }
}

/// Waits until a task is in a state.
pub(crate) fn wait_for_state(client: &Client, task: &str, state: &str, secs: u64) {
    let mut last = Value::Null;
    let start = Instant::now();
    while last["state"] != state {
        assert!(start.elapsed().as_secs() < secs, "not {state}: {last}");
        last = client
            .get(&format!("/api/v1/tasks/{task}"))
            .expect(200)
            .json();
    }
}

/// The age of a person.
pub(crate) fn age(client: &Client, person: &str) -> i64 {
    let person = client.get(&format!("{PERSONS}/{person}")).expect(200);
    person.json()["age"].as_i64().expect("a number")
}

/// Checks that an error is told as RFC 9457 has it.
pub(crate) fn assert_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    let content_type = answer.header("content-type");
    assert_eq!(content_type, "application/problem+json", "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{answer:?}");
    let id = answer.header("x-request-id");
    assert!(!id.is_empty(), "{answer:?}");
    assert_eq!(problem["requestId"], id, "{answer:?}");
}

/// Starts a service that wants tokens, and tells the project's own tests and recipes where it is.
pub(crate) fn start_for_tests(service: &mut Deployment) -> Process {
    service.set("JWT_SECRET", SECRET);
    let all = service.start("all");
    let token = service.printed(&["token", "--sub", "tests", "--scope", "read write"]);
    service.set("TEST_TOKEN", token.trim());
    service.set("TEST_BASE_URL", &format!("http://127.0.0.1:{}", all.port()));
    all
}

/// A JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
