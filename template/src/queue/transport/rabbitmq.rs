//! RabbitMQ as the broker: a durable queue of task ids for each queue. Needs RabbitMQ 3.10 or later.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::try_join_all;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::uri::AMQPUri;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind,
};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

use crate::config::Config;
use crate::db::Database;
use crate::id::Id;
use crate::queue::Message;

/// How long a worker waits for a message before it asks again.
const WAIT: Duration = Duration::from_secs(5);

/// How long RabbitMQ may take to answer, or to accept a connection.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that is silent for longer is given up.
const HEARTBEAT_SECS: u16 = 5;

/// The delivery mode of messages that are written to disk.
const PERSISTENT: u8 = 2;

/// Why the transport did not do it.
pub type TransportError = lapin::Error;

/// The connection to RabbitMQ.
pub(in crate::queue) struct Transport {
    uri: AMQPUri,
    shared: Mutex<Option<Channel>>,
}

impl Transport {
    /// Whether messages can be lost on the way, or never be sent.
    pub(in crate::queue) const NEEDS_RELAY: bool = true;

    pub(in crate::queue) fn new(
        config: &Config,
        _db: Database,
        _names: Vec<&'static str>,
    ) -> anyhow::Result<Self> {
        let uri = config.broker.url.expose_secret().parse();
        let mut uri: AMQPUri = uri.map_err(|error| anyhow::anyhow!("BROKER_URL: {error}"))?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECS);
        Ok(Self {
            uri,
            shared: Mutex::default(),
        })
    }

    /// Sends the messages to the workers.
    pub(in crate::queue) async fn publish(
        &self,
        messages: &[Message],
    ) -> Result<(), TransportError> {
        let channel = self.shared().await?;
        in_time(send(&channel, messages)).await
    }

    /// What a worker receives the messages of a queue with.
    pub(in crate::queue) fn consumer(&self, queue: &str) -> Consumer {
        Consumer {
            uri: self.uri.clone(),
            queue: name(queue),
            channel: None,
            unsettled: None,
        }
    }

    /// How many messages the broker holds for the queue.
    pub(in crate::queue) async fn depth(&self, queue: &str) -> Result<i64, TransportError> {
        let channel = self.shared().await?;
        let queue = in_time(declare(&channel, name(queue), false)).await?;
        Ok(queue.message_count().into())
    }

    /// Asks the broker for an answer.
    pub(in crate::queue) async fn ping(&self) -> Result<(), TransportError> {
        let channel = self.shared().await?;
        // Every RabbitMQ has this exchange; to ask whether it is there changes nothing.
        let options = ExchangeDeclareOptions {
            passive: true,
            ..ExchangeDeclareOptions::default()
        };
        in_time(channel.exchange_declare(
            "amq.direct".into(),
            ExchangeKind::Direct,
            options,
            FieldTable::default(),
        ))
        .await
    }

    /// The channel for everything that answers at once. A new one takes the place of a closed one.
    async fn shared(&self) -> Result<Channel, TransportError> {
        in_time(async {
            let mut shared = self.shared.lock().await;
            if let Some(channel) = shared.as_ref().filter(|it| it.status().connected()) {
                return Ok(channel.clone());
            }
            let channel = connect(&self.uri).await?;
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
            Ok(shared.insert(channel).clone())
        })
        .await
    }
}

/// Waits for tasks of a queue, on a connection of its own. It is closed with it, so that RabbitMQ
/// gives to others what it has not acknowledged.
pub(in crate::queue) struct Consumer {
    uri: AMQPUri,
    queue: ShortString,
    channel: Option<Channel>,
    /// The last message that was received.
    unsettled: Option<Delivery>,
}

impl Consumer {
    /// Waits until there is something to look at. `None` is whatever the ledger says is due.
    pub(in crate::queue) async fn next(
        &mut self,
        limit: usize,
    ) -> Result<Option<Vec<Id>>, TransportError> {
        // A channel that has failed is not used again.
        let channel = match self.channel.take() {
            Some(channel) => channel,
            None => in_time(connect(&self.uri)).await?,
        };
        loop {
            let deliveries = self.receive(&channel, limit).await?;
            if !deliveries.is_empty() {
                self.channel = Some(channel);
                let ids = parse(&deliveries);
                self.unsettled = deliveries.into_iter().next_back();
                return Ok(Some(ids));
            }
        }
    }

