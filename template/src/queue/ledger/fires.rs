//! What the ledger knows of the fires of a schedule.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::DbConnection;
use crate::id::Id;
use crate::queue::record::{TaskRecord, TaskState};
use crate::schema::tasks;

/// A fire of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) struct Fire {
    /// When it was due, in milliseconds since the Unix epoch.
    pub(in crate::queue) at_ms: i64,
    /// The task that it enqueued.
    pub(in crate::queue) task_id: Id,
    /// Where that is on its way.
    pub(in crate::queue) state: TaskState,
}

impl Fire {
    /// The idempotency key of the task that the fire enqueues.
    pub(in crate::queue) fn key(schedule: &str, at_ms: i64) -> String {
        format!("schedule:{schedule}:{at_ms:013}")
    }
}

/// The latest fire of the schedule whose task is in the ledger.
///
/// A range of keys that are equal but for their digits is read from the index on them, and is in
/// the order of time under any collation.
pub(in crate::queue) async fn last_fire(
    conn: &mut DbConnection,
    schedule: &str,
) -> QueryResult<Option<Fire>> {
    let (first, last) = (
        Fire::key(schedule, 0),
        Fire::key(schedule, 9_999_999_999_999),
    );
    let found: Option<(Option<String>, TaskRecord)> = tasks::table
        .filter(tasks::idempotency_key.between(Some(first), Some(last)))
        .order(tasks::idempotency_key.desc())
        .select((tasks::idempotency_key, TaskRecord::as_select()))
        .first(conn)
        .await
        .optional()?;
    Ok(found.and_then(|(key, task)| {
        let (_, at_ms) = key.as_deref()?.rsplit_once(':')?;
        Some(Fire {
            at_ms: at_ms.parse().ok()?,
            task_id: task.id,
            state: task.state(),
        })
    }))
}
