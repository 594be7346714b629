//! What is measured from inside the queue.

use std::time::{Duration, Instant};

use super::ledger::{self, Claim};
use super::{EnqueueError, Message, Task};
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;
use crate::tasks::Noop;

/// How many tasks a transaction takes: as many as a worker at full speed.
const BATCH: i64 = 512;

/// What the database can do at best: the statements of a worker in a bare loop. Claims what is due
/// and writes down that it succeeded, until nothing is left. Returns how many tasks there were, and
/// how long that took.
pub async fn ceiling(app: &App) -> Result<(usize, Duration), db::Error> {
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
                Ok::<_, db::Error>(ledger::claim_due(tx, Noop::QUEUE, BATCH, claim).await?)
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

/// A task that is committed, and that no worker has been told of yet.
pub struct Committed {
    /// The task.
    pub id: Id,
    /// The moment after the commit.
    pub at: Instant,
    messages: Vec<Message>,
}

impl Committed {
    /// The first half of [`App::transaction`], with a task that is enqueued.
    pub async fn new(app: &App) -> Result<Self, EnqueueError> {
        let work = async |tx: &mut Tx| Noop {}.enqueue(tx).await;
        let (id, messages) = app.db.transaction(work).await?;
        Ok(Self {
            id,
            at: Instant::now(),
            messages,
        })
    }

    /// The second half.
    pub async fn publish(self, app: &App) {
        app.queue.publish(self.messages).await;
    }
}

/// How many messages wait in the broker.
pub async fn depth(app: &App) -> anyhow::Result<i64> {
    Ok(app.queue.transport.depth(Noop::QUEUE).await?)
}
