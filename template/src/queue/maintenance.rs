//! Keeps the ledger moving: what became due, what a dead worker left behind, what the broker lost.
//!
//! Every worker does it; doing it twice does no harm.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::transport::Transport;
use super::worker::Worker;
use super::{Message, ledger};
use crate::db::{self, Tx};
use crate::id::Id;

/// How often to look. A retry or a delayed task is late by this much at most.
const INTERVAL: Duration = Duration::from_millis(200);

/// How often to look for what the broker has lost.
const LOSS_INTERVAL: Duration = Duration::from_secs(3);

/// The pause after an error of the database or the broker.
const PAUSE: Duration = Duration::from_secs(1);

/// The most that is published in one go.
const MAX_BATCH: i64 = 1_000;

/// A queue of the broker that holds as many has a long backlog, of which most is merely waiting.
const LOW_WATER: i64 = 1_000;

/// Does what there is to do, again and again.
pub(super) async fn run(worker: Arc<Worker>) {
    let mut looked_for_losses = Instant::now();
    let mut has_lost_more = false;
    let mut unserved = BTreeSet::new();
    loop {
        let is_time_to_look = looked_for_losses.elapsed() >= LOSS_INTERVAL;
        if is_time_to_look {
            looked_for_losses = Instant::now();
            let warned = warn_of_unserved(&worker, &mut unserved);
            if let Err(error) = db::in_time(db::PATIENCE, warned).await {
                tracing::warn!(%error, "cannot look for queues that nobody serves");
            }
        }
        let looks = is_time_to_look || has_lost_more;
        let pause = match round(&worker, looks, has_lost_more).await {
            Ok(lost_more) => {
                has_lost_more = lost_more;
                INTERVAL
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "upkeep of the ledger failed");
                PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Returns whether the broker may have lost more than was sent again.
async fn round(
    worker: &Worker,
    look_for_losses: bool,
    had_lost_more: bool,
) -> anyhow::Result<bool> {
    db::in_time(db::PATIENCE, tidy(worker)).await?;
    if !Transport::NEEDS_RELAY {
        return Ok(false);
    }
    if db::in_time(db::PATIENCE, any_unpublished(worker)).await? {
        relay_unpublished(worker).await?;
    }
    Ok(look_for_losses && relay_lost(worker, had_lost_more).await?)
}

async fn any_unpublished(worker: &Worker) -> Result<bool, db::Error> {
    let mut conn = worker.app.connection().await?;
    Ok(ledger::any_unpublished(&mut conn).await?)
}

/// Queues what is due, takes back what was lost and ends what has expired.
pub(super) async fn tidy(worker: &Worker) -> Result<(), db::Error> {
    let todo = ledger::upkeep(&mut *worker.app.connection().await?).await?;
    if !(todo.due || todo.lost || todo.expired) {
        return Ok(());
    }
    let batch = usize::try_from(ledger::BATCH).unwrap_or(usize::MAX);
    loop {
        let (due, expired, lost) = worker
            .app
            .transaction(async |tx: &mut Tx| {
                let due = ledger::promote_due(tx).await?;
                let expired = ledger::expire(tx).await?;
                let lost = ledger::recover_lost(tx).await?;
                Ok::<_, db::Error>((due, expired, lost))
            })
            .await?;
        if lost > 0 {
            tracing::warn!(tasks = lost, "took back tasks of a worker that went silent");
        }
        if due + lost > 0 && !Transport::NEEDS_RELAY {
            // No relay is going to tell the workers. If they are not told, they look later.
            if let Err(error) = worker.app.queue.transport.publish(&[]).await {
                tracing::warn!(%error, "the workers cannot be told that tasks are due");
            }
        }
        if due.max(expired).max(lost) < batch {
            return Ok(());
        }
    }
}

/// Tasks may wait in a queue that no worker knows of, which is said once.
async fn warn_of_unserved(
    worker: &Worker,
    unserved: &mut BTreeSet<String>,
) -> Result<(), db::Error> {
    let queues = ledger::due_queues(&mut *worker.app.connection().await?).await?;
    let known: Vec<&str> = worker.app.queue.tasks().queues().collect();
    for queue in queues {
        let is_served = worker.queues.contains(&queue) || known.contains(&queue.as_str());
        if !is_served && unserved.insert(queue.clone()) {
            tracing::warn!(
                queue,
                "tasks wait in a queue that this worker does not serve"
            );
        }
    }
    Ok(())
}

/// Publishes what was never published: delayed tasks, retries, and what a dead broker refused.
async fn relay_unpublished(worker: &Worker) -> anyhow::Result<()> {
    let marked = worker.app.transaction(async |tx: &mut Tx| {
        let messages = ledger::unpublished(tx, MAX_BATCH).await?;
        mark(tx, messages).await
    });
    let marked = db::in_time(db::PATIENCE, marked).await?;
    relay(worker, &marked).await
}

/// Publishes again what the broker has lost. Returns whether there may be more of it.
///
/// Where the broker is running dry, that is what was published longer than a lease ago; where it
/// has a long backlog, what was published so long before the newest that has arrived.
async fn relay_lost(worker: &Worker, had_lost_more: bool) -> anyhow::Result<bool> {
    let mut lost_more = false;
    for queue in &worker.queues {
        let is_long = worker.app.queue.transport.depth(queue).await? >= LOW_WATER;
        // It may still be busy with what was sent again the last time.
        lost_more |= is_long && had_lost_more;
        let arrived_ms = worker.delivered.until_ms(queue);
        if is_long && arrived_ms.is_none() {
            continue;
        }
        let marked = worker.app.transaction(async |tx: &mut Tx| {
            let lease_ms = worker.app.config.worker.lease_ms();
            let until_ms = ledger::time_before(tx, lease_ms).await?;
            let arrived_ms = arrived_ms.filter(|_| is_long).unwrap_or(i64::MAX);
            // The clock may have been set back since then.
            let until_ms = until_ms.min(arrived_ms.saturating_sub(lease_ms));
            let messages = ledger::overdue(tx, queue, &worker.names, until_ms, MAX_BATCH).await?;
            mark(tx, messages).await
        });
        let marked = db::in_time(db::PATIENCE, marked).await?;
        lost_more |= i64::try_from(marked.len()).is_ok_and(|marked| marked >= MAX_BATCH);
        relay(worker, &marked).await?;
    }
    Ok(lost_more)
}

/// Notes that they are published, before they are: nothing is sent again and again because it
/// could not be noted, and other workers leave them alone.
async fn mark(tx: &mut Tx, messages: Vec<Message>) -> Result<Vec<Message>, db::Error> {
    if !messages.is_empty() {
        let ids: Vec<Id> = messages.iter().map(|message| message.id).collect();
        ledger::set_published(tx, &ids, true).await?;
    }
    Ok(messages)
}

async fn relay(worker: &Worker, messages: &[Message]) -> anyhow::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let published = worker.app.queue.transport.publish(messages).await;
    note_refusal(worker, published.is_err());
    let Err(error) = published else {
        return Ok(());
    };
    let ids: Vec<Id> = messages.iter().map(|message| message.id).collect();
    let unpublished = worker.app.transaction(async |tx: &mut Tx| {
        Ok::<_, db::Error>(ledger::set_published(tx, &ids, false).await?)
    });
    db::in_time(db::PATIENCE, unpublished).await?;
    Err(error.into())
}

/// Has the fetchers look into the ledger as well, until the broker has taken something from here.
fn note_refusal(worker: &Worker, refuses: bool) {
    let changes = |did_refuse: &mut bool| std::mem::replace(did_refuse, refuses) != refuses;
    match worker.broker_refuses.send_if_modified(changes) {
        true if refuses => tracing::warn!("the broker takes no messages"),
        true => tracing::info!("the broker takes messages again"),
        false => {}
    }
}
