//! Running what is due here and now, without a worker: for tests, and for scripts.

use std::sync::Arc;

use super::execution::execute;
use super::inflight::InFlight;
use super::ledger::{self, Claim};
use super::outcome;
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// How many tasks to claim at a time.
const BATCH: i64 = 16;

/// Runs every task that is due, one after the other, and those that follow from them. Returns how
/// many attempts that took.
pub async fn run_pending(app: &Arc<App>) -> Result<usize, db::Error> {
    let in_flight = InFlight::default();
    let names = app.queue.tasks().names();
    let queues = app.queue.queues();
    let claim = Claim {
        owner: Id::new(),
        lease_ms: app.config.worker.lease_ms(),
        names: &names,
    };
    let mut attempts = 0;
    loop {
        let claimed = app
            .transaction(async |tx: &mut Tx| {
                ledger::promote_due(tx).await?;
                let mut claimed = Vec::new();
                for queue in &queues {
                    claimed.extend(ledger::claim_due(tx, queue, BATCH, claim).await?);
                }
                Ok::<_, db::Error>(claimed)
            })
            .await?;
        if claimed.is_empty() {
            return Ok(attempts);
        }
        for claimed in claimed {
            let cancellation = in_flight.add(&claimed);
            let ended = execute(Arc::clone(app), claimed, cancellation).await;
            outcome::write(app, &[ended]).await?;
            attempts += 1;
        }
    }
}
