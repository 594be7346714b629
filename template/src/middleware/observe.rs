use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics::{self, InFlight};
use crate::telemetry::{Attributes, Span, SpanKind};
use crate::trace;

/// Counts and times the request, writes the line of the access log and is a step of the trace.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let in_flight = InFlight::begin(request.method(), route(&request));
    let span = Span::begin(trace::current(), SpanKind::Server, || describe(&request));
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();

    let response = next.run(request).await;

    let status = response.status().as_u16();
    let duration = start.elapsed();
    in_flight.answered(status, duration);
    end(span, response.status());
    let duration_ms = (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    // The query is left out, for it may hold what nobody else is to read.
    let route = in_flight.route();
    tracing::info!(%method, path, route, status, duration_ms, "answered");
    response
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
    let path = request.uri().path();
    let mut attributes: Attributes = vec![
        ("http.request.method", method.unwrap_or("_OTHER").into()),
        ("url.path", path.into()),
    ];
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        name.push(' ');
        name.push_str(route.as_str());
        attributes.push(("http.route", route.as_str().into()));
    }
    (name, attributes)
}

/// What the client did wrong is no failure of this service.
fn end(mut span: Span, status: StatusCode) {
    span.set("http.response.status_code", status.as_u16());
    match status.is_server_error() {
        true => span.fail(status.as_str(), ""),
        false => span.end(),
    }
}
