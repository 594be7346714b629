//! Redis as the broker: a list of task ids for each queue. Needs Redis 7 or later.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncCommands, AsyncConnectionConfig, Client, Direction, RedisResult};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::db::Database;
use crate::id::Id;
use crate::queue::Message;

/// How long a worker waits in Redis before it asks again.
const BLOCK_SECS: f64 = 5.0;

/// How long Redis may take to answer, or to accept a connection.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why the transport did not do it.
pub type TransportError = redis::RedisError;

/// The connection to Redis.
pub(in crate::queue) struct Transport {
    client: Client,
    shared: OnceCell<ConnectionManager>,
}

impl Transport {
    /// Whether messages can be lost on the way, or never be sent.
    pub(in crate::queue) const NEEDS_RELAY: bool = true;

    pub(in crate::queue) fn new(
        config: &Config,
        _db: Database,
        _names: Vec<&'static str>,
    ) -> anyhow::Result<Self> {
        // The first one wins; there is only this one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::open(config.broker.url.expose_secret())
            .map_err(|error| anyhow::anyhow!("BROKER_URL: {error}"))?;
        Ok(Self {
            client,
            shared: OnceCell::new(),
        })
    }

    /// Sends the messages to the workers.
    pub(in crate::queue) async fn publish(
        &self,
        messages: &[Message],
    ) -> Result<(), TransportError> {
        let mut pipe = redis::pipe();
        for message in messages {
            pipe.rpush(key(&message.queue), message.id.to_string())
                .ignore();
        }
        pipe.query_async(&mut self.shared().await?).await
    }

    /// What a worker receives the messages of a queue with.
    pub(in crate::queue) fn consumer(&self, queue: &str) -> Consumer {
        Consumer {
            client: self.client.clone(),
            key: key(queue),
            conn: None,
        }
    }

    /// How many messages the broker holds for the queue.
    pub(in crate::queue) async fn depth(&self, queue: &str) -> Result<i64, TransportError> {
        self.shared().await?.llen(key(queue)).await
    }

    /// Asks the broker for an answer.
    pub(in crate::queue) async fn ping(&self) -> Result<(), TransportError> {
        self.shared().await?.ping().await
    }

    /// The connection for everything that answers at once. Comes back by itself.
    async fn shared(&self) -> RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(1);
        let connect = || self.client.get_connection_manager_with_config(config);
        self.shared.get_or_try_init(connect).await.cloned()
    }
}

/// Waits for tasks of a queue, on a connection of its own. It is closed with it, so that Redis
/// hands nothing to a worker that no longer listens.
pub(in crate::queue) struct Consumer {
    client: Client,
    key: String,
    conn: Option<MultiplexedConnection>,
}

impl Consumer {
    /// Waits until there is something to look at. `None` is whatever the ledger says is due.
    pub(in crate::queue) async fn next(
        &mut self,
        limit: usize,
    ) -> Result<Option<Vec<Id>>, TransportError> {
        // A connection that has failed is not used again.
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.connect().await?,
        };
        loop {
            let popped: Option<(String, Vec<String>)> = conn
                .blmpop(BLOCK_SECS, 1, &self.key, Direction::Left, limit)
                .await?;
            if let Some((_, ids)) = popped {
                self.conn = Some(conn);
                return Ok(Some(parse(&ids)));
            }
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT + Duration::from_secs_f64(BLOCK_SECS)));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}

/// The list of the queue. It has the service's name, so that services can share a Redis.
fn key(queue: &str) -> String {
    format!("{}:queue:{queue}", env!("CARGO_PKG_NAME"))
}

/// The ids among what was in the list: what is none was not put there by this service.
fn parse(ids: &[String]) -> Vec<Id> {
    ids.iter().filter_map(|id| id.parse().ok()).collect()
}
