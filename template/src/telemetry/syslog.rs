use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::process;
use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use tracing::Level;

use super::sink::{Destination, Line};
use crate::config::SyslogAddress;
use crate::queue::heartbeat::host;

/// "System daemons".
const FACILITY: u8 = 3;

/// What every receiver takes in one datagram.
const MAX_BYTES: usize = 8_192;

/// A server or a daemon that gathers logs: over UDP as RFC 5424 has it, or at a socket of this host
/// in the form that local daemons expect.
#[derive(Debug)]
pub(super) struct Syslog {
    address: SyslogAddress,
    host: String,
    socket: Option<Socket>,
}

#[derive(Debug)]
enum Socket {
    Udp(UdpSocket),
    #[cfg(unix)]
    Unix(UnixDatagram),
}

impl Syslog {
    /// Connects when there is something to send: the server may come later, or go away for a while.
    pub(super) fn new(address: SyslogAddress) -> Self {
        Self {
            address,
            host: host(),
            socket: None,
        }
    }

    fn send(&mut self, line: &Line) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.address)?,
        };
        let message = self.message(line);
        // One that has failed is not used again.
        socket.send(&message)?;
        self.socket = Some(socket);
        Ok(())
    }

    fn message(&self, line: &Line) -> Vec<u8> {
        let priority = FACILITY * 8 + severity(line.level);
        let (name, process_id) = (env!("CARGO_PKG_NAME"), process::id());
        let mut message = match &self.address {
            SyslogAddress::Udp(_) => {
                let time = line
                    .time
                    .format(&Rfc3339)
                    .unwrap_or_else(|_| "-".to_owned());
                let host = &self.host;
                format!("<{priority}>1 {time} {host} {name} {process_id} - - ")
            }
            SyslogAddress::Unix(_) => format!("<{priority}>{name}[{process_id}]: "),
        };
        message.push_str(line.text.trim_end());
        message.truncate(message.floor_char_boundary(MAX_BYTES));
        message.into_bytes()
    }
}

impl Socket {
    fn send(&self, message: &[u8]) -> io::Result<usize> {
        match self {
            Self::Udp(socket) => socket.send(message),
            #[cfg(unix)]
            Self::Unix(socket) => socket.send(message),
        }
    }
}

fn connect(address: &SyslogAddress) -> io::Result<Socket> {
    match address {
        SyslogAddress::Udp(host_and_port) => {
            let Some(server) = host_and_port.to_socket_addrs()?.next() else {
                return Err(ErrorKind::NotFound.into());
            };
            let socket = match server {
                SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
                SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
            };
            socket.connect(server)?;
            Ok(Socket::Udp(socket))
        }
        #[cfg(unix)]
        SyslogAddress::Unix(path) => {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            Ok(Socket::Unix(socket))
        }
        #[cfg(not(unix))]
        SyslogAddress::Unix(_) => Err(ErrorKind::Unsupported.into()),
    }
}

/// RFC 5424, section 6.2.1.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

impl Destination for Syslog {
    type Item = Line;

    const PAUSE: Duration = Duration::from_millis(1);

    fn write(&mut self, lines: &[Line]) -> usize {
        let sent = lines.iter().map(|line| self.send(line));
        sent.filter(Result::is_err).count()
    }
}
