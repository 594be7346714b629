//! Redis as the broker: a stream of task ids for each queue. Needs Redis 7 or later.

use std::time::{Duration, Instant};
use std::{io, mem};

use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::streams::{
    StreamAutoClaimOptions, StreamAutoClaimReply, StreamId, StreamReadOptions, StreamReadReply,
};
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisResult};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::db::Database;
use crate::id::Id;
use crate::queue::Message;

/// The group that all workers belong to, of whom Redis knows no names: each message is for one.
const GROUP: &str = "workers";
const WORKER: &str = "worker";

/// The field of an entry that has the id of the task.
const TASK: &str = "task";

/// How long a worker waits in Redis before it asks again.
const BLOCK: Duration = Duration::from_secs(5);

/// What a worker has received and not settled for so long goes to another one.
const SETTLE_WAIT: Duration = Duration::from_secs(5);

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
            let id = message.id.to_string();
            pipe.xadd(key(&message.queue), "*", &[(TASK, id)]).ignore();
        }
        pipe.query_async(&mut self.shared().await?).await
    }

    /// What a worker receives the messages of a queue with.
    pub(in crate::queue) fn consumer(&self, queue: &str) -> Consumer {
        Consumer {
            client: self.client.clone(),
            key: key(queue),
            conn: None,
            unsettled: Vec::new(),
            looked_for_unsettled: Instant::now(),
        }
    }

    /// How many messages the broker holds for the queue.
    pub(in crate::queue) async fn depth(&self, queue: &str) -> Result<i64, TransportError> {
        self.shared().await?.xlen(key(queue)).await
    }

    /// Asks the broker for an answer.
    pub(in crate::queue) async fn ping(&self) -> Result<(), TransportError> {
        self.shared().await?.ping().await
    }

    /// The connection for everything that answers at once. Comes back by itself. The limit includes
    /// the wait for others who try to connect, one after the other.
    async fn shared(&self) -> RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(1);
        let connect = || self.client.get_connection_manager_with_config(config);
        let shared = self.shared.get_or_try_init(connect);
        match tokio::time::timeout(TIMEOUT, shared).await {
            Ok(shared) => shared.cloned(),
            Err(late) => Err(io::Error::from(late).into()),
        }
    }
}

/// Waits for tasks of a queue, on a connection of its own. It is closed with it, so that Redis
/// hands nothing to a worker that no longer listens.
pub(in crate::queue) struct Consumer {
    client: Client,
    key: String,
    conn: Option<MultiplexedConnection>,
    /// The entries that were received last.
    unsettled: Vec<String>,
    looked_for_unsettled: Instant,
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
            let entries = match self.receive(&mut conn, limit).await {
                Err(error) if lacks_group(&error) => {
                    create_group(&mut conn, &self.key).await?;
                    continue;
                }
                received => received?,
            };
            if !entries.is_empty() {
                self.conn = Some(conn);
                let ids = parse(&entries);
                self.unsettled = entries.into_iter().map(|entry| entry.id).collect();
                return Ok(Some(ids));
            }
        }
    }

    /// Has Redis forget what was received last: it is claimed by now.
    pub(in crate::queue) async fn settle(&mut self) -> Result<(), TransportError> {
        let entries = mem::take(&mut self.unsettled);
        if entries.is_empty() {
            return Ok(());
        }
        let Some(mut conn) = self.conn.take() else {
            return Ok(());
        };
        let mut pipe = redis::pipe();
        pipe.xack(&self.key, GROUP, &entries).ignore();
        pipe.xdel(&self.key, &entries).ignore();
        pipe.query_async::<()>(&mut conn).await?;
        self.conn = Some(conn);
        Ok(())
    }

    /// Takes what somebody else has left unsettled, or what comes next.
    async fn receive(
        &mut self,
        conn: &mut MultiplexedConnection,
        limit: usize,
    ) -> RedisResult<Vec<StreamId>> {
        if self.looked_for_unsettled.elapsed() >= SETTLE_WAIT {
            let options = StreamAutoClaimOptions::default().count(limit);
            let left: StreamAutoClaimReply = conn
                .xautoclaim_options(&self.key, GROUP, WORKER, whole_ms(SETTLE_WAIT), 0, options)
                .await?;
            if !left.claimed.is_empty() {
                // There may be more.
                return Ok(left.claimed);
            }
            self.looked_for_unsettled = Instant::now();
        }
        let options = StreamReadOptions::default()
            .group(GROUP, WORKER)
            .count(limit)
            .block(whole_ms(BLOCK));
        let new: Option<StreamReadReply> =
            conn.xread_options(&[&self.key], &[">"], &options).await?;
        let streams = new.map_or_else(Vec::new, |new| new.keys);
        Ok(streams.into_iter().flat_map(|stream| stream.ids).collect())
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT + BLOCK));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}

/// The stream or its group is not there: nobody was here yet, or Redis has lost everything.
fn lacks_group(error: &TransportError) -> bool {
    matches!(error.code(), Some("NOGROUP" | "UNBLOCKED"))
}

async fn create_group(conn: &mut MultiplexedConnection, key: &str) -> RedisResult<()> {
    // From the first entry on: what was sent before anybody listened counts too.
    let created: RedisResult<()> = conn.xgroup_create_mkstream(key, GROUP, 0).await;
    created.or_else(|error| match error.code() {
        // Another worker was faster.
        Some("BUSYGROUP") => Ok(()),
        _ => Err(error),
    })
}

/// The stream of the queue. It has the service's name, so that services can share a Redis.
fn key(queue: &str) -> String {
    format!("{}:queue:{queue}", env!("CARGO_PKG_NAME"))
}

/// The ids among what was in the stream: what is none was not put there by this service.
fn parse(entries: &[StreamId]) -> Vec<Id> {
    let ids = entries.iter().filter_map(|entry| {
        let id: String = entry.get(TASK)?;
        id.parse().ok()
    });
    ids.collect()
}

fn whole_ms(duration: Duration) -> usize {
    usize::try_from(duration.as_millis()).unwrap_or(usize::MAX)
}
