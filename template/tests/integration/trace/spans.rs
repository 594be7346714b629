use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::error::{AppError, internal};
use service::id::Id;
use service::queue::{Task, TaskContext, TaskList, TaskResult};
use service::telemetry;
use service::trace::{TraceContext, in_trace};

use super::SPAN_ID;
use crate::util::{Peer, PersonFactory, Reply, TestApp};

const PATIENCE: Duration = Duration::from_secs(20);

/// The place at the peer that the task of a request calls.
static PRICES: OnceLock<String> = OnceLock::new();

/// What a birthday enqueues: it calls another service.
#[derive(Debug, Serialize, Deserialize)]
struct Birthday {
    person_id: Id,
}

impl Task for Birthday {
    const NAME: &'static str = "add_one_year";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        let url = PRICES.get().expect("it is set");
        ctx.app().http.get(url).send().await?.success()?;
        Ok(())
    }
}

/// What the collector has got of this trace, as soon as there is this much, in the order in which
/// it began.
async fn spans(collector: &Peer, trace: &TraceContext, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let mut spans = Vec::new();
        for call in collector.received("/v1/traces") {
            let body: Value = serde_json::from_str(&call.body).expect("JSON");
            let told = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
            spans.extend(told.as_array().expect("spans").clone());
        }
        spans.retain(|span| span["traceId"] == trace.trace_id());
        if spans.len() >= count {
            spans.sort_by_key(|span| span["startTimeUnixNano"].as_str().map(str::to_owned));
            return spans;
        }
        assert!(begun.elapsed() < PATIENCE, "{spans:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The value of an attribute, without its type. Null if there is none.
fn attribute(span: &Value, name: &str) -> Value {
    let attributes = span["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|one| one["key"] == name);
    let value = found.and_then(|found| found["value"].as_object()?.values().next());
    value.cloned().unwrap_or_default()
}

/// Asks for a birthday within this trace, and does what follows from that.
async fn celebrate(app: &TestApp, trace: &str) {
    let person = PersonFactory::new().create(app).await;
    let path = format!("/api/v1/persons/{}/birthday", person.id);
    let header = ("traceparent", trace);
    let response = app
        .send_with(Method::POST, &path, header, &Value::Null)
        .await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    while app.run_pending_tasks().await > 0 {}
}

/// A service that tells this collector.
async fn app(collector: &Peer) -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Birthday>();
    let endpoint = collector.url("");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("TASK_RETRY_BASE_MS", "60000"),
    ];
    let app = TestApp::with_tasks(&settings, tasks).await;
    let config = &app.app.config;
    telemetry::gather_spans(config.env, &config.log).expect("a thread");
    app
}

/// One test for all of it: a process has one collector.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_for_a_request_hangs_together() {
    let (collector, peer) = (Peer::start().await, Peer::start().await);
    collector.replies("/v1/traces", [Reply::body("{}")]);
    let url = peer.url("/prices?key=hush");
    let url = url.replace("://", "://me:hush@");
    PRICES.set(url).expect("nobody else sets it");
    let app = app(&collector).await;

    let trace = TraceContext::new();
    peer.replies("/prices", [Reply::status(503), Reply::body("")]);
    celebrate(&app, &format!("00-{}-{SPAN_ID}-01", trace.trace_id())).await;
    let done = spans(&collector, &trace, 4).await;
    a_request_its_task_and_its_calls_are_steps(&done, &peer);

    // Whoever does not want it recorded is not recorded, or it would come before what comes next.
    let unwanted = TraceContext::new();
    celebrate(&app, &format!("00-{}-{SPAN_ID}-00", unwanted.trace_id())).await;
    let trace = TraceContext::new();
    peer.replies("/prices", [Reply::status(404)]);
    celebrate(&app, &trace.to_string()).await;
    what_fails_is_marked(&spans(&collector, &trace, 3).await);
    assert_eq!(spans(&collector, &unwanted, 0).await.len(), 0);

    a_request_that_fails_and_a_call_that_takes_too_long_say_so(&collector, &peer).await;
}

