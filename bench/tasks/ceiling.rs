//! What the database can do at best: the statements of a worker in a bare loop.

use std::time::{Duration, Instant};

use super::ledger::{self, Claim};
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// How many tasks a transaction takes: as many as a worker at full speed.
const BATCH: i64 = 512;

/// Claims what is due and writes down that it succeeded, until nothing is left. Returns how many
/// tasks there were, and how long that took.
pub async fn run(app: &App) -> Result<(usize, Duration), db::Error> {
    let names = app.queue.tasks().names();
    let claim = Claim {
        owner: Id::new(),
        lease_ms: 60_000,
        names: &names,
    };
    let begun = Instant::now();
    let mut count = 0;
    loop {
        let claimed = app
            .transaction(async |tx: &mut Tx| {
                Ok::<_, db::Error>(ledger::claim_due(tx, "default", BATCH, claim).await?)
            })
            .await?;
        if claimed.is_empty() {
            return Ok((count, begun.elapsed()));
        }
        count += claimed.len();
        let done: Vec<_> = claimed
            .iter()
            .map(|task| (task.id, task.claim, "null"))
            .collect();
        app.transaction(async |tx: &mut Tx| {
            Ok::<_, db::Error>(ledger::succeed_all(tx, &done).await?)
        })
        .await?;
    }
}
