//! The tasks that a worker holds at the moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::ledger::Claimed;
use super::worker::Worker;
use crate::id::Id;

/// The tasks that a worker has claimed and not yet written back.
#[derive(Default)]
pub(super) struct InFlight {
    held: Mutex<HashMap<Id, Held>>,
}

struct Held {
    claim: i64,
    since: Instant,
    cancellation: CancellationToken,
}

impl InFlight {
    /// Takes a task in. Returns what stops it.
    ///
    /// If the worker still works on the task under a claim that it has lost, that work is stopped.
    pub(super) fn add(&self, claimed: &Claimed) -> CancellationToken {
        let cancellation = CancellationToken::new();
        let held = Held {
            claim: claimed.claim,
            since: Instant::now(),
            cancellation: cancellation.clone(),
        };
        if let Some(lost) = self.held().insert(claimed.id, held) {
            lost.cancellation.cancel();
        }
        cancellation
    }

    /// Forgets a task, unless it is held under another claim by now.
    pub(super) fn remove(&self, id: Id, claim: i64) {
        let mut held = self.held();
        if held.get(&id).is_some_and(|held| held.claim == claim) {
            held.remove(&id);
        }
    }

    /// The tasks that have been held for as long or longer, each with its claim.
    pub(super) fn held_for(&self, duration: Duration) -> Vec<(Id, i64)> {
        let held = self.held();
        let held = held
            .iter()
            .filter(|(_, held)| held.since.elapsed() >= duration);
        held.map(|(id, held)| (*id, held.claim)).collect()
    }

    /// Stops one of the tasks, unless it is held under another claim by now.
    pub(super) fn cancel(&self, id: Id, claim: i64) {
        if let Some(held) = self.held().get(&id).filter(|held| held.claim == claim) {
            held.cancellation.cancel();
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Id, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the lease of a task. Whatever becomes of its job, no task is held that nobody works on.
pub(super) struct Hold {
    worker: Arc<Worker>,
    id: Id,
    claim: i64,
    pub(super) cancellation: CancellationToken,
    handed_over: bool,
}

impl Hold {
    pub(super) fn new(worker: &Arc<Worker>, claimed: &Claimed) -> Self {
        Self {
            worker: Arc::clone(worker),
            id: claimed.id,
            claim: claimed.claim,
            cancellation: worker.in_flight.add(claimed),
            handed_over: false,
        }
    }

    /// Leaves it to the recorder to let go.
    pub(super) fn hand_over(mut self) {
        self.handed_over = true;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.handed_over {
            self.worker.in_flight.remove(self.id, self.claim);
        }
    }
}
