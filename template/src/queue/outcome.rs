//! Writing down how attempts ended, many in one transaction.

use std::time::Duration;

use tokio::sync::mpsc;

use super::enqueue::{MAX_DELAY, whole_ms};
use super::execution::{Attempt, Outcome};
use super::inflight::InFlight;
use super::ledger;
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// The most that one transaction writes down.
const MAX_BATCH: usize = 512;

/// A longer result is written by a statement of its own.
const MAX_SHORT_BYTES: usize = 4_096;

/// The pause before what the database refused is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a batch may take at most.
const MAX_PATIENCE: Duration = Duration::from_secs(600);

/// Writes down attempts until there will be no more of them.
///
/// While the database is away, nothing is lost: the workers wait.
pub(super) async fn record(app: &App, in_flight: &InFlight, mut ended: mpsc::Receiver<Attempt>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while ended.recv_many(&mut batch, MAX_BATCH).await > 0 {
        let ended_flows = match write_patiently(app, &batch).await {
            Ok(ended_flows) => ended_flows,
            Err(error) => {
                tracing::error!(%error, "the result of a task cannot be stored, looking for it");
                write_each(app, &batch).await
            }
        };
        for attempt in batch.drain(..) {
            in_flight.remove(attempt.id, attempt.claim);
            app.queue.waiters.wake(attempt.id);
        }
        ended_flows
            .into_iter()
            .for_each(|id| app.queue.waiters.wake(id));
    }
}

async fn write_each(app: &App, attempts: &[Attempt]) -> Vec<Id> {
    let mut ended_flows = Vec::new();
    for attempt in attempts {
        ended_flows.extend(write_alone(app, attempt).await);
    }
    ended_flows
}

/// Writes a result that may be one that cannot be stored: then its task fails, and not its
/// neighbours.
async fn write_alone(app: &App, attempt: &Attempt) -> Vec<Id> {
    let error = match write_patiently(app, std::slice::from_ref(attempt)).await {
        Ok(ended_flows) => return ended_flows,
        Err(error) => error,
    };
    let failed = Attempt {
        id: attempt.id,
        claim: attempt.claim,
        flow_id: attempt.flow_id,
        outcome: Outcome::Failed("its result cannot be stored".to_owned()),
    };
    tracing::error!(task_id = %attempt.id, %error, "the result of this task cannot be stored");
    let written = write_patiently(app, &[failed]).await;
    written.unwrap_or_else(|error| {
        tracing::error!(task_id = %attempt.id, %error, "nor can that it failed");
        Vec::new()
    })
}

/// Tries for as long as the error is one that passes.
async fn write_patiently(app: &App, attempts: &[Attempt]) -> Result<Vec<Id>, db::Error> {
    let mut patience = db::PATIENCE;
    loop {
        match db::in_time(patience, write(app, attempts)).await {
            Err(error) if error.is_transient() => {
                tracing::error!(%error, tasks = attempts.len(), "results cannot be stored yet");
                tokio::time::sleep(PAUSE).await;
                // It may be the work that takes so long.
                patience = (patience * 2).min(MAX_PATIENCE);
            }
            result => return result,
        }
    }
}

/// Writes down how these attempts ended, all of them or none. Returns the flows that ended with them.
pub(super) async fn write(app: &App, attempts: &[Attempt]) -> Result<Vec<Id>, db::Error> {
    let mut succeeded = Vec::new();
    let mut others = Vec::new();
    for attempt in attempts {
        match &attempt.outcome {
            Outcome::AlreadyWritten | Outcome::Stopped => {}
            // A flow moves on only with a member of which it is known that it was held.
            Outcome::Succeeded(result)
                if result.len() <= MAX_SHORT_BYTES && attempt.flow_id.is_none() =>
            {
                succeeded.push((attempt.id, attempt.claim, result.as_str()));
            }
            _ => others.push(attempt),
        }
    }
    if succeeded.is_empty() && others.is_empty() {
        return Ok(Vec::new());
    }
    app.transaction(async |tx: &mut Tx| {
        write_succeeded(tx, &succeeded).await?;
        let mut members = Vec::new();
        for attempt in &others {
            let held = write_one(tx, attempt).await?;
            if held && attempt.ends_member() {
                members.push(attempt.id);
            }
        }
        Ok(ledger::advance(tx, &members).await?)
    })
    .await
}

/// Most tasks succeed and return little: they are written down together.
async fn write_succeeded(tx: &mut Tx, done: &[(Id, i64, &str)]) -> Result<(), db::Error> {
    if done.is_empty() {
        return Ok(());
    }
    let held = ledger::succeed_all(tx, done).await?;
    if held < done.len() {
        let dropped = done.len() - held;
        tracing::warn!(
            dropped,
            "late results were dropped: their tasks are no longer held"
        );
    }
    Ok(())
}

/// Returns whether the task was still held.
async fn write_one(tx: &mut Tx, attempt: &Attempt) -> Result<bool, db::Error> {
    let Attempt {
        id, claim, outcome, ..
    } = attempt;
    let held = match outcome {
        Outcome::Succeeded(result) => ledger::succeed(tx, *id, *claim, result).await?,
        Outcome::Failed(error) => ledger::fail(tx, *id, *claim, error).await?,
        Outcome::RetryLater { error, delay } => {
            let delay_ms = whole_ms((*delay).min(MAX_DELAY));
            ledger::retry_later(tx, *id, *claim, error, delay_ms).await?
        }
        Outcome::AlreadyWritten | Outcome::Stopped => true,
    };
    if !held {
        tracing::warn!(task_id = %id, "a late result was dropped: the task is no longer held");
    }
    Ok(held)
}
