//! A row of the ledger.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Backend;
use crate::id::Id;
use crate::schema::tasks;

/// Where a task is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    /// Waits for its time or for a worker.
    Queued,
    /// Waits to be tried again.
    Retrying,
    /// A worker has it.
    Running,
    /// Has a result.
    Succeeded,
    /// Has used up its attempts, or cannot succeed.
    Failed,
    /// Was called off.
    Revoked,
    /// Was not started in time.
    Expired,
}

impl TaskState {
    /// All of them, in the order of a task's life.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Retrying,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Revoked,
        Self::Expired,
    ];

    /// Whether nothing more will happen to the task.
    pub fn is_finished(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Failed | Self::Revoked | Self::Expired
        )
    }

    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// The states as they are stored.
///
/// What waits is `scheduled` until it is due and `queued` from then on, so that a claim never has
/// to look past tasks of the future. "Retrying" is a waiting task that has been attempted.
/// In a flow, what has to wait for others is `blocked`.
pub(super) mod stored {
    /// The states in which a task waits.
    pub(in crate::queue) const WAITING: [&str; 3] = [BLOCKED, SCHEDULED, QUEUED];
    /// The states from which a task can be called off.
    pub(in crate::queue) const UNFINISHED: [&str; 4] = [BLOCKED, SCHEDULED, QUEUED, RUNNING];

    pub(in crate::queue) const BLOCKED: &str = "blocked";
    pub(in crate::queue) const SCHEDULED: &str = "scheduled";
    pub(in crate::queue) const QUEUED: &str = "queued";
    pub(in crate::queue) const RUNNING: &str = "running";
    pub(in crate::queue) const SUCCEEDED: &str = "succeeded";
    pub(in crate::queue) const FAILED: &str = "failed";
    pub(in crate::queue) const REVOKED: &str = "revoked";
    pub(in crate::queue) const EXPIRED: &str = "expired";
}

/// A task as the ledger has it. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub struct TaskRecord {
    /// Its id.
    pub id: Id,
    /// The name under which it is registered.
    pub name: String,
    /// The queue it waits in.
    pub queue: String,
    /// Its arguments, as JSON.
    pub args: String,
    #[diesel(column_name = state)]
    stored_state: String,
    /// Higher goes first.
    pub priority: i32,
    /// When it is due.
    pub run_at: i64,
    /// Attempts begun so far.
    pub attempts: i32,
    /// Attempts it may have in all.
    pub max_attempts: i32,
    /// How often its worker went silent.
    pub lost_leases: i32,
    /// How far it says it is, in percent.
    pub progress_percent: Option<i32>,
    /// What it says it is doing.
    pub progress_message: Option<String>,
    /// What it returned, as JSON.
    pub result: Option<String>,
    /// Why the last attempt failed: a line for everybody, and below it what is for operators.
    pub error: Option<String>,
    /// Not to be started after this.
    pub expires_at: Option<i64>,
    /// The request that enqueued it.
    pub request_id: Option<String>,
    /// The task that enqueued it.
    pub parent_id: Option<Id>,
    /// The flow that it is a member of.
    pub flow_id: Option<Id>,
    /// When it was enqueued.
    pub created_at: i64,
    /// When the last attempt began.
    pub started_at: Option<i64>,
    /// When it reached its last state.
    pub finished_at: Option<i64>,
}

impl TaskRecord {
    /// Why the last attempt failed, as far as everybody may know.
    pub fn public_error(&self) -> Option<&str> {
        self.error.as_deref()?.lines().next()
    }

    /// Where the task is on its way.
    pub fn state(&self) -> TaskState {
        match self.stored_state.as_str() {
            stored::RUNNING => TaskState::Running,
            stored::SUCCEEDED => TaskState::Succeeded,
            stored::FAILED => TaskState::Failed,
            stored::REVOKED => TaskState::Revoked,
            stored::EXPIRED => TaskState::Expired,
            _ if self.attempts > 0 => TaskState::Retrying,
            _ => TaskState::Queued,
        }
    }
}
