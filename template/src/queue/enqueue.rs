//! Enqueuing a task.

use std::time::Duration;

use super::ledger::{self, NewTask};
use super::{Message, Task, context};
use crate::db::{self, TransactionError, Tx};
use crate::id::Id;

/// Longer than any task can wait to good effect.
const MAX_DELAY: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// The longest idempotency key.
const MAX_KEY_BYTES: usize = 200;

/// How a task is enqueued, where it differs from what the task itself says.
#[derive(Debug, Clone, Default)]
pub struct EnqueueOptions {
    /// Run it this much later.
    pub delay: Duration,
    /// Another queue than the task's own.
    pub queue: Option<String>,
    /// Higher goes first. 0 is usual.
    pub priority: i32,
    /// Attempts in all.
    pub max_attempts: Option<u32>,
    /// While a task with this key is in the ledger, no second one is added.
    pub idempotency_key: Option<String>,
    /// Do not start it if it has waited for so long after it was enqueued.
    pub expires_in: Option<Duration>,
    /// The task that this one follows from.
    pub parent_id: Option<Id>,
}

/// Why a task was not enqueued.
#[derive(Debug, thiserror::Error)]
pub enum EnqueueError {
    /// The arguments cannot be written as JSON.
    #[error("the arguments of task `{name}` cannot be written as JSON: {source}")]
    Args {
        /// The task.
        name: &'static str,
        /// What JSON has against them.
        source: serde_json::Error,
    },
    /// The arguments are larger than `TASK_MAX_ARGS_BYTES`.
    #[error(
        "the arguments of task `{name}` take {size_bytes} bytes, \
         more than TASK_MAX_ARGS_BYTES = {max_bytes}; store them and pass an id"
    )]
    TooLarge {
        /// The task.
        name: &'static str,
        /// What they take.
        size_bytes: usize,
        /// What they may take.
        max_bytes: usize,
    },
    /// An option has no sensible meaning.
    #[error("task `{name}`: {reason}")]
    Option {
        /// The task.
        name: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The database refused.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl From<diesel::result::Error> for EnqueueError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

impl TransactionError for EnqueueError {
    fn database_error(&self) -> Option<&diesel::result::Error> {
        match self {
            Self::Database(error) => error.database_error(),
            _ => None,
        }
    }
}

/// Writes the task into the ledger and has it published after the commit.
pub(super) async fn enqueue<T: Task>(
    task: &T,
    tx: &mut Tx,
    options: EnqueueOptions,
) -> Result<Id, EnqueueError> {
    check::<T>(&options)?;
    let args = encode(task, tx.max_args_bytes())?;
    let queue = options.queue.unwrap_or_else(|| T::QUEUE.to_owned());
    let delay_ms = whole_ms(options.delay);
    let request_id = context::request_id();
    let row = NewTask {
        id: Id::new(),
        name: T::NAME,
        queue: &queue,
        args: &args,
        delay_ms,
        priority: options.priority,
        max_attempts: i32::try_from(options.max_attempts.unwrap_or(T::MAX_ATTEMPTS))
            .unwrap_or(i32::MAX),
        idempotency_key: options.idempotency_key.as_deref(),
        expires_in_ms: options.expires_in.map(whole_ms),
        request_id: request_id.as_deref(),
        parent_id: options.parent_id,
    };
    let (id, is_new) = ledger::insert(tx, &row).await?;
    if is_new && delay_ms == 0 {
        tx.publish_after_commit(Message { id, queue });
    }
    Ok(id)
}

fn check<T: Task>(options: &EnqueueOptions) -> Result<(), EnqueueError> {
    let refuse = |reason| {
        Err(EnqueueError::Option {
            name: T::NAME,
            reason,
        })
    };
    if options.delay > MAX_DELAY || options.expires_in.is_some_and(|after| after > MAX_DELAY) {
        return refuse("it cannot be delayed by, or expire after, more than ten years");
    }
    if options.max_attempts == Some(0) {
        return refuse("it needs at least one attempt");
    }
    match &options.idempotency_key {
        Some(key) if key.is_empty() || key.len() > MAX_KEY_BYTES => {
            refuse("an idempotency key has between 1 and 200 bytes")
        }
        _ => Ok(()),
    }
}

fn encode<T: Task>(task: &T, max_bytes: usize) -> Result<String, EnqueueError> {
    let args = serde_json::to_string(task).map_err(|source| EnqueueError::Args {
        name: T::NAME,
        source,
    })?;
    if args.len() > max_bytes {
        return Err(EnqueueError::TooLarge {
            name: T::NAME,
            size_bytes: args.len(),
            max_bytes,
        });
    }
    Ok(args)
}

/// A duration in whole milliseconds. Callers have bounded it to ten years.
fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
