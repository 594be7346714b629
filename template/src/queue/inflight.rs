//! The tasks that a worker holds at the moment.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::ledger::Claimed;
use crate::id::Id;

/// The tasks that a worker has claimed and not yet written back.
#[derive(Default)]
pub(super) struct InFlight {
    held: Mutex<HashMap<Id, Held>>,
}

struct Held {
    claim: i64,
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

    /// The tasks that are held, each with its claim.
    pub(super) fn claims(&self) -> Vec<(Id, i64)> {
        let held = self.held();
        held.iter().map(|(id, held)| (*id, held.claim)).collect()
    }

    /// The tasks that are held.
    pub(super) fn ids(&self) -> Vec<Id> {
        self.held().keys().copied().collect()
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
