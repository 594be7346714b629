use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// What a client sends first that knows that HTTP/2 is spoken here (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long to wait for more of it, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_secs(1)];

/// Whether the client speaks HTTP/2, as its first bytes say; nothing if they do not come in time.
/// What was looked at is left to be read.
pub(super) async fn is_http2(stream: &TcpStream, limit: Duration) -> Option<bool> {
    match timeout(limit, has_preface(stream)).await {
        Ok(Ok(has_preface)) => Some(has_preface),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection broke off before a request");
            None
        }
        Err(_) => None,
    }
}

async fn has_preface(stream: &TcpStream) -> io::Result<bool> {
    let mut start = [0; PREFACE.len()];
    let [mut pause, longest] = PAUSES;
    loop {
        let count = stream.peek(&mut start).await?;
        if count == 0 || count == PREFACE.len() || !PREFACE.starts_with(&start[..count]) {
            return Ok(start == PREFACE);
        }
        sleep(pause).await;
        pause = longest.min(2 * pause);
    }
}
