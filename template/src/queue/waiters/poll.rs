//! Only workers of this process wake those who wait: what others end is seen by looking again.

use super::board::{Board, Waiting};
use crate::db::Database;
use crate::id::Id;

/// Those who wait for the end of a task.
pub(in crate::queue) struct Waiters(Board);

impl Waiters {
    pub(in crate::queue) fn new(_db: &Database) -> Self {
        Self(Board::default())
    }

    /// Joins those who wait for the task.
    pub(in crate::queue) fn join(&self, id: Id) -> Waiting<'_> {
        self.0.join(id)
    }

    /// Has everybody who waits for the task look at it.
    pub(in crate::queue) fn wake(&self, id: Id) {
        self.0.wake(id);
    }
}
