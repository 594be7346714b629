//! What a running task has at hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::execution::{encode_result, storable};
use super::ledger::{self, Claimed};
use super::{TaskError, TaskResult};
use crate::app::App;
use crate::db::{self, Tx, Work};
use crate::id::Id;

tokio::task_local! {
    static REQUEST_ID: Option<String>;
    static TASK_ID: Id;
}

/// The id of the request that the current code runs for, also in a task that it enqueued.
pub fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok().flatten()
}

/// Runs the work on behalf of the request: what it enqueues carries the id on.
pub fn with_request_id<F: Future>(
    request_id: Option<String>,
    work: F,
) -> impl Future<Output = F::Output> {
    REQUEST_ID.scope(request_id, work)
}

/// The id of the task that the current code runs in.
pub(super) fn task_id() -> Option<Id> {
    TASK_ID.try_with(|id| *id).ok()
}

/// Runs the work as the task: what it enqueues has it as its parent.
pub(super) fn with_task_id<F: Future>(id: Id, work: F) -> impl Future<Output = F::Output> {
    TASK_ID.scope(id, work)
}

/// What a running task has at hand.
#[derive(Clone)]
pub struct TaskContext {
    app: Arc<App>,
    id: Id,
    attempt: u32,
    claim: i64,
    flow_id: Option<Id>,
    cancellation: CancellationToken,
    time_is_short: CancellationToken,
    finished: Arc<AtomicBool>,
}

impl TaskContext {
    pub(super) fn new(app: Arc<App>, claimed: &Claimed, cancellation: &CancellationToken) -> Self {
        Self {
            app,
            id: claimed.id,
            attempt: u32::try_from(claimed.attempts).unwrap_or(1),
            claim: claimed.claim,
            flow_id: claimed.flow_id,
            // The task may cancel its own token, but not the engine's.
            cancellation: cancellation.child_token(),
            time_is_short: CancellationToken::new(),
            finished: Arc::default(),
        }
    }

    /// What handlers and tasks share.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The id of this task.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Is cancelled when the attempt has ended in any way, such as when the task is called off or
    /// its time is up. The task is stopped at its next await point anyway; blocking work has to look
    /// here.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Is cancelled when the task has used up its `SOFT_TIMEOUT` and had better come to an end.
    pub fn time_is_short(&self) -> &CancellationToken {
        &self.time_is_short
    }

    /// Says how far the task is, for everyone who looks at it.
    pub async fn progress(&self, percent: u8, message: &str) -> TaskResult<()> {
        let percent = i32::from(percent.min(100));
        let message = storable(message);
        let held = self
            .app
            .transaction(async |tx: &mut Tx| {
                let held = ledger::progress(tx, self.id, self.claim, percent, &message).await?;
                Ok::<_, db::Error>(held)
            })
            .await?;
        if !held {
            return Err(lease_lost());
        }
        self.app.queue.waiters.wake(self.id);
        Ok(())
    }

    /// What the link before this one in a chain has returned; after a group, an array of what its
    /// members returned. `None` if there is no link before.
    pub async fn previous<T: DeserializeOwned>(&self) -> TaskResult<Option<T>> {
        if self.flow_id.is_none() {
            return Ok(None);
        }
        let mut conn = self.app.connection().await?;
        let Some(result) = ledger::previous_result(&mut conn, self.id).await? else {
            return Ok(None);
        };
        let previous = serde_json::from_str(&result).map_err(|error| {
            TaskError::permanent(error).public("what the link before has returned cannot be read")
        });
        previous.map(Some)
    }

    /// Runs the last step of a task in a transaction that also writes down that it succeeded.
    ///
    /// So its effects on the database happen exactly once, whatever is killed when. If the task
    /// was meanwhile called off, or given to another worker, nothing of it is kept. It is the last
    /// step, so a task has one: a second one is refused.
    pub async fn transaction<T, F>(&self, work: F) -> TaskResult<T>
    where
        for<'r> F: AsyncFn(&'r mut Tx) -> TaskResult<T>
            + Work<&'r mut Tx, TaskResult<T>, Running: Send>
            + Send
            + Sync,
        T: Serialize + Send + Sync,
    {
        if self.is_finished() {
            return Err(TaskError::permanent(AlreadySucceeded));
        }
        let (output, ended_flows) = self
            .app
            .transaction(async |tx: &mut Tx| {
                let output = work(tx).await?;
                let result = encode_result(&output)?;
                if !ledger::succeed(tx, self.id, self.claim, &result).await? {
                    return Err(lease_lost());
                }
                let ended_flows = match self.flow_id {
                    Some(_) => ledger::advance(tx, &[self.id]).await?,
                    None => Vec::new(),
                };
                Ok((output, ended_flows))
            })
            .await?;
        let waiters = &self.app.queue.waiters;
        ended_flows.into_iter().for_each(|id| waiters.wake(id));
        self.finished.store(true, Ordering::Release);
        Ok(output)
    }

    /// Whether the task has written down itself that it succeeded.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }
}

/// The task was called off, or its lease ran out and another worker has it.
#[derive(Debug, thiserror::Error)]
#[error("the task was called off, or another worker has it by now")]
pub(super) struct LeaseLost;

fn lease_lost() -> TaskError {
    TaskError::permanent(LeaseLost).public("it was called off")
}

/// The task has taken its last step before.
#[derive(Debug, thiserror::Error)]
#[error("`ctx.transaction` is the last step of a task: it has succeeded with it already")]
struct AlreadySucceeded;
