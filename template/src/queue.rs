//! The task engine: a ledger in the service's own database, and a broker that only says
//! "look at this task now".
//!
//! A task is enqueued in the transaction that makes it necessary, and is a row of the ledger from
//! then on. The transport carries its id to a worker; the relay carries what the transport lost,
//! what became due and what a dead worker left behind. A worker claims tasks for the length of a
//! lease, runs them and writes down how they ended.

mod backend;
mod changes;
mod context;
mod delivered;
mod drain;
mod enqueue;
mod error;
mod execution;
mod fetch;
mod flow;
mod forget;
mod gauges;
pub mod heartbeat;
mod inflight;
mod leases;
pub mod ledger;
mod list;
mod maintenance;
mod outcome;
mod prefetch;
mod record;
mod retry;
mod schedule;
pub mod scheduler;
mod span;
mod task;
mod transport;
mod wait;
mod waiters;
pub mod worker;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use diesel::prelude::*;
use tokio::sync::Semaphore;
use tracing::Instrument;

pub use changes::{Change, ChangeKind, Changes};
pub use context::{TaskContext, request_id, with_request_id};
pub use drain::run_pending;
pub use enqueue::{EnqueueError, EnqueueOptions, enqueue_by_name};
pub use error::{TaskError, TaskResult};
pub use flow::Flow;
pub use list::TaskList;
pub use record::{TaskRecord, TaskState};
pub use schedule::{Schedule, ScheduleList};
pub use task::Task;
pub use transport::TransportError;
pub use wait::{WaitError, wait_for};

use crate::config::{Config, WorkerConfig};
use crate::db::{self, Backend, Database};
use crate::id::Id;
use crate::schema::tasks;
use transport::Transport;
use waiters::Waiters;

/// The most messages that are published in one go, for which the broker has one time limit.
const MAX_PUBLISHED: usize = 1_000;

/// The most messages that are on their way to the broker at once: of many more, the last would run
/// into the time limit only because of the first.
const MAX_ON_THEIR_WAY: usize = 2 * MAX_PUBLISHED;

/// How long messages wait until others have arrived: that of some 100,000 tasks that are enqueued at
/// once. The relay takes what waits for longer.
const TURN_PATIENCE: Duration = Duration::from_secs(60);

/// How long a request waits for a broker that does not answer. Its tasks are safe by then.
const PUBLISH_PATIENCE: Duration = Duration::from_millis(250);

/// What the transport carries: which task to look at.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub struct Message {
    /// The task.
    pub id: Id,
    /// The queue it waits in.
    pub queue: String,
}

/// The way to the workers.
pub struct Queue {
    db: Database,
    transport: Transport,
    tasks: TaskList,
    config: WorkerConfig,
    waiters: Waiters,
    on_their_way: Semaphore,
}

impl Queue {
    /// Sets up the transport. It connects when it is first needed.
    pub fn new(config: &Config, db: Database, tasks: TaskList) -> anyhow::Result<Self> {
        Ok(Self {
            transport: Transport::new(config, db.clone(), tasks.names())?,
            waiters: Waiters::new(&db),
            db,
            tasks,
            config: config.worker.clone(),
            on_their_way: Semaphore::new(MAX_ON_THEIR_WAY),
        })
    }

    /// The tasks that this service knows.
    pub fn tasks(&self) -> &TaskList {
        &self.tasks
    }

    /// The queues that this process serves: those of `WORKER_QUEUES`, or for `*` all that the list
    /// of tasks has.
    pub(crate) fn queues(&self) -> Vec<String> {
        let chosen = &self.config.queues;
        if !chosen.iter().any(|queue| queue == "*") {
            return chosen.clone();
        }
        self.tasks.queues().map(str::to_owned).collect()
    }

    /// Asks the broker for an answer.
    pub async fn ping(&self) -> Result<(), TransportError> {
        self.transport.ping().await
    }

    /// Tells the workers of committed tasks, for which the caller waits a moment.
    ///
    /// Never fails: the tasks are in the ledger, so whatever the broker does not take now, the
    /// relay brings to it later. It goes on when the moment is over or the caller goes away, so
    /// that a broker that takes long to connect to is connected to in the end.
    pub(crate) async fn publish(self: &Arc<Self>, messages: Vec<Message>) {
        let queue = Arc::clone(self);
        let sent = async move { queue.send(&messages).await };
        let published = tokio::spawn(sent.in_current_span());
        if let Ok(Err(error)) = tokio::time::timeout(PUBLISH_PATIENCE, published).await {
            tracing::error!(%error, "publishing ended early, the relay will do it");
        }
    }

    async fn send(&self, messages: &[Message]) {
        let mut chunks = messages.chunks(MAX_PUBLISHED);
        while let Some(chunk) = chunks.next() {
            let Err(error) = self.publish_in_turn(chunk).await else {
                continue;
            };
            tracing::warn!(%error, "publishing failed, the relay will do it");
            // Nor would the broker take the rest, and each time that would take as long to learn.
            for chunk in std::iter::once(chunk).chain(chunks.by_ref()) {
                self.leave_to_relay(chunk).await;
            }
        }
    }

    async fn publish_in_turn(&self, messages: &[Message]) -> anyhow::Result<()> {
        let turn = self
            .on_their_way
            .acquire_many(u32::try_from(messages.len())?);
        let turn = tokio::time::timeout(TURN_PATIENCE, turn).await;
        let _turn = turn.context("others are still on their way")??;
        Ok(self.transport.publish(messages).await?)
    }

    async fn leave_to_relay(&self, messages: &[Message]) {
        let ids: Vec<Id> = messages.iter().map(|message| message.id).collect();
        let unpublished = async {
            let mut conn = self.db.writer().await?;
            ledger::set_published(&mut conn, &ids, false).await?;
            Ok::<_, db::Error>(())
        };
        if let Err(error) = unpublished.await {
            tracing::warn!(%error, "the relay learns of them when they are overdue");
        }
    }
}
