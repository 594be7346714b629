use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PATIENCE, Running, free_port, service};
use crate::util::{Peer, PersonFactory, Reply, TestApp};

const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const TRACEPARENT: (&str, &str) = (
    "traceparent",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
);

/// A process of all roles with these settings, up and well.
pub(super) fn start(app: &TestApp, settings: &[(&str, &str)]) -> Running {
    let port = free_port();
    let mut service = service(app, &["all"], port);
    service.envs(settings.iter().copied());
    let running = Running::spawn(&mut service, port);
    running.wait_for(app, "worker");
    running
}

pub(super) fn parsed(log: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect(line);
    log.lines().map(parse).collect()
}

/// The line with the message that was written for the request.
fn line_of<'a>(lines: &'a [Value], message: &str, request_id: &str) -> &'a Value {
    let is_it = |line: &&Value| line["message"] == message && line["request_id"] == request_id;
    lines.iter().find(is_it).expect(message)
}

/// How many lines a sink has lost.
fn lost(running: &Running, sink: &str) -> u64 {
    let metrics = running.get("/metrics", "x");
    let name = format!("log_lines_dropped_total{{sink=\"{sink}\"}} ");
    let mut lines = metrics.lines();
    let count = lines.find_map(|line| line.strip_prefix(&name));
    count.expect(sink).parse().expect("a number")
}

#[tokio::test]
async fn every_line_is_an_object_that_says_for_whom_it_was_written() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().create(&app).await;
    let running = start(&app, &[("LOG_LEVEL", "trace")]);
    let path = format!("/api/v1/persons/{}/birthday?wait=true", person.id);
    let headers = [TRACEPARENT, ("X-Request-Id", "it-is-me")];
    let response = running.send(&format!("POST {path}"), &headers, "");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");

    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
    let lines = parsed(&log);
    for line in &lines {
        for key in [
            "timestamp",
            "level",
            "target",
            "message",
            "service",
            "version",
        ] {
            assert!(line[key].is_string(), "{key}: {line}");
        }
        assert_eq!(line["env"], "test", "{line}");
    }
    assert!(lines.iter().any(|line| line["level"] == "DEBUG"), "{log}");
    let answered = line_of(&lines, "answered", "it-is-me");
    assert_eq!(answered["method"], "POST");
    assert_eq!(answered["route"], "/api/v1/persons/{id}/birthday");
    assert_eq!(answered["status"], 200);
    assert!(answered["duration_ms"].is_number(), "{answered}");
    let succeeded = line_of(&lines, "task succeeded", "it-is-me");
    assert_eq!(succeeded["task"], "add_one_year");
    for line in [answered, succeeded] {
        assert_eq!(line["trace_id"], TRACE_ID, "{line}");
    }
}

#[tokio::test]
async fn who_leaves_before_the_answer_has_a_line_too() {
    let app = TestApp::new().await;
    let person = PersonFactory::new().create(&app).await;
    // Nobody runs the task that is waited for.
    let running = Running::start(&app, "api", free_port());
    running.wait_until_it_listens();
    let mut connection = TcpStream::connect(("127.0.0.1", running.port)).expect("a connection");
    let (name, value) = TRACEPARENT;
    let request = format!(
        "POST /api/v1/persons/{}/birthday?wait=true HTTP/1.1\r\nHost: localhost\r\n\
         {name}: {value}\r\nX-Request-Id: gone\r\nContent-Length: 0\r\n\r\n",
        person.id
    );
    let sent = connection.write_all(request.as_bytes());
    sent.expect("it is sent");
    let in_flight = |count| {
        let labels = r#"method="POST",path="/api/v1/persons/{id}/birthday""#;
        running.wait_for_metric(&format!("http_requests_in_flight{{{labels}}} {count}"));
    };
    in_flight(1);
    drop(connection);
    in_flight(0);

    let (_, log) = running.stop();
    let lines = parsed(&log);
    let answered = line_of(&lines, "answered", "gone");
    assert_eq!(answered["status"], 499);
    assert_eq!(answered["trace_id"], TRACE_ID);
}

/// A pipe and a socket that nobody reads, and a collector that takes connections and says nothing.
#[tokio::test]
async fn places_that_take_nothing_slow_no_request() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let _daemon = UnixDatagram::bind(&path).expect("a socket");
    let syslog = format!("unix://{}", path.display());
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("an address"));
    let settings = [
        ("LOG_BUFFER_LINES", "16"),
        ("LOG_SYSLOG", syslog.as_str()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
    ];
    let mut running = start(&app, &settings);
    let ask = || {
        let begun = Instant::now();
        let response = running.get("/health/liveness", "x");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        begun.elapsed()
    };
    // They are full after a few hundred lines.
    let sinks = ["stdout", "syslog", "otlp"];
    let begun = Instant::now();
    while sinks.iter().any(|sink| lost(&running, sink) < 100) {
        assert!(begun.elapsed() < PATIENCE, "there is always room");
        for _ in 0..100 {
            ask();
        }
    }
    let mut took: Vec<Duration> = (0..500).map(|_| ask()).collect();
    took.sort_unstable();
    // A call to the collector takes five seconds, and who waited for a reader would wait for ever.
    let p99 = took[took.len() * 99 / 100];
    assert!(p99 < Duration::from_millis(500), "{p99:?}");

    // Nor do they keep the process from ending.
    assert_eq!(running.stop_unread(), Some(0));
}

