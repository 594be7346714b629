//! Only workers of this process wake those who wait: what others write is seen by looking again.

use std::sync::Arc;

use super::board::{Board, Waiting};
use crate::db::Database;
use crate::id::Id;

/// Those who wait for something to happen to a task.
pub(in crate::queue) struct Waiters(Arc<Board>);

impl Waiters {
    pub(in crate::queue) fn new(_db: &Database) -> Self {
        Self(Arc::default())
    }

    /// Joins those who wait for the task.
    pub(in crate::queue) fn join(&self, id: Id) -> Waiting {
        self.0.join(id)
    }

    /// Has everybody who waits for the task look at it.
    pub(in crate::queue) fn wake(&self, id: Id) {
        self.0.wake(id);
    }
}
