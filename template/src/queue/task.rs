//! What a task is.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::enqueue::{EnqueueError, EnqueueOptions, enqueue};
use super::{TaskContext, TaskResult};
use crate::db::Tx;
use crate::id::Id;

/// A piece of work for later: its arguments, and what to do with them.
///
/// It may run more than once (a worker can die just before it writes down that it was done), so
/// `run` must come to the same end when repeated. Arguments are ids, not objects: what they stand
/// for may have changed by the time the task runs.
pub trait Task: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name in the ledger. Rows carry it, so it never changes.
    const NAME: &'static str;
    /// The queue it waits in, unless the caller chooses another.
    const QUEUE: &'static str = "default";
    /// Attempts in all, unless the caller chooses otherwise.
    const MAX_ATTEMPTS: u32 = 4;
    /// An attempt that takes longer is stopped and counts as failed.
    const TIMEOUT: Duration = Duration::from_secs(300);

    /// What it returns, kept in the ledger as JSON.
    type Output: Serialize + Send;

    /// Does the work.
    fn run(self, ctx: TaskContext) -> impl Future<Output = TaskResult<Self::Output>> + Send;

    /// Has it run as soon as the transaction is committed; never, if it is rolled back.
    fn enqueue(&self, tx: &mut Tx) -> impl Future<Output = Result<Id, EnqueueError>> + Send {
        self.enqueue_with(tx, EnqueueOptions::default())
    }

    /// Like [`enqueue`](Self::enqueue), at another time, in another queue, only once …
    fn enqueue_with(
        &self,
        tx: &mut Tx,
        options: EnqueueOptions,
    ) -> impl Future<Output = Result<Id, EnqueueError>> + Send {
        enqueue(self, tx, options)
    }
}
