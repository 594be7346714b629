//! Claiming tasks for the length of a lease, and giving them back.

use diesel::dsl::{Nullable, auto_type, case_when, exists, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;

use super::MAX_BINDS;
use super::outcomes::held;
use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{Backend, DbConnection, skip_locked};
use crate::id::Id;
use crate::queue::record::stored;
use crate::schema::tasks;

type Now = Nullable<NowPlusMs>;

/// Who claims, and for how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::queue) struct Claim<'a> {
    /// The worker.
    pub(in crate::queue) owner: Id,
    /// The length of the lease.
    pub(in crate::queue) lease_ms: i64,
    /// The tasks it knows. Others wait for a worker that knows them.
    pub(in crate::queue) names: &'a [&'static str],
}

/// A task that a worker has claimed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub(in crate::queue) struct Claimed {
    pub(in crate::queue) id: Id,
    pub(in crate::queue) name: String,
    pub(in crate::queue) queue: String,
    pub(in crate::queue) args: String,
    /// The number of this attempt, from 1.
    pub(in crate::queue) attempts: i32,
    pub(in crate::queue) max_attempts: i32,
    /// The number of this claim, which fences what is written under it.
    pub(in crate::queue) claim: i64,
    /// How many workers went silent that had started it.
    pub(in crate::queue) lost_leases: i32,
    pub(in crate::queue) request_id: Option<String>,
    /// The step of a trace that it follows from.
    pub(in crate::queue) traceparent: Option<String>,
    /// When it was enqueued, in milliseconds since the Unix epoch.
    pub(in crate::queue) created_at: i64,
    /// The flow that it is a member of.
    pub(in crate::queue) flow_id: Option<Id>,
}

/// The queues in which tasks are due.
pub(in crate::queue) async fn due_queues(conn: &mut DbConnection) -> QueryResult<Vec<String>> {
    tasks::table
        .filter(is_queued())
        .select(tasks::queue)
        .distinct()
        .load(conn)
        .await
}

/// Claims what is due in a queue, the most urgent first, in a transaction.
pub(in crate::queue) async fn claim_due(
    conn: &mut DbConnection,
    queue: &str,
    limit: i64,
    claim: Claim<'_>,
) -> QueryResult<Vec<Claimed>> {
    let due = claimable(claim.names)
        .filter(tasks::queue.eq(queue))
        .order((tasks::priority.desc(), tasks::id))
        .limit(limit)
        .select(tasks::id);
    let ids: Vec<Id> = skip_locked!(due).load(conn).await?;
    take(conn, &ids, claim).await
}

/// Claims those of the tasks that are still due, in a transaction.
///
/// Whatever was claimed, called off or finished meanwhile is left out, so a message that comes
/// twice or late does no harm.
pub(in crate::queue) async fn claim(
    conn: &mut DbConnection,
    ids: &[Id],
    claim: Claim<'_>,
) -> QueryResult<Vec<Claimed>> {
    let wanted = claimable(claim.names)
        .filter(tasks::id.eq_any(ids))
        .select(tasks::id);
    let ids: Vec<Id> = skip_locked!(wanted).load(conn).await?;
    take(conn, &ids, claim).await
}

