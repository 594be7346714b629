use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::protocol;
use super::request_body::RequestBody;
use super::write_timeout::WriteTimeout;
use crate::config::Config;
use crate::metrics::OpenConnection;
use crate::middleware::is_proxy;

/// Largest head of a request: the first line and all headers.
const MAX_HEAD_BYTES: u32 = 64 << 10;

/// How long a client may take nothing of its answer: long enough to repeat what got lost.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a proxy that speaks HTTP/2 is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// How connections are answered.
#[derive(Debug, Clone)]
pub(super) struct Http {
    header_read_timeout: Duration,
    proxies: Arc<[IpNet]>,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Http {
    pub(super) fn new(config: &Config) -> Self {
        let header_read_timeout = config.limits.header_read_timeout;
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(header_read_timeout)
            .max_header_size(MAX_HEAD_BYTES as usize);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(WRITE_TIMEOUT)
            .max_header_list_size(MAX_HEAD_BYTES);
        Self {
            header_read_timeout,
            proxies: config.server.trusted_proxies.clone().into(),
            http1,
            http2,
        }
    }

    /// Answers the requests of one connection; from `stop` on, those that have begun.
    pub(super) async fn answer(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        router: Router,
        stop: CancellationToken,
    ) {
        let _open = OpenConnection::begin();
        // Small answers are not to wait for company.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch off the delay of small packets");
        }
        let is_http2 = self.is_http2(&stream, peer);
        let Some(Some(is_http2)) = stop.run_until_cancelled(is_http2).await else {
            return;
        };
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let waits = waits(&request);
            let request = request.map(|body| Body::new(RequestBody::new(body, waits)));
            router.clone().call(request)
        });
        let stream = TokioIo::new(WriteTimeout::new(stream, WRITE_TIMEOUT));
        let result = if is_http2 {
            let connection = pin!(self.http2.serve_connection(stream, service));
            run(connection, http2::Connection::graceful_shutdown, &stop).await
        } else {
            let connection = self.http1.serve_connection(stream, service);
            // A WebSocket begins as a request and takes the connection over.
            let connection = pin!(connection.with_upgrades());
            let shut_down = http1::UpgradeableConnection::graceful_shutdown;
            run(connection, shut_down, &stop).await
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection broke off");
        }
    }

    /// Whether HTTP/2 is to be spoken; nothing if the client does not begin in time.
    ///
    /// Only with our proxies: a client may keep streams open without ever taking what it asked for,
    /// and no time limit of ours sees that.
    async fn is_http2(&self, stream: &TcpStream, peer: SocketAddr) -> Option<bool> {
        if !is_proxy(&self.proxies, peer.ip()) {
            return Some(false);
        }
        protocol::is_http2(stream, self.header_read_timeout).await
    }
}

/// Whether the client sends the body only once it is told to (RFC 9110, section 10.1.1).
fn waits(request: &Request<Incoming>) -> bool {
    let expects = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    request.version() > Version::HTTP_10
        && request.headers().get(header::EXPECT).is_some_and(expects)
}

/// Waits for the end of the connection, and asks for it at `stop`.
async fn run<C: Future>(
    mut connection: Pin<&mut C>,
    shut_down: impl FnOnce(Pin<&mut C>),
    stop: &CancellationToken,
) -> C::Output {
    tokio::select! {
        result = &mut connection => result,
        () = stop.cancelled() => {
            shut_down(connection.as_mut());
            connection.await
        }
    }
}
