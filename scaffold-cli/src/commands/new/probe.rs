//! Asks the started service over HTTP, on the local machine only.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// The longest wait for one answer: a service that is busy starting may take a while.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The address that the service listens on.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Tells whether the service could listen on the port.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind(address(port)).is_ok()
}

/// The status code that `GET path` answers.
pub(super) fn status(port: u16, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address(port), ANSWER_TIMEOUT)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    let host = address(port);
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    // "HTTP/1.x 200": the rest of the answer does not matter.
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    std::str::from_utf8(&head)
        .ok()
        .and_then(|head| head.strip_prefix("HTTP/1."))
        .and_then(|rest| rest.get(2..)?.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Answers one request with `answer` and returns the port.
    fn serve(answer: &'static [u8]) -> u16 {
        let listener = TcpListener::bind(address(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(answer).unwrap();
        });
        port
    }

    #[test]
    fn status_code_is_read() {
        let port = serve(b"HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert_eq!(status(port, "/").unwrap(), 503);
        let port = serve(b"HTTP/1.0 200 OK\r\n\r\nhello");
        assert_eq!(status(port, "/").unwrap(), 200);
    }

    #[test]
    fn other_protocols_are_an_error() {
        let port = serve(b"220 mail.example.org ESMTP\r\n");
        assert!(status(port, "/").is_err());
    }

    #[test]
    fn taken_port_is_not_free() {
        let listener = TcpListener::bind(address(0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(!is_free(port));
        drop(listener);
        assert!(is_free(port));
    }
}
