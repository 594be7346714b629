//! What the processes of this service tell each other through the server.
//!
//! It arrives within milliseconds or never: what is sent while a listener has no connection is lost
//! on it, and some proxies pass nothing on. So nothing may depend on it but how soon something is
//! seen.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::deadpool::Object;
use futures_util::StreamExt;
use tokio_util::task::AbortOnDropHandle;

use crate::db::{self, Database};
use crate::id::Id;

/// The pause before a connection that ended is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// What a listener is told.
#[derive(Debug)]
pub(crate) enum Heard {
    /// From here on it hears everything, and may have missed what was sent before.
    Open,
    /// What another process sent.
    Ids(Vec<Id>),
    /// From here on it hears nothing until the channel is open again.
    Closed,
}

/// A channel that the processes of this service share.
#[derive(Clone)]
pub(crate) struct Channel {
    name: &'static str,
    /// Tells this process from others.
    process: Id,
    db: Database,
}

impl Channel {
    /// The most ids that are sent at once. A notification has less than 8,000 bytes.
    pub(crate) const MAX_IDS: usize = 200;

    /// The channel with this name, to which nobody listens yet.
    pub(crate) fn new(name: &'static str, db: &Database) -> Self {
        Self {
            name,
            process: Id::new(),
            db: db.clone(),
        }
    }

    /// Sends the ids to those other processes that listen.
    ///
    /// If there are none, as is known from the lock that they share, the server has nothing to
    /// write: a notification is a commit of its own.
    pub(crate) async fn send(&self, ids: &[Id]) -> Result<(), db::Error> {
        let Self { name, process, .. } = self;
        let ids = ids
            .iter()
            .fold(String::new(), |ids, id| ids + &format!(" {id}"));
        let notify = format!(
            "SELECT pg_notify('{name}', '{process}{ids}') \
             WHERE NOT pg_try_advisory_xact_lock(hashtext('{name}'))"
        );
        let mut conn = self.db.connection().await?;
        Ok(conn.batch_execute(&notify).await?)
    }

    /// Tells `hear` what other processes send, over a connection of its own, until the handle is
    /// dropped.
    pub(crate) fn listen(
        &self,
        hear: impl Fn(Heard) + Send + Sync + 'static,
    ) -> AbortOnDropHandle<()> {
        let channel = self.clone();
        AbortOnDropHandle::new(tokio::spawn(async move {
            loop {
                let ended = channel.listen_once(&hear).await;
                hear(Heard::Closed);
                let error = ended.err().map(|error| error.to_string());
                tracing::warn!(
                    channel = channel.name,
                    error,
                    "the connection for notifications ended, polling until it is back"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }))
    }

    /// Does so until the connection ends.
    async fn listen_once(&self, hear: &(impl Fn(Heard) + Sync)) -> Result<(), db::Error> {
        let name = self.name;
        // It does not go back to the pool, where others would be told what they have not asked for.
        let mut conn = Object::take(self.db.connection().await?);
        conn.batch_execute(&format!(
            "LISTEN {name}; SELECT pg_advisory_lock_shared(hashtext('{name}'))"
        ))
        .await?;
        hear(Heard::Open);
        let mut sent = std::pin::pin!(conn.notifications_stream());
        while let Some(sent) = sent.next().await {
            let sent = sent?;
            let mut ids = sent.payload.split(' ').filter_map(|id| id.parse().ok());
            if ids.next() != Some(self.process) {
                hear(Heard::Ids(ids.collect()));
            }
        }
        Ok(())
    }
}
