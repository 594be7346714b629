//! The database as its own broker: workers look into the ledger.
//!
//! Inside one process a worker is woken at once. What other processes enqueue is seen as soon as
//! the database allows.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Alarm, Wakeup};
use crate::config::Config;
use crate::db::{self, Database};
use crate::id::Id;
use crate::queue::Message;
use crate::queue::ledger::claims::{claimable, is_queued};
use crate::schema::tasks;

/// Why the transport did not do it.
pub type TransportError = db::Error;

/// Wakes the workers.
pub(in crate::queue) struct Transport {
    db: Database,
    names: Vec<&'static str>,
    wakeup: Wakeup,
}

impl Transport {
    /// Whether messages can be lost on the way, or never be sent.
    pub(in crate::queue) const NEEDS_RELAY: bool = false;

    pub(in crate::queue) fn new(
        _config: &Config,
        db: Database,
        names: Vec<&'static str>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            wakeup: Wakeup::new(&db),
            db,
            names,
        })
    }

    /// Sends the messages to the workers.
    pub(in crate::queue) async fn publish(
        &self,
        _messages: &[Message],
    ) -> Result<(), TransportError> {
        self.wakeup.ring();
        Ok(())
    }

    /// What a worker receives the messages of a queue with.
    pub(in crate::queue) fn consumer(&self, queue: &str) -> Consumer {
        Consumer {
            db: self.db.clone(),
            names: self.names.clone(),
            queue: queue.to_owned(),
            alarm: self.wakeup.subscribe(),
        }
    }

    /// How many messages the broker holds for the queue.
    pub(in crate::queue) async fn depth(&self, queue: &str) -> Result<i64, TransportError> {
        let mut conn = self.db.connection().await?;
        let queued = tasks::table
            .filter(is_queued())
            .filter(tasks::queue.eq(queue));
        Ok(queued.count().get_result(&mut conn).await?)
    }

    /// Asks the broker for an answer.
    pub(in crate::queue) async fn ping(&self) -> Result<(), TransportError> {
        self.db.ping().await
    }
}

/// Waits for tasks of a queue.
pub(in crate::queue) struct Consumer {
    db: Database,
    names: Vec<&'static str>,
    queue: String,
    alarm: Alarm,
}

impl Consumer {
    /// Waits until there is something to look at. `None` is whatever the ledger says is due.
    pub(in crate::queue) async fn next(
        &mut self,
        _limit: usize,
    ) -> Result<Option<Vec<Id>>, TransportError> {
        loop {
            self.alarm.reset();
            let mut conn = self.db.connection().await?;
            let due = claimable(&self.names).filter(tasks::queue.eq(&self.queue));
            if diesel::select(exists(due)).get_result(&mut conn).await? {
                return Ok(None);
            }
            drop(conn);
            self.alarm.rings().await;
        }
    }
    /// What was looked at is claimed by now, which the ledger knows.
    pub(in crate::queue) async fn settle(&mut self) -> Result<(), TransportError> {
        Ok(())
    }
}
