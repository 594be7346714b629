//! Forgets the results that are older than `TASK_RESULT_TTL_SECS`.

use std::sync::Arc;
use std::time::Duration;

use super::ledger;
use super::worker::Worker;
use crate::db::{self, Tx};
use crate::id::Id;

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(3);

/// How much of the past is looked at again: an end may be seen later than it is dated.
const MARGIN_MS: i64 = 60_000;

/// Does so again and again; never, if results are kept as long as their tasks.
pub(super) async fn keep(worker: Arc<Worker>) {
    let Some(ttl_ms) = worker.app.config.worker.result_ttl_ms() else {
        return std::future::pending().await;
    };
    let mut tick = tokio::time::interval(INTERVAL);
    // What ended before has no result any more, so it need not be looked at.
    let mut forgotten_ms = 0;
    loop {
        tick.tick().await;
        let forgotten = forget(&worker, ttl_ms, forgotten_ms);
        match db::in_time(db::PATIENCE, forgotten).await {
            Ok(until_ms) => forgotten_ms = until_ms - MARGIN_MS,
            Err(error) => tracing::warn!(%error, "old results cannot be forgotten"),
        }
    }
}

/// Returns until when it has done so.
async fn forget(worker: &Worker, ttl_ms: i64, mut after_ms: i64) -> Result<i64, db::Error> {
    let until_ms = ledger::time_before(&mut *worker.app.connection().await?, ttl_ms).await?;
    loop {
        // Looked for outside of the transaction: idling never takes the write lock.
        let mut conn = worker.app.connection().await?;
        let old = ledger::with_results(&mut conn, after_ms, until_ms).await?;
        drop(conn);
        let Some((_, last_ms)) = old.last() else {
            return Ok(until_ms);
        };
        // Others may have ended in that millisecond.
        after_ms = last_ms - 1;
        let old: Vec<Id> = old.iter().map(|(id, _)| *id).collect();
        worker
            .app
            .transaction(async |tx: &mut Tx| {
                Ok::<_, db::Error>(ledger::forget_results(tx, &old).await?)
            })
            .await?;
    }
}
