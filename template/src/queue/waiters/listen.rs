//! Those who wait are woken by the workers of all processes on PostgreSQL: these send a
//! notification.
//!
//! It is sent after results and progress were written down, by a task of its own, so that no worker
//! waits for it and many at once are announced together. If one is lost, whoever waits for it sees
//! what was written when they look again.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::board::{Board, Waiting};
use crate::db::{Channel, Database, Heard};
use crate::id::Id;

const CHANNEL: &str = "tasks_written";

/// Between two notifications that are not full, more tasks may be written to.
const GATHERING: Duration = Duration::from_millis(20);

/// How many tasks may wait to be announced. The others are not announced.
const MAX_UNANNOUNCED: usize = 10_000;

/// Those who wait for something to happen to a task.
pub(in crate::queue) struct Waiters {
    channel: Channel,
    board: Arc<Board>,
    announcer: OnceLock<(mpsc::Sender<Id>, AbortOnDropHandle<()>)>,
    listener: OnceLock<AbortOnDropHandle<()>>,
}

impl Waiters {
    pub(in crate::queue) fn new(db: &Database) -> Self {
        Self {
            channel: Channel::new(CHANNEL, db),
            board: Arc::default(),
            announcer: OnceLock::new(),
            listener: OnceLock::new(),
        }
    }

    /// Joins those who wait for the task. From the first of them on, this process listens.
    pub(in crate::queue) fn join(&self, id: Id) -> Waiting {
        self.listener.get_or_init(|| {
            let board = Arc::clone(&self.board);
            self.channel.listen(move |heard| {
                if let Heard::Ids(written) = heard {
                    written.into_iter().for_each(|id| board.wake(id));
                }
            })
        });
        self.board.join(id)
    }

    /// Has everybody who waits for the task look at it: here now, in other processes soon.
    pub(in crate::queue) fn wake(&self, id: Id) {
        self.board.wake(id);
        let (written, _) = self.announcer.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MAX_UNANNOUNCED);
            let announcer = announce(self.channel.clone(), receiver);
            (sender, AbortOnDropHandle::new(tokio::spawn(announcer)))
        });
        let _ = written.try_send(id);
    }
}

/// Tells other processes which tasks were written to.
async fn announce(channel: Channel, mut written: mpsc::Receiver<Id>) {
    let mut ids = Vec::with_capacity(Channel::MAX_IDS);
    while written.recv_many(&mut ids, Channel::MAX_IDS).await > 0 {
        if let Err(error) = channel.send(&ids).await {
            tracing::warn!(%error, "other processes learn later of what was written");
        }
        ids.clear();
        if written.len() < Channel::MAX_IDS {
            tokio::time::sleep(GATHERING).await;
        }
    }
}
