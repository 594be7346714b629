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
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: HashMap<Id, Held>,
    /// Nothing is begun any more.
    is_closed: bool,
}

struct Held {
    claim: i64,
    since: Instant,
    has_begun: bool,
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
            has_begun: false,
            cancellation: cancellation.clone(),
        };
        if let Some(lost) = self.state().held.insert(claimed.id, held) {
            lost.cancellation.cancel();
        }
        cancellation
    }

    /// Begins with a task. Returns whether it may be begun.
    pub(super) fn begin(&self, claimed: &Claimed) -> bool {
        let mut state = self.state();
        let is_closed = state.is_closed;
        match state.held.get_mut(&claimed.id) {
            Some(held) if held.claim == claimed.claim && !is_closed => {
                held.has_begun = true;
                true
            }
            _ => false,
        }
    }

    /// Has nothing begun any more. Returns what has not.
    pub(super) fn close(&self) -> Vec<Id> {
        let mut state = self.state();
        state.is_closed = true;
        let waiting = state.held.iter().filter(|(_, held)| !held.has_begun);
        waiting.map(|(id, _)| *id).collect()
    }

    /// Forgets a task, unless it is held under another claim by now.
    pub(super) fn remove(&self, id: Id, claim: i64) {
        let held = &mut self.state().held;
        if held.get(&id).is_some_and(|held| held.claim == claim) {
            held.remove(&id);
        }
    }

    /// The tasks that have been held for as long or longer, each with its claim.
    pub(super) fn held_for(&self, duration: Duration) -> Vec<(Id, i64)> {
        let state = self.state();
        let held = state
            .held
            .iter()
            .filter(|(_, held)| held.since.elapsed() >= duration);
        held.map(|(id, held)| (*id, held.claim)).collect()
    }

    /// Stops one of the tasks, unless it is held under another claim by now.
    pub(super) fn cancel(&self, id: Id, claim: i64) {
        let state = self.state();
        if let Some(held) = state.held.get(&id).filter(|held| held.claim == claim) {
            held.cancellation.cancel();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
