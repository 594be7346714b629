//! Claiming tasks of a queue ahead of their being run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::inflight::Hold;
use super::ledger::{self, Claim, Claimed};
use super::prefetch::Prefetch;
use super::transport::Consumer;
use super::worker::Worker;
use crate::db::{self, Tx};
use crate::id::Id;

/// The pause after an error of the database or the broker.
const PAUSE: Duration = Duration::from_secs(1);

/// The same while there is likely more to do.
const SHORT_PAUSE: Duration = Duration::from_millis(50);

/// The pause after what was due could not be claimed: somebody has locked it for a moment.
pub(super) const LOST_RACE_PAUSE: Duration = Duration::from_millis(5);

/// How often to look for what was passed over.
const MAX_LOOKS: usize = 100;

/// What was claimed no longer ago is started without telling the ledger.
const CLAIM_IS_FRESH: Duration = Duration::from_millis(200);

/// A claimed task on its way to be run. The permit bounds how many there are.
pub(super) struct Job {
    pub(super) claimed: Claimed,
    pub(super) hold: Hold,
    /// When its lease began at the earliest.
    asked_at: Instant,
    claimed_at: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Job {
    /// Whether the ledger has to be told that it starts: what the claim has seen may no longer be
    /// so, or it may be what makes workers go silent.
    pub(super) fn announces_start(&self, lease: Duration) -> bool {
        self.claimed.lost_leases > 0
            || self.claimed_at.elapsed() > CLAIM_IS_FRESH
            || self.asked_at.elapsed() > lease / 3
    }
}

/// Claims the tasks of one queue, for as long as its worker runs.
pub(super) struct Fetcher {
    worker: Arc<Worker>,
    queue: String,
    consumer: Consumer,
    prefetch: Prefetch,
    /// A permit for each task that may be claimed and not yet done.
    room: Arc<Semaphore>,
    jobs: mpsc::UnboundedSender<Job>,
    /// How many tasks it held when it last looked, and what it has claimed since.
    held: usize,
    /// Whether there is likely more than the last claim took.
    may_have_more: bool,
}

impl Fetcher {
    pub(super) fn new(
        worker: Arc<Worker>,
        queue: String,
        jobs: mpsc::UnboundedSender<Job>,
    ) -> Self {
        let config = &worker.app.config.worker;
        let prefetch = Prefetch::new(config.concurrency, config.prefetch);
        Self {
            consumer: worker.app.queue.transport.consumer(&queue),
            room: Arc::new(Semaphore::new(prefetch.most())),
            prefetch,
            worker,
            queue,
            jobs,
            held: 0,
            may_have_more: false,
        }
    }

    /// Claims tasks until the worker is told to stop.
    pub(super) async fn run(mut self) {
        let stop = self.worker.stop.clone();
        loop {
            let (ids, limit) = tokio::select! {
                () = stop.cancelled() => return,
                next = self.next() => next,
            };
            let asked_at = Instant::now();
            let Some(claimed) = self.claim_patiently(ids.as_deref(), limit).await else {
                return;
            };
            self.may_have_more = claimed.len() >= self.many(ids.is_some(), limit);
            self.prefetch.claimed();
            if ids.is_none() && claimed.is_empty() {
                // Somebody else is about to claim what there is, or to give it up.
                tokio::time::sleep(LOST_RACE_PAUSE).await;
            }
            let count = claimed.len();
            self.hand_over(claimed, asked_at).await;
            if let Some(ids) = ids.filter(|ids| ids.len() > count) {
                self.claim_skipped(&ids).await;
            }
            if stop.is_cancelled() {
                // These have come too late for what was given back already.
                self.worker.give_back().await;
            }
            if let Err(error) = self.consumer.settle().await {
                // It does no harm: what is claimed is not claimed again.
                tracing::warn!(%error, "the broker will bring the same messages again");
            }
        }
    }

    /// With so many there are likely more. A broker hands over as many as it has at hand, which may be
    /// less than it has.
    fn many(&self, from_broker: bool, limit: usize) -> usize {
        match from_broker {
            true => limit.min(self.worker.app.config.worker.concurrency + 1),
            false => limit,
        }
    }

