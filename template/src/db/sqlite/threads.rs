use std::any::TypeId;
use std::error::Error;
use std::sync::Arc;

use diesel::result::QueryResult;
use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

/// Runs the statements of a connection on tokio's threads for blocking work.
#[derive(Debug)]
pub struct Threads {
    /// Held by this and by whatever is under way.
    running: Arc<()>,
}

/// Returned by what takes microseconds: it is done right here if nothing else is under way, for to
/// wake a thread takes longer. Says whether it did what it is there for.
#[derive(Debug)]
pub(super) struct AtOnce(pub(super) bool);

impl SpawnBlocking for Threads {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync>>> {
        let is_at_once = TypeId::of::<R>() == TypeId::of::<QueryResult<AtOnce>>();
        if is_at_once && Arc::get_mut(&mut self.running).is_some() {
            return ready(Ok(task())).boxed();
        }
        let running = Arc::clone(&self.running);
        let result = tokio::task::spawn_blocking(move || {
            let result = task();
            drop(running);
            result
        });
        result.map(|result| result.map_err(Into::into)).boxed()
    }

    fn get_runtime() -> Self {
        Self {
            running: Arc::default(),
        }
    }
}
