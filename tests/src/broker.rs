//! A part of a broker that no other test uses, and how to take away what is in it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use scaffold_cli::answers::Broker;

use crate::proxy::{address_of, host_and_port};
use crate::root;
use crate::servers::variable;

/// A database of Redis, a virtual host of RabbitMQ or an account of NATS, empty and for this test alone.
pub struct TestBroker {
    kind: Broker,
    number: u32,
    service: String,
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
            kind,
            number,
            service: service.to_owned(),
            _lock: lock,
        };
        broker.empty();
        Some(broker)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = variable(&format!("TEST_{}_URL", self.kind).to_uppercase());
        let server = server.trim_end_matches('/');
        let number = self.number;
        match self.kind {
            Broker::Redis => format!("{server}/{number}"),
            Broker::Rabbitmq => format!("{server}/test{number}"),
            Broker::Nats => {
                let host = host_and_port(server);
                format!("nats://test{number}:test{number}@{host}")
            }
            Broker::Database => unreachable!("it has no URL"),
        }
    }

    /// Loses everything that is in it: messages, and the queue or stream that held them.
    pub fn empty(&self) {
        match self.kind {
            Broker::Redis => self.flush_database(),
            Broker::Rabbitmq => self.delete_queue(),
            Broker::Nats => self.delete_stream(),
            Broker::Database => unreachable!("it holds nothing"),
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(address_of(&self.url())).expect("the broker listens")
    }

    fn flush_database(&self) {
        let mut stream = self.connect();
        let commands = format!("SELECT {}\r\nFLUSHDB\r\n", self.number);
        stream.write_all(commands.as_bytes()).expect("Redis reads");
        for reply in BufReader::new(stream).lines().take(2) {
            assert_eq!(reply.expect("Redis answers"), "+OK");
        }
    }

    fn delete_stream(&self) {
        let mut stream = self.connect();
        let user = format!("test{}", self.number);
        let commands = format!(
            "CONNECT {{\"verbose\":false,\"user\":\"{user}\",\"pass\":\"{user}\"}}\r\n\
             SUB answer 1\r\n\
             PUB $JS.API.STREAM.DELETE.{}-queue answer 0\r\n\r\n",
            self.service
        );
        stream.write_all(commands.as_bytes()).expect("NATS reads");
        let lines = BufReader::new(stream).lines();
        let mut answers = lines.map(|line| line.expect("NATS answers"));
        let answer = answers.find(|line| line.contains("stream_delete_response"));
        let answer = answer.expect("an answer of JetStream");
        assert!(
            answer.contains("\"success\":true") || answer.contains("stream not found"),
            "{answer}"
        );
    }

    /// Says all at once what a client of AMQP 0-9-1 says one after the other, and waits for the last answer.
    fn delete_queue(&self) {
        let url = self.url();
        let (_, rest) = url.split_once("://").expect("a URL");
        let (login, _) = rest.split_once('@').expect("a URL with a user");
        let (user, password) = login.split_once(':').expect("a URL with a password");
        let login = format!("\0{user}\0{password}");
        let queue = format!("{}.queue.default", self.service);
        let start_ok = [
            &[0; 4],
            &*short("PLAIN"),
            &u32::to_be_bytes(u32::try_from(login.len()).expect("a short password")),
            login.as_bytes(),
            &*short("en_US"),
        ];
        // One channel, frames of 128 KiB, no heartbeats.
        let tune_ok = [0, 1, 0, 2, 0, 0, 0, 0];
        let open = [&*short(&format!("test{}", self.number)), &[0, 0]];
        let delete = [&[0, 0], &*short(&queue), &[0]];
        let said = [
            b"AMQP\0\0\x09\x01".to_vec(),
            method(0, [10, 11], &start_ok.concat()),
            method(0, [10, 31], &tune_ok),
            method(0, [10, 40], &open.concat()),
            method(1, [20, 10], &[0]),
            method(1, [50, 40], &delete.concat()),
        ];
        let mut stream = self.connect();
        stream.write_all(&said.concat()).expect("RabbitMQ reads");
        while next_method(&mut stream) != [50, 41] {}
    }
}

/// A text of up to 255 bytes in AMQP.
fn short(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    [&[length], text.as_bytes()].concat()
}

/// The frame of a method, which has the number of its class and its own.
fn method(channel: u8, [class, method]: [u8; 2], arguments: &[u8]) -> Vec<u8> {
    let payload = [&[0, class, 0, method], arguments].concat();
    let size = u32::try_from(payload.len()).expect("a small frame");
    [&[1, 0, channel][..], &size.to_be_bytes(), &payload, &[0xce]].concat()
}

/// Reads a frame and returns the numbers of its method.
fn next_method(stream: &mut TcpStream) -> [u8; 2] {
    let mut head = [0; 7];
    stream.read_exact(&mut head).expect("RabbitMQ answers");
    let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    let mut payload = vec![0; usize::try_from(size).expect("a small frame") + 1];
    stream.read_exact(&mut payload).expect("RabbitMQ answers");
    [payload[1], payload[3]]
}
