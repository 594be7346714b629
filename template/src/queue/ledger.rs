//! The ledger: the table `tasks`, and every statement that reads or changes it.
//!
//! What a worker writes is fenced by its claim: a row that was claimed again since, or called off,
//! is left alone.

mod admin;
pub(super) mod claims;
mod outcomes;
mod upkeep;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

pub(super) use admin::relay_lag_ms;
pub use admin::{QueueDepth, Revival, count_by_state, depths, purge, retry, retry_failed};
pub(super) use claims::{
    Claim, Claimed, claim, due_ids, due_queues, may_start, release, release_all,
};
pub(super) use outcomes::{fail, progress, retry_later, succeed};
pub use upkeep::purge_finished;
pub(super) use upkeep::{
    any_unpublished, expire, extend_leases, overdue, promote_due, recover_lost, set_published,
    unpublished, upkeep,
};

use super::record::{TaskRecord, TaskState, stored};
use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{DbConnection, same_key};
use crate::id::Id;
use crate::schema::tasks;

/// A row to be.
pub(super) struct NewTask<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) queue: &'a str,
    pub(super) args: &'a str,
    /// How much later than now it is due.
    pub(super) delay_ms: i64,
    pub(super) priority: i32,
    pub(super) max_attempts: i32,
    pub(super) idempotency_key: Option<&'a str>,
    pub(super) expires_in_ms: Option<i64>,
    pub(super) request_id: Option<&'a str>,
    pub(super) parent_id: Option<Id>,
}

/// What became of the wish to call a task off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// It will not start, or will stop soon.
    Revoked,
    /// It had already ended.
    Finished,
    /// There is no such task.
    NotFound,
}

/// Which tasks to list.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Only those in this state.
    pub state: Option<TaskState>,
    /// Only those with this name.
    pub name: Option<String>,
    /// Only those in this queue.
    pub queue: Option<String>,
    /// At most so many.
    pub limit: i64,
    /// Without the first so many.
    pub offset: i64,
}

/// Adds a task. Returns the id of the task with its idempotency key, and whether that is new.
pub(super) async fn insert(conn: &mut DbConnection, task: &NewTask<'_>) -> QueryResult<(Id, bool)> {
    let due = task.delay_ms == 0;
    diesel::insert_into(tasks::table)
        .values((
            (
                tasks::id.eq(task.id),
                tasks::name.eq(task.name),
                tasks::queue.eq(task.queue),
                tasks::args.eq(task.args),
                tasks::state.eq(if due {
                    stored::QUEUED
                } else {
                    stored::SCHEDULED
                }),
                tasks::priority.eq(task.priority),
                tasks::run_at.eq(NowPlusMs(task.delay_ms)),
                tasks::attempts.eq(0),
                tasks::max_attempts.eq(task.max_attempts),
                tasks::lost_leases.eq(0),
                tasks::claim.eq(0_i64),
            ),
            tasks::idempotency_key.eq(task.idempotency_key),
            tasks::request_id.eq(task.request_id),
            tasks::parent_id.eq(task.parent_id),
            tasks::expires_at.eq(NowPlusMs(task.expires_in_ms)),
            tasks::published_at.eq(NowPlusMs(due.then_some(0))),
            tasks::created_at.eq(NOW),
        ))
        .on_conflict(same_key!(tasks::idempotency_key))
        .do_nothing()
        .execute(conn)
        .await?;
    let Some(key) = task.idempotency_key else {
        return Ok((task.id, true));
    };
    let first = tasks::table
        .filter(tasks::idempotency_key.eq(key))
        .select(tasks::id)
        .first(conn)
        .await?;
    Ok((first, first == task.id))
}

/// The task with this id.
pub async fn find(conn: &mut DbConnection, id: Id) -> QueryResult<Option<TaskRecord>> {
    tasks::table
        .find(id)
        .select(TaskRecord::as_select())
        .first(conn)
        .await
        .optional()
}

/// The task with this id, which nobody else changes until the end of the transaction.
pub async fn find_for_update(conn: &mut DbConnection, id: Id) -> QueryResult<Option<TaskRecord>> {
    // Writing to the row locks it on every database.
    diesel::update(tasks::table.find(id))
        .set(tasks::priority.eq(tasks::priority))
        .execute(conn)
        .await?;
    find(conn, id).await
}

/// Deletes what a task has returned.
pub async fn forget_result(conn: &mut DbConnection, id: Id) -> QueryResult<usize> {
    diesel::update(tasks::table.find(id))
        .set(tasks::result.eq(None::<String>))
        .execute(conn)
        .await
}

/// A page of tasks, newest first.
pub async fn list(conn: &mut DbConnection, filter: &TaskFilter) -> QueryResult<Vec<TaskRecord>> {
    let mut query = tasks::table
        .select(TaskRecord::as_select())
        .order(tasks::id.desc())
        .limit(filter.limit)
        .offset(filter.offset)
        .into_boxed();
    if let Some(name) = &filter.name {
        query = query.filter(tasks::name.eq(name));
    }
    if let Some(queue) = &filter.queue {
        query = query.filter(tasks::queue.eq(queue));
    }
    query = match filter.state {
        None => query,
        Some(TaskState::Queued) => query.filter(
            tasks::state
                .eq_any(stored::WAITING)
                .and(tasks::attempts.eq(0)),
        ),
        Some(TaskState::Retrying) => query.filter(
            tasks::state
                .eq_any(stored::WAITING)
                .and(tasks::attempts.gt(0)),
        ),
        Some(state) => query.filter(tasks::state.eq(state.as_str())),
    };
    query.load(conn).await
}

/// Calls a task off: it is never started, and its worker stops it if it runs.
pub async fn revoke(conn: &mut DbConnection, id: Id) -> QueryResult<Revocation> {
    let unfinished = tasks::state.eq_any([stored::SCHEDULED, stored::QUEUED, stored::RUNNING]);
    let revoked = diesel::update(tasks::table.find(id).filter(unfinished))
        .set((
            tasks::state.eq(stored::REVOKED),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(conn)
        .await?;
    if revoked == 1 {
        return Ok(Revocation::Revoked);
    }
    Ok(match find(conn, id).await? {
        Some(_) => Revocation::Finished,
        None => Revocation::NotFound,
    })
}
