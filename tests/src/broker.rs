//! A part of a broker that no other test uses, and how to take away what is in it.

mod contents;
mod wire;

use std::fs::File;

use scaffold_cli::answers::Broker;

pub(crate) use self::contents::Contents;
use crate::proxy::host_and_port;
use crate::root;
use crate::servers::variable;

/// A database of Redis, a virtual host of RabbitMQ or an account of NATS, empty and for this test alone.
pub struct TestBroker {
    contents: Contents,
    _lock: File,
}

impl TestBroker {
    /// Takes one that no other test uses, unless the broker is the service's own database.
    pub fn take(kind: Broker, service: &str) -> Option<Self> {
        if matches!(kind, Broker::Database) {
            return None;
        }
        let directory = root().join("target/rendered");
        std::fs::create_dir_all(&directory).expect("target/rendered can be written");
        let free = (1..16).find_map(|number| {
            let path = directory.join(format!("{kind}-{number}.lock"));
            let lock = File::create(path).expect("target/rendered can be written");
            lock.try_lock().is_ok().then_some((number, lock))
        });
        let (number, lock) = free.expect("fewer than 15 tests run at once");
        let broker = Self {
            contents: Contents::new(kind, &url_of(kind, number), service),
            _lock: lock,
        };
        broker.empty();
        Some(broker)
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        self.contents.url()
    }

    /// Loses everything that is in it: messages, and the queue or stream that held them.
    pub fn empty(&self) {
        self.contents.empty();
    }
}

/// Where the part with this number is.
fn url_of(kind: Broker, number: u32) -> String {
    let server = variable(&format!("TEST_{kind}_URL").to_uppercase());
    let server = server.trim_end_matches('/');
    match kind {
        Broker::Redis => format!("{server}/{number}"),
        Broker::Rabbitmq => format!("{server}/test{number}"),
        Broker::Nats => {
            let host = host_and_port(server);
            format!("nats://test{number}:test{number}@{host}")
        }
        Broker::Database => unreachable!("it has no URL"),
    }
}
