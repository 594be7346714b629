//! The connection pool.

use std::sync::Arc;
use std::time::Instant;

use deadpool::{Runtime, Status};
use diesel_async::pooled_connection::deadpool::{Object, Pool};

use super::{DbConnection, Error, WriteGate, ping, pool_builder};
use crate::config::Config;
use crate::metrics;

/// A connection that goes back to the pool when it is dropped.
pub type PooledConnection = Object<DbConnection>;

/// The database of this service. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool<DbConnection>,
    pub(super) gate: Arc<WriteGate>,
    pub(super) max_args_bytes: usize,
}

impl Database {
    /// Sets up the pool. Connections are opened when they are first needed.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let timeout = Some(config.database.pool_timeout);
        let pool = pool_builder(&config.database)?
            .max_size(config.database.pool_size)
            .wait_timeout(timeout)
            .create_timeout(timeout)
            .recycle_timeout(timeout)
            .runtime(Runtime::Tokio1)
            .build()?;
        Ok(Self {
            pool,
            gate: Arc::default(),
            max_args_bytes: config.worker.max_args_bytes,
        })
    }

    /// A connection from the pool.
    ///
    /// Fails with [`Error::Unavailable`] when none can be had within `DATABASE_POOL_TIMEOUT_MS`.
    pub async fn connection(&self) -> Result<PooledConnection, Error> {
        let asked_at = Instant::now();
        let connection = self.pool.get().await;
        metrics::record_pool_wait(asked_at.elapsed());
        Ok(connection?)
    }

    /// How many connections there are, and how many wait for one.
    pub(crate) fn pool_status(&self) -> Status {
        self.pool.status()
    }

    /// Asks the database for an answer.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut conn = self.connection().await?;
        Ok(ping(&mut conn).await?)
    }
}
