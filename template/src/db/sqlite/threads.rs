use std::any::TypeId;
use std::error::Error;

use diesel::result::QueryResult;
use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use tokio_util::task::TaskTracker;

/// Runs the statements of a connection on tokio's threads for blocking work.
#[derive(Debug)]
pub struct Threads {
    /// What is under way, also for callers who have gone away.
    running: TaskTracker,
}

/// Returned by what takes microseconds: it is done right here, for to wake a thread takes longer,
/// and once nothing else is under way. Says whether it did what it is there for.
///
/// While another process repairs the file, SQLite may sleep here for a moment, whatever
/// `busy_timeout` says.
#[derive(Debug)]
pub(super) struct AtOnce(pub(super) bool);

impl SpawnBlocking for Threads {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync>>> {
        if TypeId::of::<R>() == TypeId::of::<QueryResult<AtOnce>>() {
            if self.running.is_empty() {
                return ready(Ok(task())).boxed();
            }
            let running = self.running.clone();
            return async move {
                running.wait().await;
                Ok(task())
            }
            .boxed();
        }
        let running = self.running.token();
        let result = tokio::task::spawn_blocking(move || {
            let result = task();
            // Only now: as long as `task` is there, it holds the connection.
            drop(running);
            result
        });
        result.map(|result| result.map_err(Into::into)).boxed()
    }

    fn get_runtime() -> Self {
        let running = TaskTracker::new();
        // Waiting ends when it is empty; more may still come.
        running.close();
        Self { running }
    }
}
