use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Http;
use crate::config::Config;

/// How long to wait where no connection can be accepted, as with too many open files.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers requests until `stop`; then no new ones, and returns when the open ones are answered.
///
/// `axum::serve` does the same, but waits for ever for the rest of a request, and for a client that
/// does not read its answer.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    config: &Config,
    stop: &CancellationToken,
) {
    let http = Http::new(config);
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => {
                let (http, router) = (http.clone(), router.clone());
                // Each looks at its own: of a common one, they would all lock the same place all the time.
                let stop = stop.child_token();
                connections.spawn(http.answer(stream, peer, router, stop));
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

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}