#[tokio::test]
async fn a_file_has_the_same_lines_as_standard_output() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("logs/service.log");
    let path = path.to_str().expect("a path");
    let settings = [("LOG_FILE", path), ("LOG_FILE_ROTATION", "daily")];
    let running = start(&app, &settings);
    running.get("/health/liveness", "x");
    let (_, log) = running.stop();
    // At midnight there are two.
    let mut files: Vec<_> = std::fs::read_dir(folder.path().join("logs"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let text = |path| std::fs::read_to_string(path).expect("a text");
    let written: String = files.iter().map(text).collect();
    // Threads that log at once may come to the two places in another order.
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&written), sorted(&log));
    assert!(files[0].to_string_lossy().contains("service.log.20"));
}

#[tokio::test]
async fn a_syslog_server_gets_the_lines() {
    let app = TestApp::new().await;
    let server = UdpSocket::bind("127.0.0.1:0").expect("a port");
    server.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let address = format!("udp://{}", server.local_addr().expect("an address"));
    let running = start(&app, &[("LOG_SYSLOG", &address)]);
    let mut buffer = [0; 65_536];
    let length = server.recv(&mut buffer).expect("a message");
    let message = String::from_utf8_lossy(&buffer[..length]);
    let name = env!("CARGO_PKG_NAME");
    let (head, line) = message.split_once(" - - ").expect("a head");
    let line = parsed(line).remove(0);
    let priority = if line["level"] == "WARN" { 28 } else { 30 };
    assert!(head.starts_with(&format!("<{priority}>1 20")), "{head}");
    assert!(
        head.ends_with(&format!(" {name} {}", running.child.id())),
        "{head}"
    );
    assert_eq!(line["service"], name);
}

#[tokio::test]
async fn the_syslog_of_this_host_gets_the_lines_and_may_be_away() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    let address = format!("unix://{}", path.display());
    let settings = [("LOG_SYSLOG", address.as_str()), ("LOG_FORMAT", "text")];
    let running = start(&app, &settings);
    assert!(lost(&running, "syslog") > 0);

    let daemon = UnixDatagram::bind(&path).expect("a socket");
    daemon.set_read_timeout(Some(PATIENCE)).expect("a limit");
    running.get("/health/liveness", "here-i-am");
    let head = format!("<30>{}[{}]: ", env!("CARGO_PKG_NAME"), running.child.id());
    let mut buffer = [0; 65_536];
    loop {
        let length = daemon.recv(&mut buffer).expect("a message");
        let message = String::from_utf8_lossy(&buffer[..length]);
        assert!(message.starts_with(&head), "{message}");
        if message.contains("answered") && message.contains(" request_id=here-i-am ") {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_lines_as_records() {
    let app = TestApp::new().await;
    let collector = Peer::start().await;
    collector.replies("/v1/logs", [Reply::body("{}")]);
    let endpoint = collector.url("/");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=k%2C1"),
        ("LOG_FORMAT", "text"),
    ];
    let running = start(&app, &settings);
    running.send("GET /health/liveness", &[TRACEPARENT], "");
    assert_eq!(running.stop().0, Some(0));

    let received = collector.received("/v1/logs");
    assert!(received.iter().all(|one| one.headers["x-key"] == "k,1"));
    let mut records = Vec::new();
    for call in received {
        let body: Value = serde_json::from_str(&call.body).expect("JSON");
        let resource = &body["resourceLogs"][0];
        let name = json!({ "stringValue": env!("CARGO_PKG_NAME") });
        let attribute = &resource["resource"]["attributes"][0];
        assert_eq!(attribute, &json!({ "key": "service.name", "value": name }));
        let told = &resource["scopeLogs"][0]["logRecords"];
        records.extend(told.as_array().expect("records").clone());
    }
    let record = records.iter().find(|record| record["traceId"] == TRACE_ID);
    let record = record.expect("the line of the request");
    assert_eq!(record["severityNumber"], 9);
    assert_eq!(record["body"], json!({ "stringValue": "answered" }));
    let time = record["timeUnixNano"].as_str().expect("a text");
    assert_eq!(time.len(), 19, "{record}");
    let status = json!({ "key": "status", "value": { "intValue": "200" } });
    let attributes = record["attributes"].as_array().expect("attributes");
    assert!(attributes.contains(&status), "{record}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_stops_the_start_in_the_form_of_the_log() {
    let app = TestApp::new().await;
    for (format, is_json) in [("text", false), ("json", true)] {
        let mut service = service(&app, &["api"], free_port());
        service.envs([("LOG_FILE", "/proc/no/such.log"), ("LOG_FORMAT", format)]);
        let output = service.output().expect("an end");
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("LOG_FILE: cannot write to"), "{error}");
        assert_eq!(error.starts_with("error: LOG_FILE"), !is_json, "{error}");
        if is_json {
            let line = &parsed(&error)[0];
            assert_eq!(line["level"], "ERROR", "{line}");
            assert_eq!(line["service"], env!("CARGO_PKG_NAME"), "{line}");
        }
    }
    // Also where the settings themselves are wrong.
    let mut service = service(&app, &["api"], free_port());
    let output = service.env("PORT", "abc").output().expect("an end");
    let line = parsed(&String::from_utf8_lossy(&output.stderr)).remove(0);
    let message = line["message"].as_str().expect("a message");
    assert!(message.starts_with("PORT: `abc`"), "{line}");
}
