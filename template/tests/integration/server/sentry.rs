use std::process::Command;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::Request;
use axum::routing::post;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use service::db::Tx;
use service::queue::{EnqueueError, EnqueueOptions, enqueue_by_name};
use service::telemetry::{self, LogTarget};

use super::{PATIENCE, Running, free_port, service};
use crate::util::{Peer, Reply, TestApp};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// Stands for Sentry, where it takes events. With the DSN that names it.
async fn ingest() -> (Peer, String) {
    let peer = Peer::start().await;
    peer.replies("/api/7/envelope/", [Reply::body("{}")]);
    let dsn = peer.url("/7").replace("://", "://public-key@");
    (peer, dsn)
}

/// The events that it has got.
fn events(sentry: &Peer) -> Vec<Value> {
    let mut events = Vec::new();
    for call in sentry.received("/api/7/envelope/") {
        let auth = call.headers["x-sentry-auth"].to_str().expect("text");
        assert!(auth.contains("sentry_key=public-key"), "{auth}");
        let lines = call.body.lines().map(serde_json::from_str::<Value>);
        let lines: Vec<Value> = lines.map(|line| line.expect("JSON")).collect();
        let items = lines.windows(2).filter(|pair| pair[0]["type"] == "event");
        events.extend(items.map(|pair| pair[1].clone()));
    }
    events
}

/// The first event like this.
async fn event(sentry: &Peer, is_it: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let events = events(sentry);
        if let Some(event) = events.iter().find(|event| is_it(event)) {
            return event.clone();
        }
        assert!(begun.elapsed() < PATIENCE, "{events:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A role that tells this Sentry, on the database of a test.
fn start(app: &TestApp, role: &str, dsn: &str) -> Running {
    Running::start_with(app, role, free_port(), &[("SENTRY_DSN", dsn)])
}

/// Not a test by itself, but what the one below it starts: what happens at a panic is decided once
/// for all of a process.
#[tokio::test]
#[ignore = "another test starts it, in a process of its own"]
async fn a_process_with_a_handler_that_panics() {
    async fn explode() -> &'static str {
        panic!("it exploded with password=hush-1")
    }
    let dsn = std::env::var("SENTRY_DSN").expect("the other test sets it");
    let routes = Router::new().route("/explode", post(explode));
    let app = TestApp::with_routes(&[("SENTRY_DSN", &dsn)], routes).await;
    let config = &app.app.config;
    let writes_the_rest = telemetry::init(config.env, &config.log, LogTarget::Role);
    let request = Request::post("/explode?token=hush-2")
        .header("x-request-id", "it-is-me")
        .header("traceparent", format!("00-{TRACE_ID}-b7ad6b7169203331-01"))
        .header("authorization", "Bearer hush-3")
        .header("cookie", "session=hush-4");
    let response = app.send(request.body("hush-5".into())).await;
    assert_eq!(response.status(), 500);
    drop(writes_the_rest.expect("the log begins"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_becomes_an_event_that_names_the_request_and_has_no_secrets() {
    let (sentry, dsn) = ingest().await;
    let test = "server::sentry::a_process_with_a_handler_that_panics";
    let mut process = Command::new(std::env::current_exe().expect("a program"));
    process.args(["--exact", test, "--ignored"]);
    let output = process.env("SENTRY_DSN", &dsn).output().expect("an end");
    assert!(output.status.success(), "{output:?}");

    let events = events(&sentry);
    let [panic, failed] = events.as_slice() else {
        panic!("the panic and the request that failed with it, not {events:?}")
    };
    let exception = &panic["exception"]["values"][0];
    assert_eq!(exception["type"], "panic");
    assert_eq!(exception["value"], "it exploded with password=***");
    assert_eq!(exception["mechanism"]["handled"], false);
    let frame = &exception["stacktrace"]["frames"][0];
    assert_eq!(frame["filename"], file!());
    assert!(frame["lineno"].is_number(), "{frame}");
    assert_eq!(panic["level"], "fatal");
    assert_eq!(
        failed["exception"]["values"][0]["type"],
        "the request failed"
    );
    assert_eq!(failed["transaction"], "POST /explode");
    assert_eq!(failed["tags"]["status"], "500");
    let release = concat!(env!("CARGO_PKG_NAME"), "@", env!("CARGO_PKG_VERSION"));
    for event in [panic, failed] {
        assert_eq!(event["tags"]["request_id"], "it-is-me");
        assert_eq!(event["tags"]["trace_id"], TRACE_ID);
        assert_eq!(event["contexts"]["trace"]["trace_id"], TRACE_ID);
        assert_eq!(event["release"], release);
        assert_eq!(event["environment"], "test");
        assert_eq!(event["request"], Value::Null);
    }
    for call in sentry.received("/api/7/envelope/") {
        assert!(!call.body.contains("hush"), "{}", call.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_tells_of_tasks_that_have_failed_for_good() {
    let (sentry, dsn) = ingest().await;
    let app = TestApp::new().await;
    let enqueue = app.app.transaction(async |tx: &mut Tx| {
        let args = json!({ "person_id": "nobody@example.com" });
        let options = EnqueueOptions::default();
        enqueue_by_name(tx, "add_one_year", &args, &options).await?;
        Ok::<_, EnqueueError>(())
    });
    enqueue.await.expect("it is enqueued");
    let _running = start(&app, "worker", &dsn);
    let failed = event(&sentry, |event| event["tags"]["task"] == "add_one_year").await;
    let exception = &failed["exception"]["values"][0];
    assert_eq!(exception["type"], "task failed");
    let error = exception["value"].as_str().expect("a text");
    assert!(error.contains("its arguments cannot be read"), "{error}");
    assert_eq!(failed["tags"]["attempt"], "1");
    assert_eq!(failed["transaction"], "add_one_year");
    assert!(!failed.to_string().contains("nobody@"), "{failed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_and_the_scheduler_tell_of_errors() {
    let (sentry, dsn) = ingest().await;
    let app = TestApp::new().await;
    let mut conn = app.app.connection().await.expect("a connection");
    for gone in [
        "ALTER TABLE persons RENAME TO no_persons",
        "ALTER TABLE tasks RENAME TO no_tasks",
    ] {
        let renamed = diesel::sql_query(gone).execute(&mut conn).await;
        renamed.expect("it is renamed");
    }
    let _scheduler = start(&app, "scheduler", &dsn);
    let schedule = "purge_finished_tasks";
    event(&sentry, |event| event["extra"]["schedule"] == schedule).await;

    let api = start(&app, "api", &dsn);
    api.wait_until_it_listens();
    let response = api.get("/api/v1/persons?email=ada@example.com", "it-is-me");
    assert!(response.starts_with("HTTP/1.1 500 "), "{response}");
    let failed = event(&sentry, |event| event["tags"]["request_id"] == "it-is-me").await;
    assert_eq!(failed["transaction"], "GET /api/v1/persons");
    assert!(failed["tags"]["trace_id"].is_string(), "{failed}");
    assert!(!failed.to_string().contains("ada@"), "{failed}");
    assert_eq!(failed["user"], Value::Null);
}

#[tokio::test]
async fn a_wrong_dsn_stops_the_start_and_is_not_shown() {
    let app = TestApp::new().await;
    let mut service = service(&app, &["api"], free_port());
    let service = service.env("SENTRY_DSN", "https://hush-key@sentry.example");
    let output = service.output().expect("an end");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("SENTRY_DSN: `***`"), "{error}");
    assert!(!error.contains("hush"), "{error}");
}
