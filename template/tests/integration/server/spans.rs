use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Running, free_port};
use crate::util::{Peer, PersonFactory, Reply, TestApp};

const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
);

/// A process of all roles that tells this collector, up and well.
fn start(app: &TestApp, settings: &[(&str, &str)]) -> Running {
    let running = Running::start_with(app, "all", free_port(), settings);
    running.wait_for(app, "worker");
    running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_steps_of_traces_and_learns_which_service_they_are_of() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().create(&app).await;
    let collector = Peer::start().await;
    collector.replies("/v1/traces", [Reply::body("{}")]);
    let endpoint = collector.url("/");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=k1"),
    ];
    let running = start(&app, &settings);
    let path = format!("/api/v1/persons/{}/birthday?wait=true", person.id);
    let response = running.send(&format!("POST {path}"), &[TRACEPARENT], "");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    assert_eq!(running.stop().0, Some(0));

    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let attributes = json!([
        { "key": "service.name", "value": { "stringValue": name } },
        { "key": "service.version", "value": { "stringValue": version } },
        { "key": "deployment.environment.name", "value": { "stringValue": "test" } },
    ]);
    let mut names = Vec::new();
    for call in collector.received("/v1/traces") {
        assert_eq!(call.headers["x-key"], "k1");
        let body: Value = serde_json::from_str(&call.body).expect("JSON");
        let resource = &body["resourceSpans"][0];
        assert_eq!(resource["resource"]["attributes"], attributes);
        let spans = resource["scopeSpans"][0]["spans"].as_array();
        let spans = spans.expect("spans").iter();
        let of_trace = spans.filter(|span| span["traceId"] == TRACEPARENT.1[3..35]);
        names.extend(of_trace.map(|span| span["name"].as_str().map(str::to_owned)));
    }
    names.sort();
    let request = "POST /api/v1/persons/{id}/birthday".to_owned();
    assert_eq!(names, [Some(request), Some("add_one_year".to_owned())]);
}

#[tokio::test]
async fn a_collector_of_traces_that_stays_silent_holds_up_nobody() {
    let app = TestApp::new().await;
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("LOG_BUFFER_LINES", "16"),
        ("LOG_LEVEL", "off"),
    ];
    let running = start(&app, &settings);
    for _ in 0..100 {
        let begun = Instant::now();
        let response = running.get("/health/liveness", "x");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        // A call to the collector takes five.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
    let metrics = running.get("/metrics", "x");
    let mut lines = metrics.lines();
    let lost = lines.find_map(|line| line.strip_prefix("trace_spans_dropped_total "));
    let lost: u64 = lost.expect("a metric").parse().expect("a number");
    assert!(lost > 50, "{lost}");
    assert_eq!(running.stop().0, Some(0));
}
