//! The routes under `/health`.

use axum::Extension;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::Json;
use crate::middleware::KeepBody;

/// That the process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct LivenessResponse {
    /// Always `alive`.
    #[schema(example = "alive")]
    status: &'static str,
}

/// Whether the service can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessResponse {
    /// `up` or `not ready`.
    #[schema(example = "up")]
    status: &'static str,
    /// What it depends on.
    checks: Checks,
}

/// What the service depends on: each is `up` or `down`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    /// The database.
    #[schema(example = "up")]
    database: &'static str,
    /// The broker.
    #[schema(example = "up")]
    broker: &'static str,
}

/// Say that the process answers.
#[utoipa::path(get, path = "/health/liveness", tag = "service",
    responses((status = 200, description = "It does", body = LivenessResponse)))]
pub async fn check_liveness() -> Json<LivenessResponse> {
    Json(LivenessResponse { status: "alive" })
}

/// Ask database and broker for an answer.
#[utoipa::path(get, path = "/health/readiness", tag = "service",
    responses(
        (status = 200, description = "The service can do its work", body = ReadinessResponse),
        (status = 503, description = "Something is missing", body = ReadinessResponse),
    ))]
pub async fn check_readiness(state: AppState) -> impl IntoResponse {
    let found = state.readiness.check(&state.db, &state.queue).await;
    let (code, status) = if found.database && found.broker {
        (StatusCode::OK, "up")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let word = |up| if up { "up" } else { "down" };
    let checks = Checks {
        database: word(found.database),
        broker: word(found.broker),
    };
    let body = Json(ReadinessResponse { status, checks });
    (code, Extension(KeepBody), body)
}
