//! What is said to brokers, in their own words.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::proxy::address_of;

/// The most that one frame of AMQP carries, which RabbitMQ lets everybody have.
const AMQP_FRAME_BYTES: usize = 4_000;

/// What RabbitMQ says if it does not do what it is told: it closes the connection or the channel, gives a message back for which
/// there is no queue, or does not take it.
const REFUSALS: [[u8; 2]; 4] = [[10, 50], [20, 40], [60, 50], [60, 120]];

/// The longest that a broker is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends commands to the Redis of a URL, all of which must succeed. Returns what it replied to each.
pub(super) fn redis(url: &str, commands: &[Vec<&[u8]>]) -> Vec<String> {
    let mut said = Vec::new();
    for words in commands {
        said.extend(format!("*{}\r\n", words.len()).into_bytes());
        for word in words {
            said.extend(format!("${}\r\n", word.len()).into_bytes());
            said.extend_from_slice(word);
            said.extend(b"\r\n");
        }
    }
    let mut redis = BufReader::new(connect(url));
    redis.get_mut().write_all(&said).expect("Redis reads");
    let replies = commands.iter().map(|_| {
        let reply = line(&mut redis);
        assert!(reply.starts_with(['+', ':', '$']), "{reply}");
        // Before a text comes its length.
        if reply.starts_with('$') {
            line(&mut redis)
        } else {
            reply
        }
    });
    replies.collect()
}

/// A conversation with NATS.
pub(super) struct Nats(BufReader<TcpStream>);

impl Nats {
    /// Logs in as the URL says, which may name no user.
    pub(super) fn log_in(url: &str) -> Self {
        let login = login_of(url).map_or_else(String::new, |(user, password)| {
            format!(r#","user":"{user}","pass":"{password}""#)
        });
        let mut nats = Self(BufReader::new(connect(url)));
        nats.say(format!("CONNECT {{\"verbose\":false{login}}}\r\nSUB answer 1\r\n").as_bytes());
        nats
    }

    /// Publishes messages to a subject, and checks that a stream has stored each.
    pub(super) fn publish(&mut self, subject: &str, payloads: &[Vec<u8>]) {
        for payload in payloads {
            self.say(&message(subject, payload));
        }
        for _ in payloads {
            let ack = self.answer();
            assert!(ack.contains("\"seq\":"), "{ack}");
        }
    }

    /// Asks for something, and returns the answer.
    pub(super) fn ask(&mut self, subject: &str, question: &str) -> String {
        self.say(&message(subject, question.as_bytes()));
        self.answer()
    }

    fn answer(&mut self) -> String {
        loop {
            let line = line(&mut self.0);
            assert!(!line.starts_with("-ERR"), "{line}");
            if line.starts_with("MSG ") {
                return self::line(&mut self.0);
            }
        }
    }

    fn say(&mut self, said: &[u8]) {
        self.0.get_mut().write_all(said).expect("NATS reads");
    }
}

/// What publishes a message to NATS, with a request for an answer.
fn message(subject: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("PUB {subject} answer {}\r\n", payload.len()).into_bytes();
    [&head, payload, b"\r\n"].concat()
}

/// A conversation with RabbitMQ.
pub(super) struct Amqp(TcpStream);

impl Amqp {
    /// Logs in as the URL says, `amqp://user:password@host:port/virtual-host`, and opens a channel.
    pub(super) fn log_in(url: &str) -> Self {
        let host = url.rsplit_once('/').map(|(_, host)| host);
        let (Some(host), Some((user, password))) = (host, login_of(url)) else {
            panic!("no user, password and virtual host in {url}");
        };
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
        let mut amqp = Self(connect(url));
        // It may all be said before the first answer.
        amqp.say(b"AMQP\0\0\x09\x01");
        amqp.say(&method(0, [10, 11], &start_ok.concat()));
        amqp.say(&method(0, [10, 31], &tune_ok));
        amqp.say(&method(0, [10, 40], &[&*short(host), &[0, 0]].concat()));
        amqp.ask([20, 10], &[0], [20, 11]);
        amqp
    }

