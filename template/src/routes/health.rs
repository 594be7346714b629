//! The routes under `/health`.

use std::fmt::Display;
use std::time::Duration;

use axum::Extension;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::extract::Json;
use crate::middleware::KeepBody;

/// Whoever asks for the readiness does not wait long for an answer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

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
    let (database, broker) = tokio::join!(
        is_up("database", state.db.ping()),
        is_up("broker", state.queue.ping())
    );
    let (code, status) = if database && broker {
        (StatusCode::OK, "up")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let word = |up| if up { "up" } else { "down" };
    let checks = Checks {
        database: word(database),
        broker: word(broker),
    };
    let body = Json(ReadinessResponse { status, checks });
    (code, Extension(KeepBody), body)
}

async fn is_up<E: Display>(name: &str, ping: impl Future<Output = Result<(), E>>) -> bool {
    match tokio::time::timeout(CHECK_TIMEOUT, ping).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the {name} is down");
            false
        }
        Err(_) => {
            let timeout_secs = CHECK_TIMEOUT.as_secs();
            tracing::warn!(timeout_secs, "the {name} does not answer");
            false
        }
    }
}
