//! What a task is.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::enqueue::{EnqueueError, EnqueueOptions, enqueue, enqueue_all};
use super::{TaskContext, TaskResult};
use crate::db::Tx;
use crate::id::Id;

pub(super) const DEFAULT_QUEUE: &str = "default";
pub(super) const DEFAULT_MAX_ATTEMPTS: u32 = 4;

/// A piece of work for later: its arguments, and what to do with them.
///
/// It may run more than once (a worker can die just before it writes down that it was done), so
/// `run` must come to the same end when repeated. Arguments are ids, not objects: what they stand
/// for may have changed by the time the task runs.
pub trait Task: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in the ledger. Rows carry it, so it never changes.
    const NAME: &'static str;
    /// The queue it waits in, unless the caller chooses another.
    const QUEUE: &'static str = DEFAULT_QUEUE;
    /// Attempts in all, unless the caller chooses otherwise.
    const MAX_ATTEMPTS: u32 = DEFAULT_MAX_ATTEMPTS;
    /// An attempt that takes longer is stopped and counts as failed.
    const TIMEOUT: Duration = Duration::from_secs(300);
    /// An attempt that takes longer is warned: `ctx.time_is_short()`, and a line in the log.
    const SOFT_TIMEOUT: Option<Duration> = None;

    /// What it returns, kept in the ledger as JSON of a mebibyte at most.
    type Output: Serialize + Send;

    /// Does the work.
    fn run(self, ctx: TaskContext) -> impl Future<Output = TaskResult<Self::Output>> + Send;

    /// How long to wait for the next attempt after so many have failed, if not as usual.
    fn retry_delay(_failed_attempts: u32) -> Option<Duration> {
        None
    }

    /// Has it run as soon as the transaction is committed; never, if it is rolled back.
    fn enqueue(&self, tx: &mut Tx) -> impl Future<Output = Result<Id, EnqueueError>> + Send {
        async move { enqueue(self, tx, &EnqueueOptions::default()).await }
    }

    /// Like [`enqueue`](Self::enqueue), at another time, in another queue, only once …
    fn enqueue_with(
        &self,
        tx: &mut Tx,
        options: &EnqueueOptions,
    ) -> impl Future<Output = Result<Id, EnqueueError>> + Send {
        enqueue(self, tx, options)
    }

    /// Enqueues many at once, which is a lot faster than one after the other. Returns their ids, in
    /// the same order.
    fn enqueue_all(
        tx: &mut Tx,
        tasks: &[Self],
    ) -> impl Future<Output = Result<Vec<Id>, EnqueueError>> + Send {
        async move { enqueue_all(tasks, tx, &EnqueueOptions::default()).await }
    }

    /// Like [`enqueue_all`](Self::enqueue_all), with the same options for all of them.
    fn enqueue_all_with(
        tx: &mut Tx,
        tasks: &[Self],
        options: &EnqueueOptions,
    ) -> impl Future<Output = Result<Vec<Id>, EnqueueError>> + Send {
        enqueue_all(tasks, tx, options)
    }
}
