//! Running what is due here and now, without a worker: for tests, and for scripts.

use std::sync::Arc;

use super::execution::execute;
use super::fetch::LOST_RACE_PAUSE;
use super::inflight::InFlight;
use super::ledger::{self, Claim, Claimed};
use super::outcome;
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// How many tasks to claim at a time.
const BATCH: i64 = 16;

/// How often to look at what somebody else has locked for a moment: publishing writes down in the
/// background that it has failed.
const MAX_LOOKS: usize = 200;

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
        let claimed = claim_due(app, &queues, claim).await?;
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

/// Nothing only if nothing is due, or if it stays locked.
async fn claim_due(
    app: &App,
    queues: &[String],
    claim: Claim<'_>,
) -> Result<Vec<Claimed>, db::Error> {
    for _ in 0..MAX_LOOKS {
        let claimed = app.transaction(async |tx: &mut Tx| {
            ledger::promote_due(tx).await?;
            let mut claimed = Vec::new();
            for queue in queues {
                claimed.extend(ledger::claim_due(tx, queue, BATCH, claim).await?);
            }
            Ok::<_, db::Error>(claimed)
        });
        let claimed = claimed.await?;
        if !claimed.is_empty() || !is_any_due(app, queues, claim.names).await? {
            return Ok(claimed);
        }
        tokio::time::sleep(LOST_RACE_PAUSE).await;
    }
    Ok(Vec::new())
}

async fn is_any_due(
    app: &App,
    queues: &[String],
    names: &[&'static str],
) -> Result<bool, db::Error> {
    let mut conn = app.connection().await?;
    Ok(ledger::is_any_due(&mut conn, queues, names).await?)
}
