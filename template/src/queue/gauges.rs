//! What the metrics say of the ledger.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::ledger;
use super::transport::Transport;
use super::worker::Worker;
use crate::{db, metrics};

/// How old the figures get.
const INTERVAL: Duration = Duration::from_secs(5);

/// Keeps the figures fresh. Apart from the upkeep of the ledger, which may wait for the broker just
/// when they matter.
pub(super) async fn keep(worker: Arc<Worker>) {
    let mut tick = tokio::time::interval(INTERVAL);
    let mut known: BTreeSet<String> = worker.queues.iter().cloned().collect();
    loop {
        tick.tick().await;
        let refreshed = refresh(&worker, &mut known);
        if let Err(error) = db::in_time(db::PATIENCE, refreshed).await {
            tracing::warn!(%error, "the metrics of the queues are out of date");
        }
    }
}

/// A queue in which nothing waits any more has to be told of once more.
async fn refresh(worker: &Worker, known: &mut BTreeSet<String>) -> Result<(), db::Error> {
    let mut conn = worker.app.connection().await?;
    let depths = ledger::depths(&mut conn).await?;
    if Transport::NEEDS_RELAY {
        metrics::set_relay_lag(ledger::relay_lag_ms(&mut conn).await?);
    }
    drop(conn);
    let waiting: BTreeSet<String> = depths.iter().map(|depth| depth.queue.clone()).collect();
    for empty in known.difference(&waiting) {
        metrics::set_queue_depth(empty, 0, 0);
    }
    for depth in depths {
        metrics::set_queue_depth(&depth.queue, depth.due, depth.oldest_age_ms);
    }
    known.extend(waiting);
    Ok(())
}
