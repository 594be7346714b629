//! Deleting what has ended.
//!
//! A flow is deleted before its members. So nobody takes from a flow that has not ended what the
//! next link needs, or what it takes to retry it.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::DbConnection;
use crate::db::clock::NowPlusMs;
use crate::id::Id;
use crate::queue::record::TaskState;
use crate::schema::tasks;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

diesel::alias!(tasks as flows: Flows);

/// Deletes some tasks that ended more than so many days ago: those in this state, if one is named.
/// Of a flow, the state of the whole counts. Returns how many; there may be more until there are
/// none: each batch is for a transaction of its own, so that nobody else waits long.
pub async fn purge(
    conn: &mut DbConnection,
    days: u32,
    state: Option<TaskState>,
) -> QueryResult<usize> {
    let mut ended = tasks::table
        .filter(tasks::flow_id.is_null())
        .filter(tasks::finished_at.le(ago(days).nullable()))
        .limit(BATCH)
        .select(tasks::id)
        .into_boxed();
    if let Some(state) = state {
        ended = ended.filter(tasks::state.eq(state.as_str()));
    }
    let ids: Vec<Id> = ended.load(conn).await?;
    if ids.is_empty() {
        return purge_orphans(conn, days).await;
    }
    delete(conn, &ids, days).await
}

/// Deletes some members of flows that have been deleted.
async fn purge_orphans(conn: &mut DbConnection, days: u32) -> QueryResult<usize> {
    let flow = flows.filter(flows.field(tasks::id).nullable().eq(tasks::flow_id));
    let ids: Vec<Id> = tasks::table
        .filter(tasks::flow_id.is_not_null())
        .filter(tasks::finished_at.le(ago(days).nullable()))
        .filter(not(exists(flow)))
        .limit(BATCH)
        .select(tasks::id)
        .load(conn)
        .await?;
    delete(conn, &ids, days).await
}

/// Deletes these, but for those that somebody has retried since they were looked up.
async fn delete(conn: &mut DbConnection, ids: &[Id], days: u32) -> QueryResult<usize> {
    let ended = tasks::finished_at.le(ago(days).nullable());
    diesel::delete(tasks::table.filter(tasks::id.eq_any(ids)).filter(ended))
        .execute(conn)
        .await
}

fn ago(days: u32) -> NowPlusMs {
    NowPlusMs(-i64::from(days) * DAY_MS)
}
