//! What differs between brokers when a test takes them away.

use scaffold_cli::answers;

use super::server::Server;
use crate::broker::Contents;
use crate::deployment::Deployment;
use crate::proxy::Proxy;

/// A broker that a test may take away.
pub struct Broker {
    server: Fragile,
    contents: Contents,
}

enum Fragile {
    /// A server of the test's own.
    Own(Server),
    /// The way to RabbitMQ, which takes too long to start for one test.
    Way(Proxy),
}

impl Broker {
    /// Starts the broker, if it is not the database, and tells the service where it is.
    pub(super) fn start(kind: answers::Broker, service: &mut Deployment) -> Option<Self> {
        let (server, url) = match kind {
            answers::Broker::Database => return None,
            answers::Broker::Redis => {
                let server = Server::redis();
                let url = format!("redis://{}/0", server.address());
                (Fragile::Own(server), url)
            }
            answers::Broker::Nats => {
                let server = Server::nats();
                let url = format!("nats://{}", server.address());
                (Fragile::Own(server), url)
            }
            answers::Broker::Rabbitmq => {
                let url = service.setting("BROKER_URL").to_owned();
                (Fragile::Way(Proxy::to(&url)), url)
            }
        };
        let url_for_service = match &server {
            Fragile::Own(_) => url.clone(),
            Fragile::Way(way) => way.url(&url),
        };
        service.set("BROKER_URL", &url_for_service);
        let contents = Contents::new(kind, &url, service.name());
        Some(Self { server, contents })
    }

    /// Kills it. What it held in memory is lost.
    pub fn kill(&mut self) {
        match &mut self.server {
            Fragile::Own(server) => server.kill(),
            Fragile::Way(way) => way.stop(),
        }
    }

    /// Starts it again, where it was.
    pub fn restart(&mut self) {
        match &mut self.server {
            Fragile::Own(server) => server.start(),
            Fragile::Way(way) => way.start(),
        }
    }

    /// Has it lose everything that it holds: messages, and what held them.
    pub fn empty(&self) {
        self.contents.empty();
    }

    /// Has Redis answer as ever and read, but take nothing new; or has it take everything again.
    pub fn refuse(&self, refuses: bool) {
        self.contents.refuse(refuses);
    }

    /// Puts messages into a queue, whatever they are. The broker must take them.
    pub fn publish(&self, queue: &str, payloads: &[Vec<u8>]) {
        self.contents.publish(queue, payloads);
    }

    /// How many messages there are in a queue.
    pub fn depth(&self, queue: &str) -> usize {
        self.contents.depth(queue)
    }
}
