//! What the people who look after the service ask of the ledger, and do to it.

use diesel::dsl::{count_star, min, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;

use super::claims::is_queued;
use super::{BATCH, find, flows};
use crate::db::clock::NOW;
use crate::db::{DbConnection, Tx};
use crate::id::Id;
use crate::queue::record::{TaskState, stored};
use crate::schema::tasks;

/// The states from which a task can be tried anew.
pub(super) const RETRYABLE: [&str; 3] = [stored::FAILED, stored::REVOKED, stored::EXPIRED];

/// What waits in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: String,
    /// How many tasks are due and not yet claimed.
    pub due: i64,
    /// For how long the oldest of them has been due.
    pub oldest_age_ms: i64,
}

/// What became of the wish to try a task anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revival {
    /// It is queued again.
    Queued,
    /// It did not fail, nor was it called off or too late.
    NotEnded(TaskState),
    /// In its flow, something before it did not succeed.
    NotItsTurn,
    /// There is no such task.
    NotFound,
}

/// What waits in each queue in which something is due.
pub async fn depths(conn: &mut DbConnection) -> QueryResult<Vec<QueueDepth>> {
    let queues: Vec<(String, i64, Option<i64>)> = tasks::table
        .filter(is_queued())
        .group_by(tasks::queue)
        .select((tasks::queue, count_star(), min(tasks::run_at)))
        .order(tasks::queue)
        .load(conn)
        .await?;
    let now = now_ms(conn).await?;
    let depth = |(queue, due, oldest)| QueueDepth {
        queue,
        due,
        oldest_age_ms: age_ms(now, oldest),
    };
    Ok(queues.into_iter().map(depth).collect())
}

/// How many tasks are in each state.
///
/// Each part is counted in the index that holds it, so that the rows need not be read.
pub async fn count_by_state(conn: &mut DbConnection) -> QueryResult<Vec<(TaskState, i64)>> {
    let (queued, tried) = count_waiting(conn, is_queued()).await?;
    let (scheduled, failed_before) = count_waiting(conn, sql("state = 'scheduled'")).await?;
    let (blocked, _) = count_waiting(conn, sql("state = 'blocked'")).await?;
    let retrying = tried + failed_before;
    let running: i64 = tasks::table
        .filter(sql::<Bool>("state = 'running'"))
        .count()
        .get_result(conn)
        .await?;
    let ended: Vec<(String, i64)> = tasks::table
        .filter(tasks::finished_at.is_not_null())
        .group_by(tasks::state)
        .select((tasks::state, count_star()))
        .load(conn)
        .await?;
    let count = |state: TaskState| match state {
        TaskState::Queued => blocked + queued + scheduled - retrying,
        TaskState::Retrying => retrying,
        TaskState::Running => running,
        ended_in => {
            let found = ended.iter().find(|(state, _)| state == ended_in.as_str());
            found.map_or(0, |(_, count)| *count)
        }
    };
    Ok(TaskState::ALL.map(|state| (state, count(state))).to_vec())
}

/// How many tasks wait in this stored state, and how many of them have been attempted.
async fn count_waiting(
    conn: &mut DbConnection,
    is_in: SqlLiteral<Bool>,
) -> QueryResult<(i64, i64)> {
    let attempted = sql::<BigInt>("count(nullif(attempts, 0))");
    let waiting = tasks::table.filter(is_in);
    waiting
        .select((count_star(), attempted))
        .get_result(conn)
        .await
}

/// For how long the oldest task has been due of which the broker was not told.
pub(in crate::queue) async fn relay_lag_ms(conn: &mut DbConnection) -> QueryResult<i64> {
    let oldest = tasks::table
        .filter(is_queued())
        .filter(tasks::published_at.is_null())
        .select(min(tasks::run_at))
        .get_result(conn)
        .await?;
    Ok(age_ms(now_ms(conn).await?, oldest))
}

/// Queues a task again that failed, was called off or was not started in time.
///
/// All its attempts are given back. The error is kept until the next attempt has ended. The flow
/// around it goes on; of a flow, all is queued again that failed in it.
pub async fn retry(tx: &mut Tx, id: Id) -> QueryResult<Revival> {
    let node = flows::find(tx, id).await?;
    if node.is_some_and(|node| node.is_in_flow()) {
        return flows::retry(tx, id).await;
    }
    if revive(tx, &[id]).await? == 1 {
        return Ok(Revival::Queued);
    }
    Ok(match find(tx, id).await? {
        Some(task) => Revival::NotEnded(task.state()),
        None => Revival::NotFound,
    })
}

/// Queues some failed tasks again: those with this name, if there is one, and with a greater id
/// than `after`. Returns how many, and the greatest id that was looked at while there may be more.
pub async fn retry_failed(
    tx: &mut Tx,
    name: Option<&str>,
    after: Option<Id>,
) -> QueryResult<(usize, Option<Id>)> {
    let mut failed = tasks::table
        .filter(tasks::state.eq(stored::FAILED))
        .order(tasks::id)
        .limit(BATCH)
        .select(flows::Node::as_select())
        .into_boxed();
    if let Some(name) = name {
        failed = failed.filter(tasks::name.eq(name));
    }
    if let Some(after) = after {
        failed = failed.filter(tasks::id.gt(after));
    }
    let failed: Vec<flows::Node> = failed.load(tx).await?;
    let last = failed.last().map(|node| node.id);
    let (in_flows, plain): (Vec<_>, Vec<_>) =
        failed.into_iter().partition(|node| node.is_in_flow());
    let plain: Vec<Id> = plain.iter().map(|node| node.id).collect();
    let mut queued = revive(tx, &plain).await?;
    for node in in_flows {
        // One before it may have brought it along.
        if flows::retry(tx, node.id).await? == Revival::Queued {
            queued += 1;
        }
    }
    Ok((queued, last))
}

/// To the relay and to the workers they are as if they had just become due.
pub(super) async fn revive(conn: &mut DbConnection, ids: &[Id]) -> QueryResult<usize> {
    let ended = tasks::table
        .filter(tasks::id.eq_any(ids))
        .filter(tasks::state.eq_any(RETRYABLE));
    diesel::update(ended)
        .set((
            tasks::state.eq(stored::QUEUED),
            tasks::run_at.eq(NOW),
            tasks::attempts.eq(0),
            tasks::lost_leases.eq(0),
            tasks::progress_percent.eq(None::<i32>),
            tasks::progress_message.eq(None::<String>),
            // It would be too late again at once.
            tasks::expires_at.eq(None::<i64>),
            tasks::published_at.eq(None::<i64>),
            tasks::finished_at.eq(None::<i64>),
        ))
        .execute(conn)
        .await
}

async fn now_ms(conn: &mut DbConnection) -> QueryResult<i64> {
    diesel::select(NOW).get_result(conn).await
}

fn age_ms(now: i64, then: Option<i64>) -> i64 {
    then.map_or(0, |then| (now - then).max(0))
}
