//! What is said to brokers, in their own words.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The most that one frame of AMQP carries, which RabbitMQ lets everybody have.
const AMQP_FRAME_BYTES: usize = 4_000;

/// Sends commands to Redis, all of which must succeed.
pub(super) fn redis(address: SocketAddr, commands: &[Vec<&[u8]>]) {
    let mut stream = connect(address);
    for words in commands {
        let mut command = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
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

/// Publishes messages to subjects of NATS, and waits until it has read them.
pub(super) fn nats(address: SocketAddr, messages: &[(&str, &[u8])]) {
    let mut stream = connect(address);
    let mut said = b"CONNECT {\"verbose\":false}\r\n".to_vec();
    for (subject, payload) in messages {
        said.extend(format!("PUB {subject} {}\r\n", payload.len()).into_bytes());
        said.extend_from_slice(payload);
        said.extend(b"\r\n");
    }
    said.extend(b"PING\r\n");
    stream.write_all(&said).expect("NATS reads");
    let mut lines = BufReader::new(stream).lines();
    let last = lines.find_map(|line| {
        let line = line.expect("NATS answers");
        (!line.starts_with("INFO")).then_some(line)
    });
    assert_eq!(last.as_deref(), Some("PONG"));
}

/// Asks NATS, which must do what it is asked.
pub(super) fn ask_nats(address: SocketAddr, subject: &str) {
    let mut stream = connect(address);
    let said =
        format!("CONNECT {{\"verbose\":false}}\r\nSUB answer 1\r\nPUB {subject} answer 0\r\n\r\n");
    stream.write_all(said.as_bytes()).expect("NATS reads");
    let lines = BufReader::new(stream).lines();
    let mut lines = lines.map(|line| line.expect("NATS answers"));
    let answer = lines.find(|line| line.starts_with('{'));
    let answer = answer.expect("an answer of JetStream");
    assert!(answer.contains("\"success\":true"), "{answer}");
}

/// A conversation with RabbitMQ, which is written down as a whole before any of it is sent.
pub(super) struct Amqp {
    said: Vec<u8>,
}

impl Amqp {
    /// Logs in and opens a channel.
    pub(super) fn new(user: &str, password: &str, host: &str) -> Self {
        let login = format!("\0{user}\0{password}");
        let length = u32::try_from(login.len()).expect("a short password");
        let start_ok = [
            &[0; 4],
            &*short("PLAIN"),
            &length.to_be_bytes(),
            login.as_bytes(),
            &*short("en_US"),
        ];
        // One channel, frames of 4 KiB, no heartbeats.
        let tune_ok = [0, 1, 0, 0, 16, 0, 0, 0];
        let mut amqp = Self {
            said: b"AMQP\0\0\x09\x01".to_vec(),
        };
        amqp.method(0, [10, 11], &start_ok.concat());
        amqp.method(0, [10, 31], &tune_ok);
        amqp.method(0, [10, 40], &[&*short(host), &[0, 0]].concat());
        amqp.method(1, [20, 10], &[0]);
        amqp
    }

    /// Deletes a queue.
    pub(super) fn delete(&mut self, queue: &str) {
        self.method(1, [50, 40], &[&[0, 0], &*short(queue), &[0]].concat());
    }

    /// Puts a message into a queue.
    pub(super) fn publish(&mut self, queue: &str, payload: &[u8]) {
        let to = [&[0, 0], &*short(""), &*short(queue), &[0]];
        self.method(1, [60, 40], &to.concat());
        let length = u64::try_from(payload.len()).expect("a length");
        let header = [&[0, 60, 0, 0][..], &length.to_be_bytes(), &[0, 0]];
        self.frame(2, 1, &header.concat());
        for part in payload.chunks(AMQP_FRAME_BYTES) {
            self.frame(3, 1, part);
        }
    }

    /// Says all of it, and waits until RabbitMQ has done it.
    pub(super) fn say_to(mut self, address: SocketAddr) {
        self.method(1, [20, 40], &[&[0, 200][..], &short(""), &[0; 4]].concat());
        let mut stream = connect(address);
        stream.write_all(&self.said).expect("RabbitMQ reads");
        while next_method(&mut stream) != [20, 41] {}
    }

    fn method(&mut self, channel: u8, [class, method]: [u8; 2], arguments: &[u8]) {
        let payload = [&[0, class, 0, method], arguments].concat();
        self.frame(1, channel, &payload);
    }

    fn frame(&mut self, kind: u8, channel: u8, payload: &[u8]) {
        let size = u32::try_from(payload.len()).expect("a small frame");
        self.said.extend([kind, 0, channel]);
        self.said.extend(size.to_be_bytes());
        self.said.extend_from_slice(payload);
        self.said.push(0xce);
    }
}

/// A text of up to 255 bytes in AMQP.
fn short(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    [&[length], text.as_bytes()].concat()
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

fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).expect("the broker is there")
}
