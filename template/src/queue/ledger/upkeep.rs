//! What keeps the ledger moving when nobody enqueues or finishes anything.

use diesel::dsl::{Nullable, auto_type, exists, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use diesel_async::RunQueryDsl;

use super::claims::{held_by, is_queued};
use super::{BATCH, MAX_BINDS, advance};
use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{DbConnection, Tx, skip_locked};
use crate::id::Id;
use crate::queue::Message;
use crate::queue::record::stored;
use crate::schema::tasks;

type Now = Nullable<NowPlusMs>;

/// A task that has lost its worker so often fails: it is likely what kills them.
const MAX_LOST_LEASES: i32 = 10;

/// What there is to do, found out by reading alone, so that idling never takes the write lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub(in crate::queue) struct Upkeep {
    /// A scheduled task has become due.
    pub(in crate::queue) due: bool,
    /// A lease has run out.
    pub(in crate::queue) lost: bool,
    /// A queued task has expired.
    pub(in crate::queue) expired: bool,
}

/// Looks for what there is to do.
pub(in crate::queue) async fn upkeep(conn: &mut DbConnection) -> QueryResult<Upkeep> {
    diesel::select((
        exists(scheduled_due()),
        exists(lease_over()),
        exists(expired()),
    ))
    .get_result(conn)
    .await
}

/// Queues scheduled tasks that have become due, up to [`BATCH`]. Returns how many.
pub(in crate::queue) async fn promote_due(conn: &mut DbConnection) -> QueryResult<usize> {
    let due = scheduled_due().limit(BATCH).select(tasks::id);
    let due: Vec<Id> = skip_locked!(due).load(conn).await?;
    if due.is_empty() {
        return Ok(0);
    }
    diesel::update(tasks::table.filter(tasks::id.eq_any(due)))
        .set((
            tasks::state.eq(stored::QUEUED),
            tasks::published_at.eq(None::<i64>),
        ))
        .execute(conn)
        .await
}