    /// How many messages a queue holds that it could deliver. It is made if it is not there, as the service does.
    pub(super) fn depth(&mut self, queue: &str) -> usize {
        const DURABLE: u8 = 2;
        let declare = [&[0, 0], &*short(queue), &[DURABLE], &[0; 4]].concat();
        let found = self.ask([50, 10], &declare, [50, 11]);
        // The name, and two numbers: messages and consumers.
        let count = found[found.len() - 8..].first_chunk();
        let count = u32::from_be_bytes(*count.expect("a number"));
        usize::try_from(count).expect("a small number")
    }

    /// Deletes a queue.
    pub(super) fn delete(&mut self, queue: &str) {
        let delete = [&[0, 0], &*short(queue), &[0]].concat();
        self.ask([50, 40], &delete, [50, 41]);
    }

    /// Puts messages into a queue, which must be there, and waits until RabbitMQ has confirmed all of them.
    pub(super) fn publish(&mut self, queue: &str, payloads: &[Vec<u8>]) {
        const MANDATORY: u8 = 1;
        self.ask([85, 10], &[0], [85, 11]);
        let to = [&[0, 0], &*short(""), &*short(queue), &[MANDATORY]].concat();
        for payload in payloads {
            let length = u64::try_from(payload.len()).expect("a length");
            let header = [&[0, 60, 0, 0][..], &length.to_be_bytes(), &[0, 0]].concat();
            let mut said = method(1, [60, 40], &to);
            said.extend(frame(2, 1, &header));
            for part in payload.chunks(AMQP_FRAME_BYTES) {
                said.extend(frame(3, 1, part));
            }
            self.say(&said);
        }
        self.hear_confirmed(payloads.len());
    }

    /// Waits for the confirmations of so many messages. One may be for all up to its number.
    fn hear_confirmed(&mut self, count: usize) {
        let mut confirmed = BTreeSet::new();
        while confirmed.len() < count {
            let ack = self.hear([60, 80]);
            let (number, is_for_all) = (ack.first_chunk(), ack[8] & 1 == 1);
            let number = u64::from_be_bytes(*number.expect("a number"));
            let first = if is_for_all { 1 } else { number };
            confirmed.extend(first..=number);
        }
    }

    /// Says a method, and returns the arguments of the one that must be the answer.
    fn ask(&mut self, question: [u8; 2], arguments: &[u8], answer: [u8; 2]) -> Vec<u8> {
        self.say(&method(1, question, arguments));
        self.hear(answer)
    }

    /// Waits for a method, and returns its arguments.
    fn hear(&mut self, expected: [u8; 2]) -> Vec<u8> {
        loop {
            let (method, arguments) = self.next_method();
            let text = String::from_utf8_lossy(&arguments);
            assert!(!REFUSALS.contains(&method), "{method:?}: {text}");
            if method == expected {
                return arguments;
            }
        }
    }

    /// Reads a frame. Returns the numbers of its method, and the arguments.
    fn next_method(&mut self) -> ([u8; 2], Vec<u8>) {
        let mut head = [0; 7];
        self.0.read_exact(&mut head).expect("RabbitMQ answers");
        let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut payload = vec![0; usize::try_from(size).expect("a small frame") + 1];
        self.0.read_exact(&mut payload).expect("RabbitMQ answers");
        // The last byte ends the frame.
        let arguments = payload[4..payload.len() - 1].to_vec();
        ([payload[1], payload[3]], arguments)
    }

    fn say(&mut self, said: &[u8]) {
        self.0.write_all(said).expect("RabbitMQ reads");
    }
}

/// A text of up to 255 bytes in AMQP.
fn short(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    [&[length], text.as_bytes()].concat()
}

/// The frame of a method, which has the number of its class and its own.
fn method(channel: u8, [class, method]: [u8; 2], arguments: &[u8]) -> Vec<u8> {
    frame(1, channel, &[&[0, class, 0, method], arguments].concat())
}

fn frame(kind: u8, channel: u8, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).expect("a small frame");
    [
        &[kind, 0, channel][..],
        &size.to_be_bytes(),
        payload,
        &[0xce],
    ]
    .concat()
}

/// A line of what a server says.
fn line(server: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    let read = server.read_line(&mut line).expect("the broker answers");
    assert!(read > 0, "the broker has closed the connection");
    line.trim_end().to_owned()
}

/// The user and the password in a URL.
fn login_of(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let (login, _) = rest.split_once('@')?;
    login.split_once(':')
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(address_of(url)).expect("the broker is there");
    let timeout = stream.set_read_timeout(Some(PATIENCE));
    timeout.expect("a socket option");
    stream
}
