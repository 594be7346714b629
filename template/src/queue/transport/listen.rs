//! What another process enqueued is seen at once on PostgreSQL: it sends a notification.
//!
//! It is sent after the commit, by a task of its own, so that nobody waits for it and many at once
//! are announced once. If one is lost, or a proxy between here and the server passes none on, the
//! worker sees the task when it looks again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures_util::StreamExt;
use futures_util::stream::poll_fn;
use tokio::sync::watch;
use tokio_postgres::AsyncMessage;
use tokio_util::task::AbortOnDropHandle;

use crate::config::Config;
use crate::db::{self, Database, Server};
use crate::id::Id;

const CHANNEL: &str = "tasks_enqueued";

/// How long what another process enqueued waits to be seen if its notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The same while there is no connection to receive any.
const DEAF_POLL_INTERVAL: Duration = Duration::from_millis(25);

/// The pause before that connection is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes workers when there may be something to do.
pub(super) struct Wakeup {
    /// Tells this process from others.
    process: Id,
    db: Database,
    server: Server,
    wake: watch::Sender<()>,
    hears: Arc<AtomicBool>,
    announcer: OnceLock<(watch::Sender<()>, AbortOnDropHandle<()>)>,
    listener: OnceLock<AbortOnDropHandle<()>>,
}

impl Wakeup {
    pub(super) fn new(config: &Config, db: &Database) -> anyhow::Result<Self> {
        Ok(Self {
            process: Id::new(),
            db: db.clone(),
            server: Server::new(&config.database)?,
            wake: watch::Sender::new(()),
            hears: Arc::default(),
            announcer: OnceLock::new(),
            listener: OnceLock::new(),
        })
    }

    /// Wakes the workers of this process now, and those of others soon.
    pub(super) fn ring(&self) {
        self.wake.send_replace(());
        let (enqueued, _) = self.announcer.get_or_init(|| {
            let (sender, receiver) = watch::channel(());
            let announcer = announce(self.db.clone(), self.process, receiver);
            (sender, AbortOnDropHandle::new(tokio::spawn(announcer)))
        });
        enqueued.send_replace(());
    }

    /// What a worker of this process is woken by.
    pub(super) fn subscribe(&self) -> Alarm {
        self.listener.get_or_init(|| {
            let hears = Arc::clone(&self.hears);
            let listener = listen(self.server.clone(), self.process, self.wake.clone(), hears);
            AbortOnDropHandle::new(tokio::spawn(listener))
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
async fn announce(db: Database, process: Id, mut enqueued: watch::Receiver<()>) {
    let notify = format!("NOTIFY {CHANNEL}, '{process}'");
    while enqueued.changed().await.is_ok() {
        let notified = async {
            let mut conn = db.connection().await?;
            Ok::<_, db::Error>(conn.batch_execute(&notify).await?)
        };
        if let Err(error) = notified.await {
            tracing::warn!(%error, "other processes learn later of what was enqueued");
        }
    }
}

/// Passes on what other processes announce.
async fn listen(server: Server, process: Id, wake: watch::Sender<()>, hears: Arc<AtomicBool>) {
    loop {
        let ended = listen_once(&server, &process.to_string(), &wake, &hears).await;
        hears.store(false, Ordering::Relaxed);
        let error = ended
            .err()
            .map(|error| format!("{:#}", anyhow::Error::from(error)));
        tracing::warn!(
            error,
            "the connection for notifications ended, polling until it is back"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Does so until the connection ends.
async fn listen_once(
    server: &Server,
    process: &str,
    wake: &watch::Sender<()>,
    hears: &AtomicBool,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = server.connect().await?;
    let mut messages = poll_fn(move |cx| connection.poll_message(cx));
    let receive = async {
        while let Some(message) = messages.next().await {
            match message? {
                AsyncMessage::Notification(sent) if sent.payload() != process => {
                    wake.send_replace(());
                }
                _ => {}
            }
        }
        Ok(())
    };
    let subscribe = async {
        client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        hears.store(true, Ordering::Relaxed);
        // Something may have been announced just before.
        wake.send_replace(());
        std::future::pending().await
    };
    tokio::select! {
        ended = receive => ended,
        failed = subscribe => failed,
    }
}
