use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::protocol;
use super::request_body::RequestBody;
use super::write_timeout::WriteTimeout;
use crate::metrics::OpenConnection;

/// Largest head of a request: the first line and all headers.
const MAX_HEAD_BYTES: u32 = 64 << 10;

/// How long a client may take nothing of its answer: long enough to repeat what got lost.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a client that speaks HTTP/2 is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// How connections are answered.
#[derive(Debug, Clone)]
pub(super) struct Http {
    header_read_timeout: Duration,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
}

impl Http {
    pub(super) fn new(header_read_timeout: Duration) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(header_read_timeout)
            .max_header_size(MAX_HEAD_BYTES as usize);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .max_header_list_size(MAX_HEAD_BYTES);
        Self {
            header_read_timeout,
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
        let is_http2 = protocol::is_http2(&stream, self.header_read_timeout);
        let Some(Some(is_http2)) = stop.run_until_cancelled(is_http2).await else {
            return;
        };
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let expects = request.headers().contains_key(header::EXPECT);
            let request = request.map(|body| Body::new(RequestBody::new(body, expects)));
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
