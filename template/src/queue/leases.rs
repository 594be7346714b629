//! Keeps what a worker holds, for as long as it is alive.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::worker::Worker;
use super::{heartbeat, ledger};
use crate::db::{self, Tx};
use crate::id::Id;

/// Says that the worker is alive, keeps what it holds, and stops what it no longer holds.
pub(super) async fn keep(worker: Arc<Worker>) {
    let interval = heartbeat::interval(&worker.app.config.worker);
    let mut tick = tokio::time::interval(interval);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let lease = Duration::from_secs(worker.app.config.worker.lease_secs);
    let mut kept_at = Instant::now();
    loop {
        tick.tick().await;
        let claims = worker.in_flight.claims();
        let ids: Vec<Id> = claims.iter().map(|(id, _)| *id).collect();
        let kept = worker.app.transaction(async |tx: &mut Tx| {
            heartbeat::beat(tx, &worker.heartbeat()).await?;
            let lease_ms = worker.app.config.worker.lease_ms();
            let kept = ledger::extend_leases(tx, worker.id, &ids, lease_ms).await?;
            Ok::<_, db::Error>(HashSet::<Id>::from_iter(kept))
        });
        // A database that has gone without a word must not keep the end of a lease from us.
        let kept = tokio::time::timeout(interval, kept).await;
        let kept = kept.unwrap_or_else(|_| Err(db::Error::Unavailable("no answer".to_owned())));
        match kept {
            Ok(kept) => {
                kept_at = Instant::now();
                for (id, claim) in claims.iter().filter(|(id, _)| !kept.contains(id)) {
                    worker.in_flight.cancel(*id, *claim);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot extend the leases of running tasks");
                if kept_at.elapsed() > lease {
                    // By now others may have them.
                    for (id, claim) in &claims {
                        worker.in_flight.cancel(*id, *claim);
                    }
                }
            }
        }
    }
}
