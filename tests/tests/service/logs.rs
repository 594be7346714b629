use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::deployment::{Deployment, eventually};
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_NATS, POSTGRES_REDIS, SQLITE_DATABASE};

use crate::util::{PERSONS, SECRET, text};

/// Of webhooks, of the collector, and of whoever may see the dashboard.
const OTHER_SECRETS: [(&str, &str); 3] = [
    ("WEBHOOK_SECRET", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "x-api-key=key-of-the-collector",
    ),
    ("DASHBOARD_PASSWORD", "password-of-the-dashboard"),
];

#[test]
fn no_secret_is_logged_with_sqlite() {
    assert_nothing_secret_is_logged(SQLITE_DATABASE);
}

#[test]
fn no_secret_is_logged_with_postgres_and_redis() {
    assert_nothing_secret_is_logged(POSTGRES_REDIS);
}

#[test]
fn no_secret_is_logged_with_mysql_and_rabbitmq() {
    assert_nothing_secret_is_logged(MYSQL_RABBITMQ);
}

#[test]
fn no_secret_is_logged_with_postgres_and_nats() {
    assert_nothing_secret_is_logged(POSTGRES_NATS);
}

/// At the lowest level, with the database and the broker of the pair, from the request to the end of its task.
fn assert_nothing_secret_is_logged(pair: Pair) {
    let mut service = Deployment::new(pair);
    service.set("JWT_SECRET", SECRET);
    service.set("LOG_LEVEL", "trace");
    service.set("LOG_FORMAT", "json");
    let token = service.printed(&["token", "--sub", "me", "--scope", "read write"]);
    let token = token.trim();
    for (name, secret) in OTHER_SECRETS {
        service.set(name, secret);
    }
    service.set("DASHBOARD_USER", "operator");
    // Nobody listens there, which is logged.
    service.set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    let all = service.start("all");
    let client = all.client().with_token(token);
    client.post("/webhooks", Some(&json!({}))).expect(400);
    let person = json!({ "name": "Zebedee Quux", "email": "zebedee@example.com", "age": 30 });
    let created = client.post(PERSONS, Some(&person)).expect(201);
    client.post(PERSONS, Some(&person)).expect(409);
    let birthday = format!(
        "{PERSONS}/{}/birthday?wait=true",
        text(&created.json()["id"])
    );
    client.post(&birthday, None).expect(200);
    client.get(&format!("{PERSONS}?name=Zebedee")).expect(200);
    let log = eventually("the task has succeeded", 20, || {
        let log = all.log();
        log.contains("task succeeded").then_some(log)
    });
    let urls = ["DATABASE_URL", "BROKER_URL"].map(|name| {
        let url = if name == "BROKER_URL" && service.broker.is_none() {
            ""
        } else {
            service.setting(name)
        };
        let login = url
            .split_once("://")
            .and_then(|(_, rest)| rest.rsplit_once('@'));
        login.map_or("no login", |(login, _)| login)
    });
    let others = OTHER_SECRETS.map(|(_, secret)| secret.trim_start_matches("x-api-key="));
    let secrets = [SECRET, token, "Zebedee", "zebedee@", urls[0], urls[1]];
    for secret in secrets.into_iter().chain(others) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    all.stop();
}

#[test]
fn a_panic_is_a_line_like_any_other() {
    let mut service = Deployment::lab(SQLITE_DATABASE);
    service.set("LOG_FORMAT", "json");
    let all = service.start("all");
    let args = json!({ "name": "misbehave", "args": [{ "panics": true }] });
    let enqueue =
        |client: &template_tests::http::Client| client.post("/lab/tasks", Some(&args)).status;
    assert!(enqueue(all.client()) < 300);
    let log = eventually("the task has panicked", 20, || {
        let log = all.log();
        log.contains("panicked: as it was told to").then_some(log)
    });
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let panicked = |line: &&Value| text(&line["message"]).starts_with("panicked: ");
    let line = lines.iter().find(panicked).expect("the line of the panic");
    assert_eq!(line["level"], "ERROR", "{line}");
    assert_eq!(line["task"], "misbehave", "{line}");
    assert!(text(&line["location"]).contains("misbehave.rs"), "{line}");
    all.stop();
}
