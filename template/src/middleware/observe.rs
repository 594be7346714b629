use std::mem;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};

use crate::metrics::{self, InFlight};
use crate::telemetry::{Attributes, Span, SpanKind};
use crate::trace::TraceContext;

/// The status of a request whose client has left, as nginx and others count it.
const CLIENT_LEFT: u16 = 499;

/// A longer path is made up, and cut in what is told of it.
const MAX_PATH_BYTES: usize = 1_024;

/// A request, until its answer begins or its client leaves: it is counted and timed, has a line in
/// the access log and is a step of the trace.
pub(super) struct Observed {
    in_flight: InFlight,
    start: Instant,
    method: Method,
    path: String,
    status: u16,
    span: Span,
}

impl Observed {
    /// Begins with a request, as a step of the trace.
    pub(super) fn begin(request: &Request, trace: TraceContext) -> Self {
        Self {
            in_flight: InFlight::begin(request.method(), route(request)),
            start: Instant::now(),
            method: request.method().clone(),
            path: path(request).to_owned(),
            status: CLIENT_LEFT,
            span: Span::begin(Some(trace), SpanKind::Server, || describe(request)),
        }
    }

    /// The method of the request.
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// The route that was matched, as the metrics call it.
    pub(super) fn route(&self) -> &str {
        self.in_flight.route()
    }

    /// Ends with the answer. What the client did wrong is no failure of this service.
    pub(super) fn end(mut self, status: StatusCode) {
        self.status = status.as_u16();
        let mut span = mem::take(&mut self.span);
        span.set("http.response.status_code", self.status);
        match status.is_server_error() {
            true => span.fail(status.as_str(), ""),
            false => span.end(),
        }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let duration = self.start.elapsed();
        self.in_flight.answered(self.status, duration);
        let duration_ms = (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
        let (method, path, status) = (self.method.as_str(), &self.path, self.status);
        let route = self.route();
        tracing::info!(method, path, route, status, duration_ms, "answered");
    }
}

/// The query is left out, for it may hold what nobody else is to read.
fn path(request: &Request) -> &str {
    let path = request.uri().path();
    &path[..path.floor_char_boundary(MAX_PATH_BYTES)]
}

/// The route that was matched: `/persons/{id}`, not the id that was asked for.
pub(super) fn route(request: &Request) -> &str {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or(metrics::NO_ROUTE, MatchedPath::as_str)
}

/// As OpenTelemetry's conventions for HTTP servers have it. Clients may make up methods, but not names
/// of spans.
fn describe(request: &Request) -> (String, Attributes) {
    let method = metrics::known_method(request.method());
    let mut name = method.unwrap_or("HTTP").to_owned();
    let mut attributes: Attributes = vec![
        ("http.request.method", method.unwrap_or("_OTHER").into()),
        ("url.path", path(request).into()),
    ];
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        name.push(' ');
        name.push_str(route.as_str());
        attributes.push(("http.route", route.as_str().into()));
    }
    (name, attributes)
}
