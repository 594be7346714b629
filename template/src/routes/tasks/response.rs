use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::config::AppEnv;
use crate::db::clock::from_ms;
use crate::id::Id;
use crate::queue::{TaskRecord, TaskState};

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
    /// The chain or group that it is a member of.
    #[schema(required)]
    flow_id: Option<Id>,
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

impl TaskResponse {
    /// The task as a client of the API gets to see it: developers read all of its error.
    pub(super) fn for_client(state: &AppState, task: TaskRecord) -> Self {
        match state.config.env {
            AppEnv::Dev => Self::for_operators(task),
            AppEnv::Test | AppEnv::Prod => task.into(),
        }
    }

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
            flow_id: task.flow_id,
        }
    }
}
