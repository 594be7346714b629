use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics::{self, InFlight};

/// Counts and times the request, and writes the line of the access log.
pub(super) async fn observe(request: Request, next: Next) -> Response {
    let in_flight = InFlight::begin(request.method(), route(&request));
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();

    let response = next.run(request).await;

    let status = response.status().as_u16();
    let duration = start.elapsed();
    in_flight.answered(status, duration);
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
