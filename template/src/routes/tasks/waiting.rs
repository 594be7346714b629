use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{TaskResultResponse, result_of};
use crate::app::AppState;
use crate::error::{AppError, AppResult, conflict, internal, not_found};
use crate::extract::Json;
use crate::id::Id;
use crate::middleware::TimeLimit;
use crate::queue::{self, TaskState, WaitError};

/// Whether to wait for what a task returns.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Whether to answer only when the task has ended.
    #[serde(default)]
    pub wait: bool,
    /// How many seconds to wait, at most and by default `TASK_WAIT_TIMEOUT_SECS`.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 4_294_967_295_i64)]
    timeout: Option<NonZeroU32>,
}

impl WaitQuery {
    /// Waits for what a committed task returns. If it does not end in time, it is called off and
    /// the answer is 408.
    ///
    /// A client that goes away does not stop the task.
    pub async fn result_of(
        self,
        state: &AppState,
        task_id: Id,
        time_limit: &TimeLimit,
    ) -> AppResult<Json<TaskResultResponse>> {
        let most = Duration::from_secs(state.config.worker.wait_timeout_secs);
        let chosen = self
            .timeout
            .map(|secs| Duration::from_secs(secs.get().into()));
        let patience = chosen.map_or(most, |chosen| chosen.min(most));
        time_limit.extend(patience);
        let location = state.config.server.api_url(&format!("/tasks/{task_id}"));
        let located = |error: AppError| match HeaderValue::try_from(&location) {
            Ok(location) => error.with_header(header::LOCATION, location),
            Err(_) => error,
        };
        match queue::wait_for(state, task_id, patience).await {
            Ok(task) if task.state() == TaskState::Failed => {
                let error = task.public_error().unwrap_or_default();
                Err(located(conflict(format!(
                    "task {task_id} has failed: {error}"
                ))))
            }
            Ok(task) => result_of(task).map(Json).map_err(located),
            Err(WaitError::TimedOut(task)) => {
                let detail = format!(
                    "task {task_id} was still {} after {} seconds and has been revoked",
                    task.state().as_str(),
                    patience.as_secs()
                );
                Err(located(AppError::new(StatusCode::REQUEST_TIMEOUT, detail)))
            }
            Err(WaitError::NotFound) => Err(not_found()),
            // Not 503, which says that nothing was stored.
            Err(WaitError::Database(error)) => Err(located(internal(error))),
        }
    }
}
