use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::http::Method;
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

use super::handles::Handles;
use super::install;

/// The label of requests that no route matches.
pub const NO_ROUTE: &str = "none";

pub(super) const DURATION: &str = "http_request_duration_seconds";

const REQUESTS: &str = "http_requests_total";
const IN_FLIGHT: &str = "http_requests_in_flight";
const CONNECTIONS_OPEN: &str = "http_connections_open";
const STREAMS_OPEN: &str = "http_streams_open";

/// By method, then by path.
static ROUTES: LazyLock<Handles<&'static str, Handles<String, Route>>> =
    LazyLock::new(Handles::default);

/// The series of a route, for one method.
#[derive(Debug)]
struct Route {
    method: &'static str,
    path: String,
    in_flight: Gauge,
    answered: Handles<u16, Answered>,
}

/// The series of one status.
#[derive(Debug)]
struct Answered {
    requests: Counter,
    duration: Histogram,
}

impl Route {
    fn find(method: &Method, path: &str) -> Arc<Self> {
        let method = method_label(method);
        let paths = ROUTES.get(&method, Handles::default);
        paths.get(path, || {
            install();
            let path = path.to_owned();
            Self {
                in_flight: gauge!(IN_FLIGHT, "method" => method, "path" => path.clone()),
                answered: Handles::default(),
                method,
                path,
            }
        })
    }

    fn answered(&self, status: u16) -> Arc<Answered> {
        self.answered.get(&status, || {
            let labels = [
                ("method", self.method.to_owned()),
                ("path", self.path.clone()),
                ("status", status.to_string()),
            ];
            Answered {
                requests: counter!(REQUESTS, &labels),
                duration: histogram!(DURATION, &labels),
            }
        })
    }
}

/// Counts a request as in flight until it is dropped, also when the client goes away.
#[derive(Debug)]
pub struct InFlight(Arc<Route>);

impl InFlight {
    /// Counts one more. The path is that of the route, not that of the request.
    pub fn begin(method: &Method, path: &str) -> Self {
        let route = Route::find(method, path);
        route.in_flight.increment(1.0);
        Self(route)
    }

    /// The label of its route.
    pub fn route(&self) -> &str {
        &self.0.path
    }

    /// Counts it as answered.
    pub fn answered(&self, status: u16, duration: Duration) {
        let answered = self.0.answered(status);
        answered.requests.increment(1);
        answered.duration.record(duration);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.decrement(1.0);
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

/// Clients may make up methods, but not series.
fn method_label(method: &Method) -> &'static str {
    known_method(method).unwrap_or("other")
}

/// The method, if it is one that handlers know.
pub fn known_method(method: &Method) -> Option<&'static str> {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str())
}

pub(super) fn describe() {
    describe_counter!(REQUESTS, "Requests that were answered.");
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time from the request to its answer."
    );
    describe_gauge!(IN_FLIGHT, "Requests that are being answered.");
    describe_gauge!(CONNECTIONS_OPEN, "Connections of clients that are open.");
    describe_gauge!(
        STREAMS_OPEN,
        "Streams of events (`events`) and WebSockets (`socket`) that are open."
    );
}
