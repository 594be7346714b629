//! NATS as the broker: a JetStream stream of task ids, with a consumer for each queue. Needs
//! NATS 2.9 or later.

use std::error::Error;
use std::fmt::Write as _;
use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::stream::{self, RetentionPolicy, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, ServerAddr};
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use crate::config::Config;
use crate::db::Database;
use crate::id::Id;
use crate::queue::Message;

/// The stream. It has the service's name, so that services can share a NATS.
const STREAM: &str = concat!(env!("CARGO_PKG_NAME"), "-queue");

/// How long a worker waits for a message before it asks again. A connection that breaks meanwhile
/// takes the question with it.
const WAIT: Duration = Duration::from_secs(1);

/// How long NATS may take to answer, or to accept a connection.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The pause before NATS is looked for again.
const RECONNECT_DELAY: Duration = Duration::from_millis(250);

/// What a worker has received and not settled for so long goes to another one.
const SETTLE_WAIT: Duration = Duration::from_secs(5);

/// Why the transport did not do it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TransportError(Box<dyn Error + Send + Sync>);

impl<K> From<async_nats::error::Error<K>> for TransportError
where
    K: Clone + Debug + Display + PartialEq + Send + Sync + 'static,
{
    fn from(error: async_nats::error::Error<K>) -> Self {
        Self(error.into())
    }
}

/// The connection to NATS.
pub(in crate::queue) struct Transport {
    connection: Arc<Connection>,
}

impl Transport {
    /// Whether messages can be lost on the way, or never be sent.
    pub(in crate::queue) const NEEDS_RELAY: bool = true;

    pub(in crate::queue) fn new(
        config: &Config,
        _db: Database,
        _names: Vec<&'static str>,
    ) -> anyhow::Result<Self> {
        let server = config.broker.url.expose_secret().parse();
        let server = server.map_err(|error| anyhow::anyhow!("BROKER_URL: {error}"))?;
        let connection = Connection {
            server,
            context: OnceCell::new(),
        };
        Ok(Self {
            connection: Arc::new(connection),
        })
    }

    /// Sends the messages to the workers.
    pub(in crate::queue) async fn publish(
        &self,
        messages: &[Message],
    ) -> Result<(), TransportError> {
        let context = self.connection.context().await?;
        in_time(send(context, messages)).await
    }

    /// What a worker receives the messages of a queue with.
    pub(in crate::queue) fn consumer(&self, queue: &str) -> Consumer {
        Consumer {
            connection: Arc::clone(&self.connection),
            queue: queue.to_owned(),
            consumer: None,
            unsettled: Vec::new(),
        }
    }

    /// How many messages the broker holds for the queue.
    pub(in crate::queue) async fn depth(&self, queue: &str) -> Result<i64, TransportError> {
        let consumer = self.connection.consumer(queue).await?;
        let pending = consumer.cached_info().num_pending;
        Ok(i64::try_from(pending).unwrap_or(i64::MAX))
    }

    /// Asks the broker for an answer.
    pub(in crate::queue) async fn ping(&self) -> Result<(), TransportError> {
        let context = self.connection.context().await?;
        in_time(stream(context)).await.map(drop)
    }
}

/// A connection to NATS that comes back by itself.
struct Connection {
    server: ServerAddr,
    context: OnceCell<Context>,
}

impl Connection {
    /// JetStream at the other end, unless NATS is known to be away.
    async fn context(&self) -> Result<&Context, TransportError> {
        // The limit includes the wait for others who try it, one after the other.
        let context = self.context.get_or_try_init(|| connect(&self.server));
        let context = in_time(context).await?;
        if context.client().connection_state() == State::Connected {
            Ok(context)
        } else {
            Err(TransportError("there is no connection to NATS".into()))
        }
    }

    /// The consumer that all workers of a queue share. It may have been deleted at any time.
    async fn consumer(&self, queue: &str) -> Result<PullConsumer, TransportError> {
        let context = self.context().await?;
        let config = pull::Config {
            durable_name: Some(token(queue)),
            filter_subject: subject(queue),
            ack_wait: SETTLE_WAIT,
            // Workers that receive a lot at once are not to wait for the acknowledgements of others.
            max_ack_pending: -1,
            ..pull::Config::default()
        };
        in_time(async {
            let stream = stream(context).await?;
            Ok(stream.get_or_create_consumer(&token(queue), config).await?)
        })
        .await
    }
}

