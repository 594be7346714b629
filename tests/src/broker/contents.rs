//! What a service has in its broker, seen by somebody else.

use scaffold_cli::answers::Broker;
use serde_json::{Value, json};

use super::wire::{self, Amqp, Nats};

/// The messages of a service in a broker, and the queues or the stream that hold them.
pub(crate) struct Contents {
    kind: Broker,
    url: String,
    /// The name of the service, which begins the name of all that it has in the broker.
    service: String,
}

impl Contents {
    /// Those of a service in the broker of a URL.
    pub(crate) fn new(kind: Broker, url: &str, service: &str) -> Self {
        Self {
            kind,
            url: url.to_owned(),
            service: service.to_owned(),
        }
    }

    /// Where the broker is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Has the broker lose all of it: messages, and what held them.
    pub(crate) fn empty(&self) {
        match self.kind {
            Broker::Redis => {
                wire::redis(&self.url, &[self.select(), vec![b"FLUSHDB"]]);
            }
            Broker::Nats => {
                let delete = format!("$JS.API.STREAM.DELETE.{}-queue", self.service);
                let answer = Nats::log_in(&self.url).ask(&delete, "");
                let is_gone = ["\"success\":true", "stream not found"];
                let is_gone = is_gone.iter().any(|words| answer.contains(words));
                assert!(is_gone, "{answer}");
            }
            Broker::Rabbitmq => Amqp::log_in(&self.url).delete(&self.name("default")),
            Broker::Database => unreachable!("it holds nothing"),
        }
    }

    /// Has Redis answer as ever and read, but take nothing new; or has it take everything again.
    pub(crate) fn refuse(&self, refuses: bool) {
        let most: &[u8] = if refuses { b"1" } else { b"0" };
        let command = vec![b"CONFIG", b"SET".as_slice(), b"maxmemory", most];
        wire::redis(&self.url, &[command]);
    }

    /// Puts messages into a queue, whatever they are, and checks that the broker has taken them.
    pub(crate) fn publish(&self, queue: &str, payloads: &[Vec<u8>]) {
        let name = self.name(queue);
        match self.kind {
            Broker::Redis => {
                let add = |payload| vec![b"XADD", name.as_bytes(), b"*", b"task", payload];
                let adds = payloads.iter().map(|payload| add(payload.as_slice()));
                let commands: Vec<_> = std::iter::once(self.select()).chain(adds).collect();
                wire::redis(&self.url, &commands);
            }
            Broker::Nats => Nats::log_in(&self.url).publish(&name, payloads),
            Broker::Rabbitmq => Amqp::log_in(&self.url).publish(&name, payloads),
            Broker::Database => unreachable!("it takes no messages"),
        }
    }

    /// How many messages there are in a queue, which may not be there yet.
    pub(crate) fn depth(&self, queue: &str) -> usize {
        let name = self.name(queue);
        match self.kind {
            Broker::Redis => {
                let commands = [self.select(), vec![b"XLEN", name.as_bytes()]];
                let replies = wire::redis(&self.url, &commands);
                replies[1][1..].parse().expect("a number")
            }
            Broker::Nats => {
                let info = format!("$JS.API.STREAM.INFO.{}-queue", self.service);
                let question = json!({"subjects_filter": name}).to_string();
                let answer = Nats::log_in(&self.url).ask(&info, &question);
                let answer: Value = serde_json::from_str(&answer).expect("JSON");
                let is_missing = answer["error"]["code"] == 404;
                assert!(answer["error"].is_null() || is_missing, "{answer}");
                let count = answer["state"]["subjects"][&name].as_u64().unwrap_or(0);
                usize::try_from(count).expect("a small number")
            }
            Broker::Rabbitmq => Amqp::log_in(&self.url).depth(&name),
            Broker::Database => unreachable!("it holds nothing"),
        }
    }

    /// What the service calls a queue in the broker.
    fn name(&self, queue: &str) -> String {
        let service = &self.service;
        match self.kind {
            Broker::Redis => format!("{service}:queue:{queue}"),
            Broker::Nats => format!("{service}-queue.{queue}"),
            Broker::Rabbitmq => format!("{service}.queue.{queue}"),
            Broker::Database => unreachable!("it has no names"),
        }
    }

    /// Chooses the database of Redis that ends the URL.
    fn select(&self) -> Vec<&[u8]> {
        let (_, number) = self.url.rsplit_once('/').expect("a URL with a number");
        vec![b"SELECT", number.as_bytes()]
    }
}
