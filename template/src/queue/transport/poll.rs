//! What another process enqueued is seen by looking often, which costs a few microseconds a look.

use std::time::Duration;

use tokio::sync::watch;

use crate::db::Database;

/// How long what another process enqueued waits to be seen.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Wakes workers when there may be something to do.
pub(super) struct Wakeup(watch::Sender<()>);

impl Wakeup {
    pub(super) fn new(_db: &Database) -> Self {
        Self(watch::Sender::new(()))
    }

    /// Wakes the workers of this process.
    pub(super) fn ring(&self) {
        self.0.send_replace(());
    }

    /// What a worker of this process is woken by.
    pub(super) fn subscribe(&self) -> Alarm {
        Alarm(self.0.subscribe())
    }
}

/// Wakes a worker.
pub(super) struct Alarm(watch::Receiver<()>);

impl Alarm {
    /// Forgets what rang before now.
    pub(super) fn reset(&mut self) {
        self.0.mark_unchanged();
    }

    /// Waits until it rings, or until it is time to look anyway.
    pub(super) async fn rings(&mut self) {
        let _ = tokio::time::timeout(POLL_INTERVAL, self.0.changed()).await;
    }
}
