use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::access::Action;
use crate::app::AppState;
use crate::db::Tx;
use crate::db::clock::from_ms;
use crate::error::{AppError, AppResult, conflict, not_found};
use crate::extract::{Json, Page, Pagination, Path, Query};
use crate::id::Id;
use crate::queue::heartbeat::{self, ProcessRecord};
use crate::queue::ledger::{self, QueueDepth, Revival, TaskFilter};
use crate::queue::{TaskRecord, TaskState};
use crate::routes::tasks::{self, TaskDetails, TaskResponse};

/// How the background is doing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OverviewResponse {
    read_only: bool,
    states: Vec<StateResponse>,
    queues: Vec<QueueResponse>,
    processes: Vec<ProcessResponse>,
}

/// How many tasks are in a state.
#[derive(Debug, Serialize)]
struct StateResponse {
    state: TaskState,
    count: i64,
}

/// What waits in a queue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueResponse {
    name: String,
    due: i64,
    oldest_age_ms: i64,
}

/// A worker or a scheduler.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessResponse {
    id: Id,
    role: String,
    host: String,
    queues: String,
    concurrency: i32,
    #[serde(with = "time::serde::rfc3339")]
    started_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    heartbeat_at: OffsetDateTime,
    alive: bool,
}

/// Which tasks to list.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    state: Option<TaskState>,
    name: Option<String>,
    queue: Option<String>,
}

/// Tell how the background is doing.
pub async fn show_overview(state: AppState) -> AppResult<Json<OverviewResponse>> {
    let mut conn = state.connection().await?;
    let states = ledger::count_by_state(&mut conn).await?;
    let depths = ledger::depths(&mut conn).await?;
    let processes = heartbeat::list(&mut conn, &state.config.worker).await?;
    let state_response = |(state, count)| StateResponse { state, count };
    Ok(Json(OverviewResponse {
        read_only: state.config.dashboard.read_only,
        states: states.into_iter().map(state_response).collect(),
        queues: queues(&state, depths),
        processes: processes.into_iter().map(ProcessResponse::from).collect(),
    }))
}

/// List tasks, newest first.
pub async fn list_tasks(
    state: AppState,
    Query(query): Query<ListQuery>,
    pagination: Pagination,
) -> AppResult<Json<Page<TaskResponse>>> {
    let filter = TaskFilter {
        state: query.state,
        name: query.name,
        queue: query.queue,
        limit: pagination.limit(),
        offset: pagination.offset(),
        ..TaskFilter::default()
    };
    let tasks = ledger::list(&mut *state.connection().await?, &filter).await?;
    let tasks = tasks.into_iter().map(TaskResponse::for_operators);
    Ok(Json(pagination.page(tasks.collect())))
}

/// Find all there is to know of a task.
pub async fn find_task(state: AppState, Path(id): Path<Id>) -> AppResult<Json<TaskDetails>> {
    let task = ledger::find(&mut *state.connection().await?, id).await?;
    let task: TaskRecord = task.ok_or_else(not_found)?;
    Ok(Json(task.into()))
}

/// Queue a task again.
pub async fn retry_task(state: AppState, _: Action, Path(id): Path<Id>) -> AppResult<StatusCode> {
    let revival = state
        .transaction(async |tx: &mut Tx| Ok::<_, AppError>(ledger::retry(tx, id).await?))
        .await?;
    match revival {
        Revival::Queued => Ok(StatusCode::ACCEPTED),
        Revival::NotEnded(state) => Err(conflict(format!(
            "the task is {}, so it cannot be tried again",
            state.as_str()
        ))),
        Revival::NotItsTurn => Err(conflict(
            "something before it in its flow has not succeeded: retry that",
        )),
        Revival::NotFound => Err(not_found()),
    }
}

/// Call a task off.
pub async fn revoke_task(state: AppState, _: Action, Path(id): Path<Id>) -> AppResult<StatusCode> {
    tasks::revoke(&state, id).await
}

/// The queues in which something waits, and those that this process knows anyway.
fn queues(state: &AppState, depths: Vec<QueueDepth>) -> Vec<QueueResponse> {
    let mut queues: Vec<QueueResponse> = depths.into_iter().map(QueueResponse::from).collect();
    for name in state.queue.queues() {
        if queues.iter().all(|queue| queue.name != name) {
            let (due, oldest_age_ms) = (0, 0);
            queues.push(QueueResponse {
                name,
                due,
                oldest_age_ms,
            });
        }
    }
    queues.sort_by(|one, other| one.name.cmp(&other.name));
    queues
}

impl From<QueueDepth> for QueueResponse {
    fn from(depth: QueueDepth) -> Self {
        Self {
            name: depth.queue,
            due: depth.due,
            oldest_age_ms: depth.oldest_age_ms,
        }
    }
}

impl From<(ProcessRecord, bool)> for ProcessResponse {
    fn from((process, alive): (ProcessRecord, bool)) -> Self {
        Self {
            id: process.id,
            role: process.role,
            host: process.host,
            queues: process.queues,
            concurrency: process.concurrency,
            started_at: from_ms(process.started_at),
            heartbeat_at: from_ms(process.heartbeat_at),
            alive,
        }
    }
}
