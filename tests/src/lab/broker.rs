//! What differs between brokers when a test takes them away, empties them or talks to them.

use std::net::SocketAddr;

use scaffold_cli::answers;

use super::server::Server;
use super::wire;
use crate::deployment::Deployment;
use crate::proxy::{Proxy, address_of};

/// A broker that a test may take away.
pub struct Broker {
    kind: Kind,
    /// The name of the service, which begins the name of all that it has in the broker.
    service: String,
}

enum Kind {
    Redis(Server),
    Nats(Server),
    /// Takes too long to start for one test: what the test takes away is the way to it.
    Rabbitmq {
        url: String,
        way: Proxy,
    },
}

impl Broker {
    /// Starts the broker, if it is not the database, and tells the service where it is.
    pub(super) fn start(kind: answers::Broker, service: &mut Deployment) -> Option<Self> {
        let (kind, url) = match kind {
            answers::Broker::Database => return None,
            answers::Broker::Redis => {
                let server = Server::redis();
                let url = format!("redis://{}/0", server.address());
                (Kind::Redis(server), url)
            }
            answers::Broker::Nats => {
                let server = Server::nats();
                let url = format!("nats://{}", server.address());
                (Kind::Nats(server), url)
            }
            answers::Broker::Rabbitmq => {
                let url = service.setting("BROKER_URL").to_owned();
                let way = Proxy::to(&url);
                let url_of_way = way.url(&url);
                (Kind::Rabbitmq { url, way }, url_of_way)
            }
        };
        service.set("BROKER_URL", &url);
        let service = service.name().to_owned();
        Some(Self { kind, service })
    }

    /// Kills it. What it held in memory is lost.
    pub fn kill(&mut self) {
        match &mut self.kind {
            Kind::Redis(server) | Kind::Nats(server) => server.kill(),
            Kind::Rabbitmq { way, .. } => way.stop(),
        }
    }

    /// Starts it again, where it was.
    pub fn restart(&mut self) {
        match &mut self.kind {
            Kind::Redis(server) | Kind::Nats(server) => server.start(),
            Kind::Rabbitmq { way, .. } => way.start(),
        }
    }

    /// Has it lose everything that it holds: messages, and what held them.
    pub fn empty(&self) {
        match &self.kind {
            Kind::Redis(server) => wire::redis(server.address(), &[vec![b"FLUSHALL"]]),
            Kind::Nats(server) => {
                let delete = format!("$JS.API.STREAM.DELETE.{}-queue", self.service);
                wire::ask_nats(server.address(), &delete);
            }
            Kind::Rabbitmq { url, .. } => {
                let (address, mut amqp) = rabbitmq(url);
                amqp.delete(&self.name("default"));
                amqp.say_to(address);
            }
        }
    }

    /// Puts messages into a queue, whatever they are.
    pub fn publish(&self, queue: &str, payloads: &[Vec<u8>]) {
        let name = self.name(queue);
        let payloads = payloads.iter().map(Vec::as_slice);
        match &self.kind {
            Kind::Redis(server) => {
                let command = |payload| vec![b"RPUSH".as_slice(), name.as_bytes(), payload];
                let commands: Vec<_> = payloads.map(command).collect();
                wire::redis(server.address(), &commands);
            }
            Kind::Nats(server) => {
                let messages: Vec<_> = payloads.map(|payload| (&*name, payload)).collect();
                wire::nats(server.address(), &messages);
            }
            Kind::Rabbitmq { url, .. } => {
                let (address, mut amqp) = rabbitmq(url);
                payloads.for_each(|payload| amqp.publish(&name, payload));
                amqp.say_to(address);
            }
        }
    }

    /// What the service calls a queue in the broker.
    fn name(&self, queue: &str) -> String {
        let service = &self.service;
        match self.kind {
            Kind::Redis(_) => format!("{service}:queue:{queue}"),
            Kind::Nats(_) => format!("{service}-queue.{queue}"),
            Kind::Rabbitmq { .. } => format!("{service}.queue.{queue}"),
        }
    }
}

/// Where it is, and the beginning of a conversation: `amqp://user:password@host:port/virtual-host`.
fn rabbitmq(url: &str) -> (SocketAddr, wire::Amqp) {
    let parts = || {
        let (login, place) = url.strip_prefix("amqp://")?.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (_, host) = place.split_once('/')?;
        Some(wire::Amqp::new(user, password, host))
    };
    let amqp = parts().unwrap_or_else(|| panic!("no user, password and virtual host in {url}"));
    (address_of(url), amqp)
}