/// Takes tasks back from workers that have gone silent, up to [`BATCH`]. Returns how many.
///
/// A lost lease is not an attempt: the task did nothing wrong, until it has happened ten times. What
/// was claimed again after a first one and not started counts no further.
pub(in crate::queue) async fn recover_lost(tx: &mut Tx) -> QueryResult<usize> {
    let hopeless = lease_over()
        .filter(tasks::lost_leases.ge(MAX_LOST_LEASES - 1))
        .filter(tasks::started_at.is_not_null());
    let hopeless = hopeless.limit(BATCH).select((tasks::id, tasks::flow_id));
    let ended = Ended::of(skip_locked!(hopeless).load(tx).await?);
    diesel::update(tasks::table.filter(tasks::id.eq_any(&ended.ids)))
        .set((
            tasks::state.eq(stored::FAILED),
            tasks::lost_leases.eq(tasks::lost_leases + 1),
            tasks::error.eq("ten workers went silent while they ran it"),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(tx)
        .await?;
    advance(tx, &ended.members).await?;
    let never_started = tasks::started_at.is_null();
    let lost = lease_over().filter(tasks::lost_leases.lt(MAX_LOST_LEASES - 1).or(never_started));
    let lost: Vec<Id> = skip_locked!(lost.limit(BATCH).select(tasks::id))
        .load(tx)
        .await?;
    let if_started: SqlLiteral<Integer> = sql("CASE WHEN started_at IS NULL THEN 0 ELSE 1 END");
    let queued = diesel::update(tasks::table.filter(tasks::id.eq_any(lost)))
        .set((
            tasks::state.eq(stored::QUEUED),
            tasks::attempts.eq(tasks::attempts - 1),
            tasks::lost_leases.eq(tasks::lost_leases + if_started),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::published_at.eq(None::<i64>),
        ))
        .execute(tx)
        .await?;
    Ok(ended.ids.len() + queued)
}

/// Ends queued tasks that were not started in time, up to [`BATCH`]. Returns how many.
pub(in crate::queue) async fn expire(tx: &mut Tx) -> QueryResult<usize> {
    let late = expired().limit(BATCH).select((tasks::id, tasks::flow_id));
    let ended = Ended::of(skip_locked!(late).load(tx).await?);
    diesel::update(tasks::table.filter(tasks::id.eq_any(&ended.ids)))
        .set((
            tasks::state.eq(stored::EXPIRED),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(tx)
        .await?;
    advance(tx, &ended.members).await?;
    Ok(ended.ids.len())
}

/// Tasks that are about to end here.
struct Ended {
    ids: Vec<Id>,
    /// Those of them that are members of flows.
    members: Vec<Id>,
}

impl Ended {
    fn of(rows: Vec<(Id, Option<Id>)>) -> Self {
        let in_flow = rows.iter().filter(|(_, flow_id)| flow_id.is_some());
        Self {
            members: in_flow.map(|(id, _)| *id).collect(),
            ids: rows.into_iter().map(|(id, _)| id).collect(),
        }
    }
}

/// Keeps the tasks that a worker holds. Returns those that it still holds.
pub(in crate::queue) async fn extend_leases(
    conn: &mut DbConnection,
    owner: Id,
    ids: &[Id],
    lease_ms: i64,
) -> QueryResult<Vec<Id>> {
    let mut kept = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BINDS) {
        kept.extend(extend_some(conn, owner, ids, lease_ms).await?);
    }
    Ok(kept)
}

async fn extend_some(
    conn: &mut DbConnection,
    owner: Id,
    ids: &[Id],
    lease_ms: i64,
) -> QueryResult<Vec<Id>> {
    let held = held_by(owner, ids).select(tasks::id);
    // What is just being written down is left alone: that transaction may wait for our rows, too.
    let free: Vec<Id> = skip_locked!(held).load(conn).await?;
    diesel::update(tasks::table.filter(tasks::id.eq_any(&free)))
        .set(tasks::lease_until.eq(NowPlusMs(lease_ms).nullable()))
        .execute(conn)
        .await?;
    held_by(owner, ids).select(tasks::id).load(conn).await
}

/// Those of the tasks that a worker still holds.
pub(in crate::queue) async fn still_held(
    conn: &mut DbConnection,
    owner: Id,
    ids: &[Id],
) -> QueryResult<Vec<Id>> {
    let mut held = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BINDS) {
        let some: Vec<Id> = held_by(owner, ids).select(tasks::id).load(conn).await?;
        held.extend(some);
    }
    Ok(held)
}

/// Whether there are tasks that the broker was never told of.
pub(in crate::queue) async fn any_unpublished(conn: &mut DbConnection) -> QueryResult<bool> {
    let unpublished = tasks::table
        .filter(is_queued())
        .filter(tasks::published_at.is_null());
    diesel::select(exists(unpublished)).get_result(conn).await
}

/// Tasks that the broker was never told of, which no other relay is about to tell.
pub(in crate::queue) async fn unpublished(
    conn: &mut DbConnection,
    limit: i64,
) -> QueryResult<Vec<Message>> {
    let unpublished = tasks::table
        .filter(is_queued())
        .filter(tasks::published_at.is_null())
        .order((tasks::priority.desc(), tasks::id))
        .limit(limit)
        .select(Message::as_select());
    skip_locked!(unpublished).load(conn).await
}

/// Tasks of a queue, with these names, that the broker was told of before this point in time, and
/// nobody has claimed.
pub(in crate::queue) async fn overdue(
    conn: &mut DbConnection,
    queue: &str,
    names: &[&'static str],
    before_ms: i64,
    limit: i64,
) -> QueryResult<Vec<Message>> {
    let overdue = tasks::table
        .filter(is_queued())
        .filter(tasks::published_at.lt(before_ms))
        .filter(tasks::name.eq_any(names))
        .filter(tasks::queue.eq(queue))
        .order(tasks::published_at)
        .limit(limit)
        .select(Message::as_select());
    skip_locked!(overdue).load(conn).await
}

/// Notes that the broker has these tasks now, or that it has not.
pub(in crate::queue) async fn set_published(
    conn: &mut DbConnection,
    ids: &[Id],
    published: bool,
) -> QueryResult<usize> {
    diesel::update(
        tasks::table
            .filter(tasks::id.eq_any(ids))
            .filter(is_queued()),
    )
    .set(tasks::published_at.eq(NowPlusMs(published.then_some(0))))
    .execute(conn)
    .await
}

#[auto_type]
fn scheduled_due() -> _ {
    let state: SqlLiteral<Bool> = sql("state = 'scheduled'");
    let now: NowPlusMs = NowPlusMs(0);
    tasks::table.filter(state).filter(tasks::run_at.le(now))
}

#[auto_type]
fn lease_over() -> _ {
    let state: SqlLiteral<Bool> = sql("state = 'running'");
    let now: Now = NowPlusMs(0).nullable();
    tasks::table
        .filter(state)
        .filter(tasks::lease_until.lt(now))
}

#[auto_type]
fn expired() -> _ {
    let state: SqlLiteral<Bool> = sql("state = 'queued'");
    let now: Now = NowPlusMs(0).nullable();
    tasks::table.filter(state).filter(tasks::expires_at.le(now))
}
