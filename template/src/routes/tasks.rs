//! The routes under `/tasks`.

mod details;
mod waiting;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::auth::{Read, Scoped, Write};
use crate::config::AppEnv;
use crate::db::Tx;
use crate::db::clock::from_ms;
use crate::error::{AppError, AppResult, conflict, internal, not_found};
use crate::extract::{Json, Page, PageQuery, Pagination, Path, Query};
use crate::id::Id;
use crate::queue::ledger::{self, Revocation, TaskFilter};
use crate::queue::{TaskRecord, TaskState};

pub use details::TaskDetails;
pub use waiting::WaitQuery;

/// Which tasks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskListQuery {
    /// Only tasks in this state.
    state: Option<TaskState>,
    /// Only tasks with this name.
    name: Option<String>,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskResponse {
    /// Its id.
    id: Id,
    /// What it does.
    #[schema(example = "add_one_year")]
    name: String,
    /// The queue it waits in.
    #[schema(example = "default")]
    queue: String,
    /// Where it is on its way.
    state: TaskState,
    /// Higher goes first.
    priority: i32,
    /// Attempts begun so far.
    attempts: i32,
    /// Attempts it may have in all.
    max_attempts: i32,
    /// How far it says it is.
    #[schema(required)]
    progress: Option<TaskProgress>,
    /// Why the last attempt failed.
    #[schema(required)]
    error: Option<String>,
    /// When it is due.
    #[serde(with = "time::serde::rfc3339")]
    run_at: OffsetDateTime,
    /// When it was enqueued.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When the last attempt began.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    started_at: Option<OffsetDateTime>,
    /// When it reached its last state.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    finished_at: Option<OffsetDateTime>,
    /// When it is not worth starting any more.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
    /// The request that enqueued it.
    #[schema(required)]
    request_id: Option<String>,
    /// The task that enqueued it.
    #[schema(required)]
    parent_id: Option<Id>,
}

/// How to read a result.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskResultQuery {
    /// Whether to delete the result.
    #[serde(default)]
    forget: bool,
}

/// How far a task says it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskProgress {
    /// In percent.
    #[schema(minimum = 0, maximum = 100)]
    percent: i32,
    /// What it is doing.
    #[schema(required)]
    message: Option<String>,
}

/// What a task returned.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskResultResponse {
    /// The task.
    id: Id,
    /// Always `succeeded`.
    state: TaskState,
    /// What it returned.
    result: Value,
}

/// The task that does what was asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnqueuedResponse {
    /// Its id.
    task_id: Id,
}

/// List tasks, newest first.
#[utoipa::path(get, path = "/tasks", tag = "tasks", security(("bearer" = ["read"])),
    params(TaskListQuery, PageQuery),
    responses((status = 200, description = "A page of tasks", body = Page<TaskResponse>)))]
pub async fn list_tasks(
    state: AppState,
    _: Scoped<Read>,
    Query(query): Query<TaskListQuery>,
    pagination: Pagination,
) -> AppResult<Json<Page<TaskResponse>>> {
    let filter = TaskFilter {
        state: query.state,
        name: query.name,
        limit: pagination.limit(),
        offset: pagination.offset(),
        ..TaskFilter::default()
    };
    let mut conn = state.connection().await?;
    let tasks = ledger::list(&mut conn, &filter).await?;
    let tasks = tasks.into_iter().map(|task| respond(&state, task));
    Ok(Json(pagination.page(tasks.collect())))
}

/// Find a task.
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", security(("bearer" = ["read"])),
    params(("id" = Id, Path, description = "The task")),
    responses((status = 200, description = "The task", body = TaskResponse)))]
pub async fn find_task(
    state: AppState,
    _: Scoped<Read>,
    Path(id): Path<Id>,
) -> AppResult<Json<TaskResponse>> {
    let mut conn = state.connection().await?;
    let task = ledger::find(&mut conn, id).await?.ok_or_else(not_found)?;
    Ok(Json(respond(&state, task)))
}