fn a_request_its_task_and_its_calls_are_steps(done: &[Value], peer: &Peer) {
    let [request, task, refused, answered] = done else {
        panic!("four, not {done:?}")
    };
    assert_eq!(request["parentSpanId"], SPAN_ID);
    assert_eq!(task["parentSpanId"], request["spanId"]);
    for call in [refused, answered] {
        assert_eq!(call["parentSpanId"], task["spanId"]);
    }
    let kinds = [request, task, refused, answered].map(|span| &span["kind"]);
    assert_eq!(kinds, [2, 5, 3, 3]);
    let route = "/api/v1/persons/{id}/birthday";
    assert_eq!(request["name"], format!("POST {route}"));
    assert_eq!(attribute(request, "http.route"), route);
    assert_eq!(attribute(request, "http.request.method"), "POST");
    assert_eq!(attribute(request, "http.response.status_code"), "202");
    assert_eq!(task["name"], "add_one_year");
    assert_eq!(attribute(task, "messaging.destination.name"), "default");
    assert_eq!(attribute(task, "task.attempt"), "1");
    assert_eq!(attribute(task, "task.outcome"), "succeeded");
    assert_eq!(refused["name"], "GET");
    assert_eq!(attribute(refused, "url.full"), peer.url("/prices"));
    assert_eq!(attribute(refused, "http.response.status_code"), "503");
    assert_eq!(attribute(refused, "http.request.resend_count"), Value::Null);
    assert_eq!(attribute(answered, "http.response.status_code"), "200");
    assert_eq!(attribute(answered, "http.request.resend_count"), "1");
    let codes = [request, task, refused, answered].map(|span| &span["status"]["code"]);
    assert_eq!(codes, [&json!(null), &json!(null), &json!(2), &json!(null)]);
    // What the peer was told is what it hangs its own steps on.
    let told = peer.received("/prices");
    for (call, told) in [refused, answered].into_iter().zip(told) {
        let parent = told.headers["traceparent"].to_str().expect("text");
        assert_eq!(call["spanId"], &parent[36..52]);
    }
    for span in done {
        let [begun, ended] = ["startTimeUnixNano", "endTimeUnixNano"].map(|time| {
            span[time]
                .as_str()
                .and_then(|time| time.parse::<u64>().ok())
        });
        assert!(begun.is_some() && begun < ended, "{span}");
        assert!(!span.to_string().contains("hush"), "{span}");
    }
}

fn what_fails_is_marked(done: &[Value]) {
    let [request, task, call] = done else {
        panic!("three, not {done:?}")
    };
    assert_eq!(request["status"], json!({}));
    assert_eq!(call["status"]["code"], 2);
    assert_eq!(attribute(call, "error.type"), "404");
    assert_eq!(task["status"]["code"], 2);
    let message = task["status"]["message"].as_str().expect("a text");
    assert!(message.contains("answered with 404"), "{message}");
    assert_eq!(attribute(task, "task.outcome"), "retried");
    assert_eq!(attribute(task, "error.type"), "retried");
}

async fn a_request_that_fails_and_a_call_that_takes_too_long_say_so(collector: &Peer, peer: &Peer) {
    async fn fail() -> Result<(), AppError> {
        Err(internal(anyhow::anyhow!("it is broken")))
    }
    let routes = Router::new().route("/broken", get(fail));
    let app = TestApp::with_routes(&[("CLIENT_TIMEOUT_MS", "200")], routes).await;
    let trace = TraceContext::new();
    let told = trace.to_string();
    let header = ("traceparent", told.as_str());
    app.send_with(Method::GET, "/broken", header, &Value::Null)
        .await;
    let done = spans(collector, &trace, 1).await;
    assert_eq!(done[0]["name"], "GET /broken");
    assert_eq!(done[0]["status"]["code"], 2);
    assert_eq!(attribute(&done[0], "error.type"), "500");

    let trace = TraceContext::new();
    peer.replies("/slow", [Reply::after(PATIENCE)]);
    let call = app.app.http.get(&peer.url("/slow")).send();
    in_trace(trace, call).await.expect_err("it is too slow");
    let done = spans(collector, &trace, 1).await;
    assert_eq!(done[0]["parentSpanId"], trace.span_id());
    assert_eq!(done[0]["status"]["code"], 2);
    assert_eq!(attribute(&done[0], "error.type"), "timeout");
}
