//! Writing down how attempts ended, many in one transaction.

use std::time::Duration;

use tokio::sync::mpsc;

use super::execution::{Attempt, Outcome};
use super::inflight::InFlight;
use super::ledger;
use crate::app::App;
use crate::db::{self, Tx};

/// The most that one transaction writes down.
const MAX_BATCH: usize = 256;

/// The pause before what the database refused is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes down attempts until there will be no more of them.
///
/// While the database is away, nothing is lost: the workers wait.
pub(super) async fn record(app: &App, in_flight: &InFlight, mut ended: mpsc::Receiver<Attempt>) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while ended.recv_many(&mut batch, MAX_BATCH).await > 0 {
        while let Err(error) = write(app, &batch).await {
            tracing::error!(%error, tasks = batch.len(), "results of tasks cannot be stored yet");
            tokio::time::sleep(PAUSE).await;
        }
        for attempt in batch.drain(..) {
            in_flight.remove(attempt.id, attempt.claim);
        }
    }
}

/// Writes down how these attempts ended, all of them or none.
pub(super) async fn write(app: &App, attempts: &[Attempt]) -> Result<(), db::Error> {
    let to_write =
        |attempt: &&Attempt| !matches!(attempt.outcome, Outcome::AlreadyWritten | Outcome::Stopped);
    let attempts: Vec<&Attempt> = attempts.iter().filter(to_write).collect();
    if attempts.is_empty() {
        return Ok(());
    }
    app.transaction(async |tx: &mut Tx| {
        for attempt in &attempts {
            write_one(tx, attempt).await?;
        }
        Ok(())
    })
    .await
}

async fn write_one(tx: &mut Tx, attempt: &Attempt) -> Result<(), db::Error> {
    let Attempt { id, claim, outcome } = attempt;
    let held = match outcome {
        Outcome::Succeeded(result) => ledger::succeed(tx, *id, *claim, result).await?,
        Outcome::Failed(error) => ledger::fail(tx, *id, *claim, error).await?,
        Outcome::RetryLater { error, delay } => {
            let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            ledger::retry_later(tx, *id, *claim, error, delay_ms).await?
        }
        Outcome::AlreadyWritten | Outcome::Stopped => true,
    };
    if !held {
        tracing::warn!(task_id = %id, "a late result was dropped: the task is no longer held");
    }
    Ok(())
}
