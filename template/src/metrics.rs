//! What `/metrics` tells Prometheus.
//!
//! Labels have few values: a route, never a path with an id in it.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::Method;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// The label of requests that no route matches.
pub const NO_ROUTE: &str = "none";

const REQUESTS: &str = "http_requests_total";
const REQUEST_DURATION: &str = "http_request_duration_seconds";
const REQUESTS_IN_FLIGHT: &str = "http_requests_in_flight";
const CONNECTIONS_OPEN: &str = "http_connections_open";

const STREAMS_OPEN: &str = "http_streams_open";

const TASK_ATTEMPTS: &str = "task_attempts_total";
const TASK_DURATION: &str = "task_duration_seconds";
const TASKS_IN_FLIGHT: &str = "tasks_in_flight";

const QUEUE_DEPTH: &str = "task_queue_depth";
const OLDEST_DUE_AGE: &str = "task_oldest_due_age_seconds";
const RELAY_LAG: &str = "task_relay_lag_seconds";

const FEATURE_FLAGS: &str = "feature_flag_total";

const LOST_LOG_LINES: &str = "log_lines_dropped_total";

const DURATION_BUCKETS_SECS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// A process has one recorder, however many services are started in it.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts to record. Calling it again does nothing.
pub fn install() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(
                Matcher::Full(REQUEST_DURATION.to_owned()),
                DURATION_BUCKETS_SECS,
            )
            .and_then(|builder| {
                builder.set_buckets_for_metric(
                    Matcher::Full(TASK_DURATION.to_owned()),
                    DURATION_BUCKETS_SECS,
                )
            })
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder was installed before, `/metrics` stays empty");
        }
        describe();
        handle
    })
}

/// Keeps the memory bounded while nobody reads the metrics. Never returns.
pub async fn upkeep() {
    let mut tick = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        tick.tick().await;
        install().run_upkeep();
    }
}

/// Counts a request that was answered.
pub fn record_request(method: &Method, route: String, status: u16, duration: Duration) {
    let labels = [
        ("method", method_label(method).to_owned()),
        ("path", route),
        ("status", status.to_string()),
    ];
    counter!(REQUESTS, &labels).increment(1);
    histogram!(REQUEST_DURATION, &labels).record(duration);
}

/// Counts a request as in flight until it is dropped, also when the client goes away.
#[derive(Debug)]
pub struct InFlight(());

impl InFlight {
    /// Counts one more.
    pub fn begin() -> Self {
        gauge!(REQUESTS_IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(REQUESTS_IN_FLIGHT).decrement(1.0);
    }
}

/// Counts a connection as open until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(());

impl OpenConnection {
    /// Counts one more.
    pub fn begin() -> Self {
        gauge!(CONNECTIONS_OPEN).increment(1.0);
        Self(())
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS_OPEN).decrement(1.0);
    }
}

/// Counts a stream as open until it is dropped.
#[derive(Debug)]
pub struct StreamOpen(&'static str);

impl StreamOpen {
    /// Counts one more of this kind.
    pub fn begin(kind: &'static str) -> Self {
        gauge!(STREAMS_OPEN, "kind" => kind).increment(1.0);
        Self(kind)
    }
}

impl Drop for StreamOpen {
    fn drop(&mut self) {
        gauge!(STREAMS_OPEN, "kind" => self.0).decrement(1.0);
    }
}

/// Counts an attempt of a task that has ended.
pub fn record_attempt(task: &str, outcome: &'static str, duration: Duration) {
    counter!(TASK_ATTEMPTS, "task" => task.to_owned(), "outcome" => outcome).increment(1);
    histogram!(TASK_DURATION, "task" => task.to_owned()).record(duration);
}

/// Counts a task as running until it is dropped.
#[derive(Debug)]
pub struct TaskInFlight(());

impl TaskInFlight {
    /// Counts one more.
    pub fn begin() -> Self {
        gauge!(TASKS_IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for TaskInFlight {
    fn drop(&mut self) {
        gauge!(TASKS_IN_FLIGHT).decrement(1.0);
    }
}

/// Tells what waits in a queue.
pub fn set_queue_depth(queue: &str, due: i64, oldest_age_ms: i64) {
    gauge!(QUEUE_DEPTH, "queue" => queue.to_owned()).set(due as f64);
    gauge!(OLDEST_DUE_AGE, "queue" => queue.to_owned()).set(oldest_age_ms as f64 / 1_000.0);
}

/// Tells for how long a task has been due of which the broker was not told.
pub fn set_relay_lag(lag_ms: i64) {
    gauge!(RELAY_LAG).set(lag_ms as f64 / 1_000.0);
}

/// Counts which branch was taken. Flags are named in the code, so there are few.
pub fn record_flag(flag: &'static str, is_on: bool) {
    let branch = if is_on { "on" } else { "off" };
    counter!(FEATURE_FLAGS, "flag" => flag, "branch" => branch).increment(1);
}

/// Tells how many lines of the log were lost on their way to a sink, since the start.
pub fn set_lost_log_lines(sink: &'static str, count: u64) {
    counter!(LOST_LOG_LINES, "sink" => sink).absolute(count);
}

/// Clients may make up methods, but not series.
fn method_label(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}

fn describe() {
    describe_counter!(REQUESTS, "Requests that were answered.");
    describe_histogram!(
        REQUEST_DURATION,
        Unit::Seconds,
        "Time from the request to its answer."
    );
    describe_gauge!(REQUESTS_IN_FLIGHT, "Requests that are being answered.");
    describe_gauge!(CONNECTIONS_OPEN, "Connections of clients that are open.");
    describe_gauge!(
        STREAMS_OPEN,
        "Streams of events (`events`) and WebSockets (`socket`) that are open."
    );
    describe_counter!(TASK_ATTEMPTS, "Attempts of tasks that have ended.");
    describe_histogram!(
        TASK_DURATION,
        Unit::Seconds,
        "Time that an attempt of a task took."
    );
    describe_gauge!(TASKS_IN_FLIGHT, "Tasks that are running.");
    describe_gauge!(
        QUEUE_DEPTH,
        "Tasks that are due and not claimed, by queue; every worker tells the same."
    );
    describe_gauge!(
        OLDEST_DUE_AGE,
        Unit::Seconds,
        "Time for which the oldest unclaimed task has been due, by queue."
    );
    describe_gauge!(
        RELAY_LAG,
        Unit::Seconds,
        "Time for which the oldest task has been due of which the broker was not told."
    );
    describe_counter!(
        FEATURE_FLAGS,
        "How often a feature was on or off when somebody asked, by flag and branch."
    );
    describe_counter!(
        LOST_LOG_LINES,
        "Lines of the log that were lost because their sink was slow or gone."
    );
}
