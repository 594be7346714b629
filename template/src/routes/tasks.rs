//! The routes under `/tasks`.

mod details;
mod events;
mod response;
mod waiting;

use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::auth::{Read, Scoped, Write};
use crate::config::WorkerConfig;
use crate::db::{DbConnection, Tx};
use crate::error::{AppError, AppResult, Problem, conflict, internal, not_found};
use crate::extract::{Json, Page, PageQuery, Pagination, Path, Query};
use crate::id::Id;
use crate::queue::ledger::{self, Revocation, TaskFilter};
use crate::queue::{Changes, TaskRecord, TaskState};

pub use details::TaskDetails;
pub use events::TaskEvent;
pub use response::TaskResponse;
pub use waiting::WaitQuery;

/// Which tasks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskListQuery {
    /// Only tasks in this state.
    state: Option<TaskState>,
    /// Only tasks with this name.
    name: Option<String>,
    /// Only tasks in this queue.
    queue: Option<String>,
    /// Only the members of this chain or group.
    flow: Option<Id>,
}

/// How to read a result.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskResultQuery {
    /// Whether to delete the result.
    #[serde(default)]
    forget: bool,
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
    pub(super) task_id: Id,
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
        queue: query.queue,
        flow_id: query.flow,
        limit: pagination.limit(),
        offset: pagination.offset(),
    };
    let mut conn = state.connection().await?;
    let tasks = ledger::list(&mut conn, &filter).await?;
    let tasks = tasks
        .into_iter()
        .map(|task| TaskResponse::for_client(&state, task));
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
    Ok(Json(TaskResponse::for_client(&state, task)))
}

/// Find what a task returned.
///
/// With `forget=true` it is deleted as it is read: only one reader gets it. It is also gone after
/// `TASK_RESULT_TTL_SECS`.
#[utoipa::path(get, path = "/tasks/{id}/result", tag = "tasks", security(("bearer" = ["read"])),
    params(("id" = Id, Path, description = "The task"), TaskResultQuery),
    responses(
        (status = 200, description = "The result", body = TaskResultResponse),
        (status = 409, description = "It has not ended, or has no result", body = Problem,
            content_type = "application/problem+json"),
        (status = 410, description = "The result has been forgotten", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn find_task_result(
    state: AppState,
    _: Scoped<Read>,
    method: Method,
    Path(id): Path<Id>,
    Query(query): Query<TaskResultQuery>,
) -> AppResult<Json<TaskResultResponse>> {
    // Whoever asks for the head alone has not read it.
    let result = if query.forget && method == Method::GET {
        state
            .transaction(async |tx: &mut Tx| {
                let task = ledger::find_for_update(tx, id).await?;
                if task.as_ref().is_some_and(|task| task.flow_id.is_some()) {
                    return Err(conflict("the next task of its flow reads the result too"));
                }
                let result = result_in_time(tx, &state.config.worker, task).await?;
                ledger::forget_results(tx, &[id]).await?;
                Ok::<_, AppError>(result)
            })
            .await?
    } else {
        let mut conn = state.connection().await?;
        let task = ledger::find(&mut conn, id).await?;
        result_in_time(&mut conn, &state.config.worker, task).await?
    };
    Ok(Json(result))
}

/// Call a task off; of a chain or a group, all that has not ended.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", security(("bearer" = ["write"])),
    params(("id" = Id, Path, description = "The task")),
    responses(
        (status = 202, description = "It will not start, or will stop soon"),
        (status = 409, description = "It has ended", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn revoke_task(
    state: AppState,
    _: Scoped<Write>,
    Path(id): Path<Id>,
) -> AppResult<StatusCode> {
    revoke(&state, id).await
}

/// Follow a task, by server-sent events.
///
/// The first event tells how the task is now. Then there is a `state` whenever its state changes or
/// an attempt begins, a `progress` whenever it says how far it is, and an `end` with its last state,
/// which is the last event. The data of each is the task, as `GET /tasks/{id}` shows it. The stream
/// also ends when the token expires and when the service stops: connect again.
#[utoipa::path(get, path = "/tasks/{id}/events", tag = "tasks", security(("bearer" = ["read"])),
    params(
        ("id" = Id, Path, description = "The task"),
        ("Last-Event-ID" = Option<String>, Header,
            description = "The id of the last event that was received; only an `end` has one"),
    ),
    responses(
        (status = 200, description = "What happens to the task, until it has ended",
            body = Value, content_type = "text/event-stream"),
        (status = 204, description = "The client has seen the end: it need not connect again"),
    ))]
pub async fn watch_task(
    state: AppState,
    reader: Scoped<Read>,
    Path(id): Path<Id>,
    headers: HeaderMap,
) -> AppResult<Response> {
    let stream = state.streams.open("events", &reader.claims)?;
    let (first, changes) = Changes::of(&state.0, id).await?.ok_or_else(not_found)?;
    Ok(events::respond(state, &headers, stream, first, changes))
}

/// Calls the task off, and answers whether that was in time.
pub async fn revoke(state: &AppState, id: Id) -> AppResult<StatusCode> {
    let revocation = state
        .transaction(async |tx: &mut Tx| Ok::<_, AppError>(ledger::revoke(tx, id).await?))
        .await?;
    match revocation {
        Revocation::Revoked => Ok(StatusCode::ACCEPTED),
        Revocation::Finished => Err(conflict("the task has ended already")),
        Revocation::NotFound => Err(not_found()),
    }
}

/// The result of the task, unless results are kept for less long than it has ended.
async fn result_in_time(
    conn: &mut DbConnection,
    config: &WorkerConfig,
    task: Option<TaskRecord>,
) -> AppResult<TaskResultResponse> {
    let result = result_of(task.ok_or_else(not_found)?)?;
    if let Some(ttl_ms) = config.result_ttl_ms()
        && ledger::ended_before(conn, result.id, ttl_ms).await?
    {
        return Err(result_is_gone());
    }
    Ok(result)
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
