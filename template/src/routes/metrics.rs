//! The route `/metrics`.

use axum::http::{HeaderName, header};

use crate::app::AppState;
use crate::{metrics, telemetry};

/// Show the metrics to Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")))]
pub async fn show_metrics(state: AppState) -> ([(HeaderName, &'static str); 1], String) {
    const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
    telemetry::count_lost();
    (
        [(header::CONTENT_TYPE, CONTENT_TYPE)],
        metrics::render(&state.db),
    )
}
