//! A server that can be taken away, and given back, without touching the server.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(5);

/// What is forwarded in one go.
const BUFFER_BYTES: usize = 16_384;

/// Between two of these, for one that is slow.
const PAUSE: Duration = Duration::from_millis(20);

/// Forwards connections to a server, until it is told not to.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    server: SocketAddr,
    down: AtomicBool,
    frozen: AtomicBool,
    slow: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Stands before the server of a URL.
    pub fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let mut proxy = Self {
            address: listener.local_addr().expect("a bound port"),
            shared: Arc::new(Shared {
                server: address_of(url),
                down: AtomicBool::new(false),
                frozen: AtomicBool::new(false),
                slow: AtomicBool::new(false),
                streams: Mutex::default(),
            }),
            acceptor: None,
        };
        proxy.accept(listener);
        proxy
    }

    /// The URL with this proxy in the place of its server.
    pub fn url(&self, url: &str) -> String {
        let host = host_and_port(url);
        url.replacen(host, &self.address.to_string(), 1)
    }

    /// Closes all connections and refuses new ones, as if the server were stopped.
    pub fn stop(&mut self) {
        self.shared.down.store(true, Ordering::SeqCst);
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().expect("the proxy lives");
        }
        for stream in self.shared.streams.lock().expect("no panic").drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Accepts connections again.
    pub fn start(&mut self) {
        self.shared.down.store(false, Ordering::SeqCst);
        let listener = TcpListener::bind(self.address).expect("the port is still free");
        self.accept(listener);
    }

    /// Keeps all connections and no longer forwards anything, as if the network were cut.
    pub fn freeze(&self) {
        self.shared.frozen.store(true, Ordering::SeqCst);
    }

    /// Forwards again, what has been held back first.
    pub fn thaw(&self) {
        self.shared.frozen.store(false, Ordering::SeqCst);
    }

    /// Forwards 0.8 MB a second and no more, as if the server were far away.
    pub fn slow_down(&self) {
        self.shared.slow.store(true, Ordering::SeqCst);
    }

    fn accept(&mut self, listener: TcpListener) {
        listener.set_nonblocking(true).expect("a socket option");
        let shared = Arc::clone(&self.shared);
        self.acceptor = Some(thread::spawn(move || {
            while !shared.down.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((client, _)) => shared.connect(&client),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(TICK),
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(self.server) else {
            return;
        };
        client.set_nonblocking(false).expect("a socket option");
        for (from, to) in [(client, &server), (&server, client)] {
            let [from, to] = [from, to].map(|stream| stream.try_clone().expect("a socket"));
            let kept = from.try_clone().expect("a socket");
            self.streams.lock().expect("no panic").push(kept);
            let shared = Arc::clone(self);
            thread::spawn(move || shared.pump(from, to));
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; BUFFER_BYTES];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            while self.frozen.load(Ordering::SeqCst) && !self.down.load(Ordering::SeqCst) {
                thread::sleep(TICK);
            }
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
            if self.slow.load(Ordering::SeqCst) {
                thread::sleep(PAUSE);
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}

/// Where the server of a URL listens.
pub(crate) fn address_of(url: &str) -> SocketAddr {
    let mut addresses = host_and_port(url).to_socket_addrs();
    let first = addresses.as_mut().ok().and_then(Iterator::next);
    first.unwrap_or_else(|| panic!("no host and port in {url}"))
}

/// The part of a URL that says where its server listens.
pub(crate) fn host_and_port(url: &str) -> &str {
    let (_, rest) = url.split_once("://").expect("a URL");
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_of_a_url_is_replaced_and_nothing_else() {
        let proxy = Proxy::to("redis://127.0.0.1:1");
        let address = proxy.address;
        assert_eq!(
            proxy.url("postgres://u:p@localhost:5432/name?a=b"),
            format!("postgres://u:p@{address}/name?a=b")
        );
        assert_eq!(
            proxy.url("redis://localhost:6379/3"),
            format!("redis://{address}/3")
        );
    }

    #[test]
    fn a_stopped_proxy_refuses_and_a_started_one_forwards() {
        let echo = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("tcp://{}", echo.local_addr().unwrap());
        thread::spawn(move || {
            for stream in echo.incoming() {
                stream.unwrap().write_all(b"hello").unwrap();
            }
        });
        let mut proxy = Proxy::to(&url);
        let hear = |proxy: &Proxy| {
            let mut heard = String::new();
            let mut stream = TcpStream::connect(proxy.address)?;
            stream.read_to_string(&mut heard).map(|_| heard)
        };
        assert_eq!(hear(&proxy).unwrap(), "hello");
        proxy.stop();
        assert_eq!(
            hear(&proxy).unwrap_err().kind(),
            ErrorKind::ConnectionRefused
        );
        proxy.start();
        assert_eq!(hear(&proxy).unwrap(), "hello");
    }
}
