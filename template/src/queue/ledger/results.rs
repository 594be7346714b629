//! Forgetting what tasks have returned.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::BATCH;
use crate::db::DbConnection;
use crate::db::clock::NowPlusMs;
use crate::id::Id;
use crate::schema::tasks;

/// Deletes what these tasks have returned.
pub async fn forget_results(conn: &mut DbConnection, ids: &[Id]) -> QueryResult<usize> {
    diesel::update(tasks::table.filter(tasks::id.eq_any(ids)))
        .set(tasks::result.eq(None::<String>))
        .execute(conn)
        .await
}

/// Whether the task ended so long ago.
pub async fn ended_before(conn: &mut DbConnection, id: Id, age_ms: i64) -> QueryResult<bool> {
    let ended = tasks::finished_at.le(NowPlusMs(-age_ms).nullable());
    diesel::select(exists(tasks::table.find(id).filter(ended)))
        .get_result(conn)
        .await
}

/// The point in time that was so long ago, by the database's clock.
pub(in crate::queue) async fn time_before(
    conn: &mut DbConnection,
    age_ms: i64,
) -> QueryResult<i64> {
    diesel::select(NowPlusMs(-age_ms)).get_result(conn).await
}

/// Some tasks that ended within these two points in time and still have a result, and when each
/// ended. The oldest come first.
///
/// Members of flows are none of them, for the next link reads what they have returned.
pub(in crate::queue) async fn with_results(
    conn: &mut DbConnection,
    after_ms: i64,
    until_ms: i64,
) -> QueryResult<Vec<(Id, i64)>> {
    tasks::table
        .filter(tasks::finished_at.gt(after_ms))
        .filter(tasks::finished_at.le(until_ms))
        .filter(tasks::result.is_not_null())
        .filter(tasks::flow_id.is_null())
        .order(tasks::finished_at)
        .limit(BATCH)
        .select((tasks::id, tasks::finished_at.assume_not_null()))
        .load(conn)
        .await
}