    /// Has RabbitMQ forget what was received last: it is claimed by now.
    pub(in crate::queue) async fn settle(&mut self) -> Result<(), TransportError> {
        let Some(last) = self.unsettled.take() else {
            return Ok(());
        };
        last.ack(BasicAckOptions { multiple: true }).await.map(drop)
    }

    /// Takes up to `limit` messages. It listens no longer than until the first has come: a busy
    /// worker holds nothing that an idle one could run.
    async fn receive(
        &self,
        channel: &Channel,
        limit: usize,
    ) -> Result<Vec<Delivery>, TransportError> {
        let mut consumer = in_time(self.listen(channel, limit)).await?;
        let first = match tokio::time::timeout(WAIT, consumer.next()).await {
            Ok(Some(first)) => Some(first?),
            // RabbitMQ ended it, for the queue was deleted.
            Ok(None) => return Ok(Vec::new()),
            Err(_) => None,
        };
        // After this no more are sent, and those on their way have arrived.
        in_time(channel.basic_cancel(consumer.tag(), BasicCancelOptions::default())).await?;
        let mut deliveries = Vec::from_iter(first);
        while let Some(delivery) = consumer.next().await {
            deliveries.push(delivery?);
        }
        Ok(deliveries)
    }

    /// Has RabbitMQ send at most `limit` messages. All that takes is sent at once.
    async fn listen(
        &self,
        channel: &Channel,
        limit: usize,
    ) -> Result<lapin::Consumer, TransportError> {
        let limit = u16::try_from(limit).unwrap_or(u16::MAX).max(1);
        let (_, (), consumer) = tokio::try_join!(
            declare(channel, self.queue.clone(), true),
            channel.basic_qos(limit, BasicQosOptions::default()),
            channel.basic_consume(
                self.queue.clone(),
                ShortString::default(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            ),
        )?;
        Ok(consumer)
    }
}

async fn connect(uri: &AMQPUri) -> Result<Channel, TransportError> {
    let properties =
        ConnectionProperties::default().with_connection_name(env!("CARGO_PKG_NAME").into());
    let connection = Connection::connect_uri(uri.clone(), properties).await?;
    // The connection lives as long as its channel.
    connection.create_channel().await
}

/// Makes sure that the queue is there. It may have been deleted at any time.
async fn declare(
    channel: &Channel,
    queue: ShortString,
    nowait: bool,
) -> Result<lapin::Queue, TransportError> {
    let options = QueueDeclareOptions {
        nowait,
        ..QueueDeclareOptions::durable()
    };
    channel
        .queue_declare(queue, options, FieldTable::default())
        .await
}

/// Sends all messages, then waits until RabbitMQ has confirmed each.
async fn send(channel: &Channel, messages: &[Message]) -> Result<(), TransportError> {
    let queues: BTreeSet<&str> = messages.iter().map(|message| &*message.queue).collect();
    for queue in queues {
        declare(channel, name(queue), true).await?;
    }
    let sent = messages.iter().map(async |message| {
        let confirm = channel
            .basic_publish(
                ShortString::default(),
                name(&message.queue),
                BasicPublishOptions::default(),
                message.id.to_string().as_bytes(),
                BasicProperties::default().with_delivery_mode(PERSISTENT),
            )
            .await?;
        match confirm.await? {
            Confirmation::Nack(_) => {
                Err(io::Error::other("RabbitMQ did not take a message").into())
            }
            Confirmation::Ack(_) | Confirmation::NotRequested => Ok(()),
        }
    });
    try_join_all(sent).await.map(drop)
}

async fn in_time<T>(
    work: impl Future<Output = Result<T, TransportError>>,
) -> Result<T, TransportError> {
    let done = tokio::time::timeout(TIMEOUT, work).await;
    done.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}

/// The queue in RabbitMQ. It has the service's name, so that services can share a RabbitMQ.
fn name(queue: &str) -> ShortString {
    format!("{}.queue.{queue}", env!("CARGO_PKG_NAME")).into()
}

/// The ids among what was in the queue: what is none was not put there by this service.
fn parse(deliveries: &[Delivery]) -> Vec<Id> {
    let ids = deliveries.iter().filter_map(|delivery| {
        let id = str::from_utf8(&delivery.data).ok()?;
        id.parse().ok()
    });
    ids.collect()
}
