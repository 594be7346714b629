use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::write_timeout::WriteTimeout;
use crate::metrics::OpenConnection;

/// Largest head of a request: the first line and all headers.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// How long a client may take nothing of its answer: long enough to repeat what got lost.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to wait where no connection can be accepted, as with too many open files.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers requests until `stop`; then no new ones, and returns when the open ones are answered.
///
/// `axum::serve` does the same, but waits for ever for the rest of a request, and for a client that
/// does not read its answer.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    header_read_timeout: Duration,
    stop: &CancellationToken,
) {
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(header_read_timeout)
        .max_header_size(MAX_HEAD_BYTES);
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let (http, router) = (http.clone(), router.clone());
                // Each looks at its own: of a common one, they would all lock the same place all the time.
                let stop = stop.child_token();
                connections.spawn(answer(http, stream, peer, router, stop));
            }
            // The client has gone away meanwhile.
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Answers the requests of one connection.
async fn answer(
    http: Builder,
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
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request.map(Body::new))
    });
    let stream = TokioIo::new(WriteTimeout::new(stream, WRITE_TIMEOUT));
    let connection = http.serve_connection(stream, service);
    // A WebSocket begins as a request and takes the connection over.
    let mut connection = pin!(connection.with_upgrades());
    let result = tokio::select! {
        result = &mut connection => result,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}
