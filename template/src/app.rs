//! What handlers and tasks share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use tokio_util::sync::CancellationToken;

use crate::auth::Verifier;
use crate::client::Client;
use crate::config::Config;
use crate::db::{self, Database, DbConnection, PooledConnection, TransactionError, Tx, Work};
use crate::flags::Flags;
use crate::queue::{Queue, TaskList};
use crate::readiness::Readiness;
use crate::streams::Streams;
use crate::tasks;

/// The service: one for the API, the worker and the scheduler of a process.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Database,
    /// The way to the workers.
    pub queue: Arc<Queue>,
    /// Whether both answer.
    pub readiness: Readiness,
    /// Judges bearer tokens.
    pub auth: Verifier,
    /// Which features are on.
    pub flags: Flags,
    /// Calls other services.
    pub http: Arc<Client>,
    /// What is open until a client leaves.
    pub streams: Streams,
    /// Is cancelled when the process is to stop.
    pub stopping: CancellationToken,
}

impl App {
    /// Puts the parts together.
    ///
    /// Database and broker are connected to when they are first needed, so the service starts
    /// without them and says in its readiness what is missing.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let mut list = TaskList::default();
        tasks::register(&mut list);
        Self::with_tasks(config, list)
    }

    /// Like [`new`](Self::new), with other tasks than those of this service.
    pub fn with_tasks(config: Config, tasks: TaskList) -> anyhow::Result<Self> {
        let db = Database::new(&config)?;
        let http = Arc::new(Client::new(&config.client)?);
        let stopping = CancellationToken::new();
        Ok(Self {
            queue: Arc::new(Queue::new(&config, db.clone(), tasks)?),
            readiness: Readiness::default(),
            auth: Verifier::new(&config, &http)?,
            flags: Flags::new(config.flags.clone()),
            streams: Streams::new(&config.streams, stopping.clone()),
            stopping,
            http,
            db,
            config,
        })
    }

    /// A connection to read with.
    pub async fn connection(&self) -> Result<PooledConnection, db::Error> {
        self.db.connection().await
    }

    /// A connection to write one statement with. Statements that belong together, and a task that
    /// belongs to one, want a [`transaction`](Self::transaction), which also is repeated where this
    /// one fails because others are in the way.
    ///
    /// With SQLite no other writer of this process has its turn meanwhile, so it is not kept for longer.
    pub async fn writer(&self) -> Result<impl DerefMut<Target = DbConnection> + Send, db::Error> {
        self.db.writer().await
    }

    /// Runs `work` in a transaction, which is committed if `work` succeeds and rolled back if not.
    ///
    /// Tasks that `work` enqueues are sent to the workers after the commit, and never if there is
    /// none. When the transaction loses against another one (busy, deadlock) it is repeated, so
    /// `work` must do nothing but database work.
    pub async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        for<'r> F: AsyncFn(&'r mut Tx) -> Result<T, E>
            + Work<&'r mut Tx, Result<T, E>, Running: Send>
            + Send
            + Sync,
        T: Send,
        E: TransactionError,
    {
        let (value, messages) = self.db.transaction(work).await?;
        if !messages.is_empty() {
            self.queue.publish(messages).await;
        }
        Ok(value)
    }
}

/// The service, as handlers get it.
#[derive(Clone, FromRequestParts)]
#[from_request(via(State))]
pub struct AppState(pub Arc<App>);

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}
