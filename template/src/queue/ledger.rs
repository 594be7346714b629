//! The ledger: the table `tasks`, and every statement that reads or changes it.
//!
//! What a worker writes is fenced by its claim: a row that was claimed again since, or called off,
//! is left alone.

mod admin;
pub(super) mod claims;
mod fires;
mod flows;
mod insert;
mod outcomes;
mod purge;
mod results;
mod upkeep;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

pub(super) use admin::relay_lag_ms;
pub use admin::{QueueDepth, Revival, count_by_state, depths, retry, retry_failed};
pub(super) use claims::{
    Claim, Claimed, claim, claim_due, due_queues, is_any_due, release, release_all, release_some,
    start, still_due,
};
pub(super) use fires::{Fire, last_fire};
pub(super) use flows::{advance, previous_result};
pub(super) use insert::{NewTask, insert, insert_all};
pub(super) use outcomes::{fail, progress, retry_later, succeed, succeed_all};
pub use purge::purge;
pub use results::{ended_before, forget_results};
pub(super) use results::{time_before, with_results};
pub(super) use upkeep::{
    any_unpublished, expire, extend_leases, overdue, promote_due, recover_lost, set_published,
    still_held, unpublished, upkeep,
};

use super::record::{TaskRecord, TaskState, stored};
use crate::db::clock::NOW;
use crate::db::{DbConnection, Tx};
use crate::id::Id;
use crate::schema::tasks;

/// The most rows that are changed at a time, so that nobody waits long for their locks.
pub(super) const BATCH: i64 = 500;

/// SQLite takes one parameter for each id, and not any number of them.
const MAX_BINDS: usize = 1_000;

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
    /// Only the members of this flow.
    pub flow_id: Option<Id>,
    /// At most so many.
    pub limit: i64,
    /// Without the first so many.
    pub offset: i64,
}

/// The task with this id.
pub async fn find(conn: &mut DbConnection, id: Id) -> QueryResult<Option<TaskRecord>> {
    tasks::table
        .find(id)
        .select(TaskRecord::as_select())
        .get_result(conn)
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
    if let Some(flow_id) = filter.flow_id {
        query = query.filter(tasks::flow_id.eq(flow_id));
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

/// Calls a task off: it is never started, and its worker stops it if it runs. A flow is called off
/// with all that has not ended in it.
pub async fn revoke(tx: &mut Tx, id: Id) -> QueryResult<Revocation> {
    let unfinished = tasks::state.eq_any(stored::UNFINISHED);
    let revoked = diesel::update(tasks::table.find(id).filter(unfinished))
        .set((
            tasks::state.eq(stored::REVOKED),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(tx)
        .await?;
    if revoked == 1 {
        flows::call_off(tx, id).await?;
        return Ok(Revocation::Revoked);
    }
    Ok(match find(tx, id).await? {
        Some(_) => Revocation::Finished,
        None => Revocation::NotFound,
    })
}
