//! Writing down how far a task is and how it ended. All of it fenced by the claim.

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{DbConnection, SUCCEED_ALL};
use crate::id::Id;
use crate::queue::record::stored;
use crate::schema::tasks;

/// The row as long as this claim holds.
#[diesel::dsl::auto_type]
pub(super) fn held(id: Id, claim: i64) -> _ {
    tasks::table
        .find(id)
        .filter(tasks::claim.eq(claim))
        .filter(tasks::state.eq("running"))
}

/// The task has succeeded. Returns whether the claim still held.
pub(in crate::queue) async fn succeed(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
    result: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(held(id, claim))
        .set((
            tasks::state.eq(stored::SUCCEEDED),
            tasks::result.eq(Some(result)),
            tasks::error.eq(None::<String>),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Tasks have succeeded, each under its claim and with its result. Returns how many claims held.
pub(in crate::queue) async fn succeed_all(
    conn: &mut DbConnection,
    done: &[(Id, i64, &str)],
) -> QueryResult<usize> {
    let done = serde_json::to_string(done)
        .map_err(|error| QueryError::SerializationError(error.into()))?;
    sql_query(SUCCEED_ALL)
        .bind::<Text, _>(done)
        .execute(conn)
        .await
}

/// The task has failed for good. Returns whether the claim still held.
pub(in crate::queue) async fn fail(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
    error: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(held(id, claim))
        .set((
            tasks::state.eq(stored::FAILED),
            tasks::error.eq(Some(error)),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// The attempt has failed and there will be another one. Returns whether the claim still held.
pub(in crate::queue) async fn retry_later(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
    error: &str,
    delay_ms: i64,
) -> QueryResult<bool> {
    let changed = diesel::update(held(id, claim))
        .set((
            tasks::state.eq(stored::SCHEDULED),
            tasks::run_at.eq(NowPlusMs(delay_ms)),
            tasks::error.eq(Some(error)),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// The task says how far it is. Returns whether the claim still held.
pub(in crate::queue) async fn progress(
    conn: &mut DbConnection,
    id: Id,
    claim: i64,
    percent: i32,
    message: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(held(id, claim))
        .set((
            tasks::progress_percent.eq(Some(percent)),
            tasks::progress_message.eq(Some(message)),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}