/// Whether any task of these queues could be claimed, whoever may have locked it just now.
pub(in crate::queue) async fn is_any_due(
    conn: &mut DbConnection,
    queues: &[String],
    names: &[&'static str],
) -> QueryResult<bool> {
    let due = claimable(names).filter(tasks::queue.eq_any(queues));
    diesel::select(exists(due)).get_result(conn).await
}

/// Those of the tasks that could be claimed, whoever may have locked them just now.
pub(in crate::queue) async fn still_due(
    conn: &mut DbConnection,
    ids: &[Id],
    names: &[&'static str],
) -> QueryResult<Vec<Id>> {
    let due = claimable(names).filter(tasks::id.eq_any(ids));
    due.select(tasks::id).load(conn).await
}

/// Writes a claim on tasks that nobody else can claim until the end of the transaction.
async fn take(conn: &mut DbConnection, ids: &[Id], claim: Claim<'_>) -> QueryResult<Vec<Claimed>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Of a task that may be what makes workers go silent, it has to be known whether it was started.
    let started_at = case_when(tasks::lost_leases.eq(0), NOW.nullable());
    diesel::update(tasks::table.filter(tasks::id.eq_any(ids)))
        .set((
            tasks::state.eq(stored::RUNNING),
            tasks::attempts.eq(tasks::attempts + 1),
            tasks::claim.eq(tasks::claim + 1),
            tasks::lease_owner.eq(Some(claim.owner)),
            tasks::lease_until.eq(NowPlusMs(claim.lease_ms).nullable()),
            tasks::started_at.eq(started_at),
            tasks::progress_percent.eq(None::<i32>),
            tasks::progress_message.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    tasks::table
        .filter(tasks::id.eq_any(ids))
        .order((tasks::priority.desc(), tasks::id))
        .select(Claimed::as_select())
        .load(conn)
        .await
}

/// Gives back everything that a worker holds. It has not cost the tasks an attempt.
pub(in crate::queue) async fn release_all(
    conn: &mut DbConnection,
    owner: Id,
) -> QueryResult<usize> {
    let running: SqlLiteral<Bool> = sql("state = 'running'");
    diesel::update(
        tasks::table
            .filter(running)
            .filter(tasks::lease_owner.eq(Some(owner))),
    )
    .set(given_back())
    .execute(conn)
    .await
}

/// Gives back those of the tasks that a worker holds.
pub(in crate::queue) async fn release_some(
    conn: &mut DbConnection,
    owner: Id,
    ids: &[Id],
) -> QueryResult<usize> {
    let mut released = 0;
    for ids in ids.chunks(MAX_BINDS) {
        released += diesel::update(held_by(owner, ids))
            .set(given_back())
            .execute(conn)
            .await?;
    }
    Ok(released)
}

/// Gives back one task, as long as this claim holds.
pub(in crate::queue) async fn release(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
) -> QueryResult<usize> {
    diesel::update(held(id, claim))
        .set(given_back())
        .execute(conn)
        .await
}

/// The task is about to be run. Returns whether this claim still holds, and the task has not expired
/// while it waited for that.
pub(in crate::queue) async fn start(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
) -> QueryResult<bool> {
    let started = diesel::update(held(id, claim).filter(not_expired()))
        .set(tasks::started_at.eq(NOW.nullable()))
        .execute(conn)
        .await?;
    Ok(started == 1)
}

#[auto_type]
fn given_back() -> _ {
    let queued: &'static str = stored::QUEUED;
    let nobody: Option<Id> = None;
    let never: Option<i64> = None;
    (
        tasks::state.eq(queued),
        tasks::attempts.eq(tasks::attempts - 1_i32),
        tasks::lease_owner.eq(nobody),
        tasks::lease_until.eq(never),
        tasks::published_at.eq(never),
    )
}

/// What may be claimed: queued, known and not too late.
#[auto_type]
pub(in crate::queue) fn claimable<'a>(names: &'a [&'static str]) -> _ {
    let queued: SqlLiteral<Bool> = is_queued();
    tasks::table
        .filter(queued)
        .filter(tasks::name.eq_any(names))
        .filter(not_expired())
}

/// What has not expired.
#[auto_type]
fn not_expired() -> _ {
    let now: Now = NowPlusMs(0).nullable();
    tasks::expires_at.is_null().or(tasks::expires_at.gt(now))
}

/// Those of the tasks that a worker holds.
#[auto_type]
pub(super) fn held_by<'a>(owner: Id, ids: &'a [Id]) -> _ {
    let running: &'static str = stored::RUNNING;
    let owner: Option<Id> = Some(owner);
    tasks::table
        .filter(tasks::id.eq_any(ids))
        .filter(tasks::state.eq(running))
        .filter(tasks::lease_owner.eq(owner))
}

/// Written out instead of bound: with a parameter, no index on the rows in this state is used.
pub(in crate::queue) fn is_queued() -> SqlLiteral<Bool> {
    sql("state = 'queued'")
}