    /// Tries until the database answers. `None` if the worker is told to stop meanwhile.
    async fn claim_patiently(&self, ids: Option<&[Id]>, limit: usize) -> Option<Vec<Claimed>> {
        let stop = &self.worker.stop;
        loop {
            match self.claim(ids, limit).await {
                Ok(claimed) => return Some(claimed),
                Err(_) if stop.is_cancelled() => return None,
                Err(error) => {
                    tracing::warn!(queue = self.queue, %error, "cannot claim tasks");
                    let _ = tokio::time::timeout(PAUSE, stop.cancelled()).await;
                }
            }
        }
    }

    /// Claims of these tasks what was passed over because somebody had locked its row just then: once
    /// they are settled, the broker does not bring them again.
    async fn claim_skipped(&mut self, ids: &[Id]) {
        for _ in 0..MAX_LOOKS {
            let left = match self.still_due(ids).await {
                Ok(left) if !left.is_empty() => left,
                _ => return,
            };
            tokio::time::sleep(LOST_RACE_PAUSE).await;
            let asked_at = Instant::now();
            if let Ok(claimed) = self.claim(Some(&left), left.len()).await {
                self.hand_over(claimed, asked_at).await;
            }
        }
    }

    async fn still_due(&self, ids: &[Id]) -> Result<Vec<Id>, db::Error> {
        let mut conn = self.worker.app.connection().await?;
        Ok(ledger::still_due(&mut conn, ids, &self.worker.names).await?)
    }

    /// Waits for room, and for something to do. Returns what to look at, and how much may be
    /// claimed. `None` is whatever the ledger says is due, which is also what there is to do while
    /// the broker is away or takes nothing new.
    async fn next(&mut self) -> (Option<Vec<Id>>, usize) {
        // Claims come in batches: there is room when half of the last one is done.
        let free = self.prefetch.most() - self.prefetch.refill_at();
        drop(
            self.room
                .acquire_many(u32::try_from(free).unwrap_or(1))
                .await,
        );
        let held = self.prefetch.most() - self.room.available_permits();
        self.prefetch.ended(self.held.saturating_sub(held));
        self.held = held;
        let pause = if self.may_have_more {
            SHORT_PAUSE
        } else {
            self.prefetch.forget();
            PAUSE
        };
        let limit = self.prefetch.limit().saturating_sub(held).max(1);
        let mut refusal = self.worker.broker_refuses.subscribe();
        let refused = async {
            let _ = refusal.wait_for(|refuses| *refuses).await;
            tokio::time::sleep(pause).await;
        };
        tokio::select! {
            biased;
            next = self.consumer.next(limit) => match next {
                Ok(ids) => (ids, limit),
                Err(error) => {
                    tracing::warn!(%error, "the broker is away, looking into the ledger instead");
                    tokio::time::sleep(pause).await;
                    (None, limit)
                }
            },
            () = refused => (None, limit),
        }
    }

    async fn claim(&self, ids: Option<&[Id]>, limit: usize) -> Result<Vec<Claimed>, db::Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let claim = Claim {
            owner: self.worker.id,
            lease_ms: self.worker.app.config.worker.lease_ms(),
            names: &self.worker.names,
        };
        let claimed = self.worker.app.transaction(async |tx: &mut Tx| {
            let claimed = match ids {
                Some(ids) => ledger::claim(tx, ids, claim).await?,
                None => ledger::claim_due(tx, &self.queue, limit, claim).await?,
            };
            Ok::<_, db::Error>(claimed)
        });
        let claimed = db::in_time(db::PATIENCE, claimed).await?;
        let newest_ms = claimed.iter().map(|task| task.created_at).max();
        if let Some(newest_ms) = newest_ms.filter(|_| ids.is_some()) {
            self.worker.delivered.note(&self.queue, newest_ms);
        }
        Ok(claimed)
    }

    async fn hand_over(&mut self, claimed: Vec<Claimed>, asked_at: Instant) {
        self.held += claimed.len();
        let claimed_at = Instant::now();
        for claimed in claimed {
            let hold = Hold::new(&self.worker, &claimed);
            let Ok(permit) = Arc::clone(&self.room).acquire_owned().await else {
                return;
            };
            let job = Job {
                claimed,
                hold,
                asked_at,
                claimed_at,
                _permit: permit,
            };
            if self.jobs.send(job).is_err() {
                return;
            }
        }
    }
}
