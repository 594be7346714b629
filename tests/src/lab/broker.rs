//! What differs between brokers when a test takes them away, empties them or talks to them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;

use scaffold_cli::answers;

use super::server::Server;
use crate::deployment::Deployment;

/// A broker of a test's own.
pub struct Broker {
    server: Server,
    /// The name of the service, which begins the name of all that it has in the broker.
    service: String,
}

impl Broker {
    /// Starts the broker, if it is not the database, and tells the service where it is.
    pub(super) fn start(kind: answers::Broker, service: &mut Deployment) -> Option<Self> {
        let command = match kind {
            answers::Broker::Database => return None,
            answers::Broker::Redis => redis,
            answers::Broker::Rabbitmq | answers::Broker::Nats => unreachable!("not furnished"),
        };
        let server = Server::new(command);
        service.set("BROKER_URL", &format!("redis://{}/0", server.address()));
        let service = service.name().to_owned();
        Some(Self { server, service })
    }

    /// Kills it. What it held is lost.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again, where it was.
    pub fn restart(&mut self) {
        self.server.start();
    }

    /// Has it lose everything that it holds.
    pub fn empty(&self) {
        self.redis(&[&[b"FLUSHALL"]]);
    }

    /// Puts messages into a queue, whatever they are.
    pub fn publish(&self, queue: &str, payloads: &[Vec<u8>]) {
        let key = format!("{}:queue:{queue}", self.service);
        let commands: Vec<[&[u8]; 3]> = payloads
            .iter()
            .map(|payload| [b"RPUSH", key.as_bytes(), payload.as_slice()])
            .collect();
        let commands: Vec<&[&[u8]]> = commands.iter().map(<[_; 3]>::as_slice).collect();
        self.redis(&commands);
    }

    /// Sends commands to Redis, all of which must succeed.
    fn redis(&self, commands: &[&[&[u8]]]) {
        let mut stream = TcpStream::connect(self.server.address()).expect("Redis is there");
        for words in commands {
            let mut command = format!("*{}\r\n", words.len()).into_bytes();
            for word in *words {
                command.extend(format!("${}\r\n", word.len()).into_bytes());
                command.extend_from_slice(word);
                command.extend(b"\r\n");
            }
            stream.write_all(&command).expect("Redis reads");
        }
        for reply in BufReader::new(stream).lines().take(commands.len()) {
            let reply = reply.expect("Redis answers");
            assert!(reply.starts_with(['+', ':']), "{reply}");
        }
    }
}

fn redis(port: u16) -> Command {
    let mut command = Command::new("redis-server");
    let port = port.to_string();
    command.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]);
    command
}
