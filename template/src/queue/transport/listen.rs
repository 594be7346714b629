//! What another process enqueued is seen at once on PostgreSQL: it sends a notification.
//!
//! It is sent after the commit, by a task of its own, so that nobody waits for it and many at once
//! are announced once. If one is lost, or a proxy between here and the server passes none on, the
//! worker sees the task when it looks again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::db::{Channel, Database, Heard};

const CHANNEL: &str = "tasks_enqueued";

/// How long what another process enqueued waits to be seen if its notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The same while there is no connection to receive any.
const DEAF_POLL_INTERVAL: Duration = Duration::from_millis(25);

/// Wakes workers when there may be something to do.
pub(super) struct Wakeup {
    channel: Channel,
    wake: watch::Sender<()>,
    hears: Arc<AtomicBool>,
    announcer: OnceLock<(watch::Sender<()>, AbortOnDropHandle<()>)>,
    listener: OnceLock<AbortOnDropHandle<()>>,
}

impl Wakeup {
    pub(super) fn new(db: &Database) -> Self {
        Self {
            channel: Channel::new(CHANNEL, db),
            wake: watch::Sender::new(()),
            hears: Arc::default(),
            announcer: OnceLock::new(),
            listener: OnceLock::new(),
        }
    }

    /// Wakes the workers of this process now, and those of others soon.
    pub(super) fn ring(&self) {
        self.wake.send_replace(());
        let (enqueued, _) = self.announcer.get_or_init(|| {
            let (sender, receiver) = watch::channel(());
            let announcer = announce(self.channel.clone(), receiver);
            (sender, AbortOnDropHandle::new(tokio::spawn(announcer)))
        });
        enqueued.send_replace(());
    }

    /// What a worker of this process is woken by.
    pub(super) fn subscribe(&self) -> Alarm {
        self.listener.get_or_init(|| {
            let (wake, hears) = (self.wake.clone(), Arc::clone(&self.hears));
            self.channel.listen(move |heard| {
                hears.store(!matches!(heard, Heard::Closed), Ordering::Relaxed);
                wake.send_replace(());
            })
        });
        Alarm {
            wake: self.wake.subscribe(),
            hears: Arc::clone(&self.hears),
        }
    }
}

/// Wakes a worker.
pub(super) struct Alarm {
    wake: watch::Receiver<()>,
    hears: Arc<AtomicBool>,
}

impl Alarm {
    /// Forgets what rang before now.
    pub(super) fn reset(&mut self) {
        self.wake.mark_unchanged();
    }

    /// Waits until it rings, or until it is time to look anyway.
    pub(super) async fn rings(&mut self) {
        let interval = match self.hears.load(Ordering::Relaxed) {
            true => POLL_INTERVAL,
            false => DEAF_POLL_INTERVAL,
        };
        let _ = tokio::time::timeout(interval, self.wake.changed()).await;
    }
}

/// Tells other processes that something was enqueued.
async fn announce(channel: Channel, mut enqueued: watch::Receiver<()>) {
    while enqueued.changed().await.is_ok() {
        if let Err(error) = channel.send(&[]).await {
            tracing::warn!(%error, "other processes learn later of what was enqueued");
        }
    }
}
