//! Keeps what a worker holds, for as long as it is alive.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::worker::Worker;
use super::{heartbeat, ledger};
use crate::db::{self, Tx};
use crate::id::Id;

/// How often to look whether what runs has been called off.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Says that the worker is alive, keeps what it holds, and stops what it no longer holds.
pub(super) async fn keep(worker: Arc<Worker>) {
    let beat_interval = heartbeat::interval(&worker.app.config.worker);
    let lease = worker.app.config.worker.lease();
    let mut tick = tokio::time::interval(LOOK_INTERVAL.min(beat_interval));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut beat_at = None;
    let mut kept_at = Instant::now();
    loop {
        let now = tick.tick().await;
        let beats = beat_at.is_none_or(|at| now - at >= beat_interval);
        if beats {
            beat_at = Some(now);
        }
        // What is held for a shorter time ends by itself.
        let held_for = if beats { Duration::ZERO } else { LOOK_INTERVAL };
        let claims = worker.in_flight.held_for(held_for);
        let ids: Vec<Id> = claims.iter().map(|(id, _)| *id).collect();
        let asked_at = Instant::now();
        // The end of the lease must not be missed.
        let left = lease.saturating_sub(kept_at.elapsed());
        let limit = beat_interval.min(if left.is_zero() { beat_interval } else { left });
        match db::in_time(limit, ask(&worker, &ids, beats)).await {
            Ok(held) => {
                if beats {
                    kept_at = asked_at;
                }
                stop(&worker, &claims, &held);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot extend the leases of running tasks");
                // Not before the next regular time would be too late.
                beat_at = None;
                if kept_at.elapsed() >= lease {
                    // By now others may have them.
                    stop(&worker, &worker.in_flight.held_for(lease), &HashSet::new());
                }
            }
        }
    }
}

/// Returns those of the tasks that are still held, and keeps them if it is time to.
async fn ask(worker: &Worker, ids: &[Id], beats: bool) -> Result<HashSet<Id>, db::Error> {
    match beats {
        true => extend(worker, ids).await,
        false => look(worker, ids).await,
    }
}

async fn extend(worker: &Worker, ids: &[Id]) -> Result<HashSet<Id>, db::Error> {
    worker
        .app
        .transaction(async |tx: &mut Tx| {
            heartbeat::beat(tx, &worker.heartbeat()).await?;
            let lease_ms = worker.app.config.worker.lease_ms();
            let kept = ledger::extend_leases(tx, worker.id, ids, lease_ms).await?;
            Ok::<_, db::Error>(HashSet::from_iter(kept))
        })
        .await
}

async fn look(worker: &Worker, ids: &[Id]) -> Result<HashSet<Id>, db::Error> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let mut conn = worker.app.connection().await?;
    let held = ledger::still_held(&mut conn, worker.id, ids).await?;
    Ok(HashSet::from_iter(held))
}

/// Stops those of the tasks that are not held.
fn stop(worker: &Worker, claims: &[(Id, i64)], held: &HashSet<Id>) {
    for (id, claim) in claims.iter().filter(|(id, _)| !held.contains(id)) {
        worker.in_flight.cancel(*id, *claim);
    }
}
