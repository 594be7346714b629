//! Those who wait in this process.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::id::Id;

/// Who waits, and for which task.
#[derive(Default)]
pub(super) struct Board(Mutex<HashMap<Id, Waiters>>);

/// Those who wait for one task.
#[derive(Default)]
struct Waiters {
    written: watch::Sender<()>,
    count: usize,
}

impl Board {
    /// Joins those who wait for the task.
    pub(super) fn join(self: &Arc<Self>, id: Id) -> Waiting {
        let mut board = self.lock();
        let waiters = board.entry(id).or_default();
        waiters.count += 1;
        Waiting {
            board: Arc::clone(self),
            id,
            written: waiters.written.subscribe(),
        }
    }

    /// Has everybody who waits for the task look at it.
    pub(super) fn wake(&self, id: Id) {
        if let Some(waiters) = self.lock().get(&id) {
            waiters.written.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Waiters>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a task.
pub(in crate::queue) struct Waiting {
    board: Arc<Board>,
    id: Id,
    written: watch::Receiver<()>,
}

impl Waiting {
    /// Ends when the task was written to since the last time.
    pub(in crate::queue) async fn woken(&mut self) {
        if self.written.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut board = self.board.lock();
        let Entry::Occupied(mut waiters) = board.entry(self.id) else {
            return;
        };
        waiters.get_mut().count -= 1;
        // The last one to leave turns off the light.
        if waiters.get().count == 0 {
            waiters.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_woken_and_forgotten() {
        let board = Arc::<Board>::default();
        let (id, other) = (Id::new(), Id::new());
        let (mut one, mut two) = (board.join(id), board.join(id));
        let mut three = board.join(other);
        board.wake(id);
        one.woken().await;
        two.woken().await;
        let woken = tokio::time::timeout(Duration::from_millis(20), three.woken()).await;
        assert!(woken.is_err());
        drop((one, three));
        assert_eq!(board.lock().len(), 1);
        drop(two);
        assert!(board.lock().is_empty());
    }
}