/// Find what a task returned.
///
/// With `forget=true` it is deleted as it is read: only one reader gets it. It is also gone after
/// `TASK_RESULT_TTL_SECS`.
#[utoipa::path(get, path = "/tasks/{id}/result", tag = "tasks", security(("bearer" = ["read"])),
    params(("id" = Id, Path, description = "The task"), TaskResultQuery),
    responses((status = 200, description = "The result", body = TaskResultResponse)))]
pub async fn find_task_result(
    state: AppState,
    _: Scoped<Read>,
    Path(id): Path<Id>,
    Query(query): Query<TaskResultQuery>,
) -> AppResult<Json<TaskResultResponse>> {
    let task = if query.forget {
        state
            .transaction(async |tx: &mut Tx| {
                let task = ledger::find_for_update(tx, id).await?;
                ledger::forget_results(tx, &[id]).await?;
                Ok::<_, AppError>(task)
            })
            .await?
    } else {
        let mut conn = state.connection().await?;
        ledger::find(&mut conn, id).await?
    };
    let result = result_of(task.ok_or_else(not_found)?)?;
    if let Some(ttl_ms) = state.config.worker.result_ttl_ms()
        && ledger::ended_before(&mut *state.connection().await?, id, ttl_ms).await?
    {
        return Err(result_is_gone());
    }
    Ok(Json(result))
}

/// Call a task off.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", security(("bearer" = ["write"])),
    params(("id" = Id, Path, description = "The task")),
    responses((status = 202, description = "It will not start, or will stop soon")))]
pub async fn revoke_task(
    state: AppState,
    _: Scoped<Write>,
    Path(id): Path<Id>,
) -> AppResult<StatusCode> {
    let revocation = state
        .transaction(async |tx: &mut Tx| Ok::<_, AppError>(ledger::revoke(tx, id).await?))
        .await?;
    match revocation {
        Revocation::Revoked => Ok(StatusCode::ACCEPTED),
        Revocation::Finished => Err(conflict("the task has ended already")),
        Revocation::NotFound => Err(not_found()),
    }
}

fn result_of(task: TaskRecord) -> AppResult<TaskResultResponse> {
    let state = task.state();
    if state != TaskState::Succeeded {
        let state = state.as_str();
        return Err(conflict(format!(
            "the task is {state}, so it has no result"
        )));
    }
    let result = task.result.ok_or_else(result_is_gone)?;
    Ok(TaskResultResponse {
        id: task.id,
        state,
        result: serde_json::from_str(&result).map_err(internal)?,
    })
}

fn result_is_gone() -> AppError {
    AppError::new(StatusCode::GONE, "the result is gone")
}

impl EnqueuedResponse {
    /// 202, with the place where the task can be watched.
    pub fn accepted(state: &AppState, task_id: Id) -> Response {
        let location = state.config.server.api_url(&format!("/tasks/{task_id}"));
        let body = Json(Self { task_id });
        (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response()
    }
}

/// Developers read more than other clients do.
fn respond(state: &AppState, task: TaskRecord) -> TaskResponse {
    match state.config.env {
        AppEnv::Dev => TaskResponse::for_operators(task),
        AppEnv::Test | AppEnv::Prod => task.into(),
    }
}

impl TaskResponse {
    /// The task with all that is known of its error.
    pub fn for_operators(mut task: TaskRecord) -> Self {
        let error = task.error.take();
        Self {
            error,
            ..Self::from(task)
        }
    }
}

/// The task as every client may see it.
impl From<TaskRecord> for TaskResponse {
    fn from(task: TaskRecord) -> Self {
        Self {
            id: task.id,
            state: task.state(),
            error: task.public_error().map(str::to_owned),
            name: task.name,
            queue: task.queue,
            priority: task.priority,
            attempts: task.attempts,
            max_attempts: task.max_attempts,
            progress: task.progress_percent.map(|percent| TaskProgress {
                percent,
                message: task.progress_message,
            }),
            run_at: from_ms(task.run_at),
            created_at: from_ms(task.created_at),
            started_at: task.started_at.map(from_ms),
            finished_at: task.finished_at.map(from_ms),
            expires_at: task.expires_at.map(from_ms),
            request_id: task.request_id,
            parent_id: task.parent_id,
        }
    }
}