/// Waits for tasks of a queue.
pub(in crate::queue) struct Consumer {
    connection: Arc<Connection>,
    queue: String,
    consumer: Option<PullConsumer>,
    /// The messages that were received last.
    unsettled: Vec<jetstream::Message>,
}

impl Consumer {
    /// Waits until there is something to look at. `None` is whatever the ledger says is due.
    pub(in crate::queue) async fn next(
        &mut self,
        limit: usize,
    ) -> Result<Option<Vec<Id>>, TransportError> {
        // A consumer that has failed is looked up again.
        let consumer = match self.consumer.take() {
            Some(consumer) => consumer,
            None => self.connection.consumer(&self.queue).await?,
        };
        loop {
            self.connection.context().await?;
            let there = consumer.fetch().max_messages(limit);
            let mut received = in_time(async { receive(there.messages().await?).await }).await?;
            if received.is_empty() {
                // One is enough to know that there are some, which come next.
                let next = consumer.batch().max_messages(1).expires(WAIT);
                received = in_time(async { receive(next.messages().await?).await }).await?;
            }
            if !received.is_empty() {
                self.consumer = Some(consumer);
                self.unsettled = received;
                return Ok(Some(parse(&self.unsettled)));
            }
        }
    }

    /// Has JetStream forget what was received last: it is claimed by now.
    pub(in crate::queue) async fn settle(&mut self) -> Result<(), TransportError> {
        for message in self.unsettled.drain(..) {
            message.ack().await.map_err(TransportError)?;
        }
        Ok(())
    }
}

async fn connect(server: &ServerAddr) -> Result<Context, TransportError> {
    let options = ConnectOptions::new()
        .name(env!("CARGO_PKG_NAME"))
        .connection_timeout(TIMEOUT)
        .request_timeout(Some(TIMEOUT))
        // Two that are not answered end the connection.
        .ping_interval(TIMEOUT)
        .reconnect_delay_callback(|_| RECONNECT_DELAY);
    let decode = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    // The client does not read them from the URL by itself.
    let options = match (server.username(), server.password()) {
        (Some(user), Some(password)) => options.user_and_password(decode(user), decode(password)),
        (Some(token), None) => options.token(decode(token)),
        (None, _) => options,
    };
    Ok(jetstream::new(options.connect(server).await?))
}

/// The stream, which is created if it is not there.
async fn stream(context: &Context) -> Result<Stream, TransportError> {
    let config = stream::Config {
        name: STREAM.to_owned(),
        subjects: vec![format!("{STREAM}.*")],
        // What is acknowledged is gone.
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        ..stream::Config::default()
    };
    Ok(context.get_or_create_stream(config).await?)
}

/// Sends all messages, then waits until JetStream has stored each.
async fn send(context: &Context, messages: &[Message]) -> Result<(), TransportError> {
    let send_all = || {
        try_join_all(messages.iter().map(async |message| {
            let id = message.id.to_string();
            let ack = context.publish(subject(&message.queue), id.into()).await?;
            ack.await
        }))
    };
    match send_all().await {
        Err(error) if error.kind() == PublishErrorKind::StreamNotFound => {
            stream(context).await?;
            send_all().await?;
        }
        sent => drop(sent?),
    }
    Ok(())
}

async fn receive(mut batch: pull::Batch) -> Result<Vec<jetstream::Message>, TransportError> {
    let mut received = Vec::new();
    while let Some(message) = batch.next().await {
        received.push(message.map_err(TransportError)?);
    }
    Ok(received)
}

async fn in_time<T>(
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    let done = tokio::time::timeout(TIMEOUT, work).await;
    done.unwrap_or_else(|_| Err(TransportError("NATS did not answer in time".into())))
}

fn subject(queue: &str) -> String {
    format!("{STREAM}.{}", token(queue))
}

/// The name of the queue as NATS can have it, which knows no spaces, dots and stars in names.
fn token(queue: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    if queue.bytes().all(|byte| plain(&byte)) {
        return queue.to_owned();
    }
    queue.bytes().fold("=".to_owned(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The ids among what was in the stream: what is none was not put there by this service.
fn parse(messages: &[jetstream::Message]) -> Vec<Id> {
    let ids = messages.iter().filter_map(|message| {
        let id = str::from_utf8(&message.payload).ok()?;
        id.parse().ok()
    });
    ids.collect()
}
