//! What `/metrics` tells Prometheus.
//!
//! Labels have few values: a route, never a path with an id in it.

mod handles;
mod http;
mod pool;
mod process;
mod runtime;
mod tasks;

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::db::Database;

pub use http::{InFlight, NO_ROUTE, OpenConnection, StreamOpen, known_method};
pub use pool::record_pool_wait;
pub use tasks::{TaskInFlight, record_attempt, set_queue_depth, set_relay_lag};

const BUILD_INFO: &str = "build_info";
const FEATURE_FLAGS: &str = "feature_flag_total";

const LOST_LOG_LINES: &str = "log_lines_dropped_total";
const LOST_SPANS: &str = "trace_spans_dropped_total";

const DURATION_BUCKETS_SECS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// A process has one recorder, however many services are started in it.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts to record. Calling it again does nothing.
///
/// Whoever keeps a series at hand calls this first: one that was made before counts nothing.
pub fn install() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let mut builder = PrometheusBuilder::new();
        for name in [http::DURATION, tasks::DURATION, pool::WAIT] {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), DURATION_BUCKETS_SECS)
                .expect("the list of buckets is not empty");
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder was installed before, `/metrics` stays empty");
        }
        describe();
        process::note_start();
        let (service, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        gauge!(BUILD_INFO, "service" => service, "version" => version).set(1.0);
        handle
    })
}

/// All metrics, as Prometheus reads them. Gauges that describe a state are read now.
pub fn render(db: &Database) -> String {
    let handle = install();
    pool::observe(db.pool_status());
    runtime::observe();
    process::observe();
    handle.render()
}

/// Keeps the memory bounded while nobody reads the metrics. Never returns.
pub async fn upkeep() {
    let mut tick = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        tick.tick().await;
        install().run_upkeep();
    }
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

/// Tells how many spans of traces were lost on their way to the collector, since the start.
pub fn set_lost_spans(count: u64) {
    counter!(LOST_SPANS).absolute(count);
}

fn describe() {
    http::describe();
    tasks::describe();
    pool::describe();
    runtime::describe();
    process::describe();
    describe_counter!(
        FEATURE_FLAGS,
        "How often a feature was on or off when somebody asked, by flag and branch."
    );
    describe_counter!(
        LOST_LOG_LINES,
        "Lines of the log that were lost because their sink was slow or gone."
    );
    describe_counter!(
        LOST_SPANS,
        "Spans of traces that were lost because the collector was slow or gone."
    );
    describe_gauge!(BUILD_INFO, "Always 1: which version this is.");
}
