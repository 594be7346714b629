//! Enqueuing a task.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;

use super::ledger::{self, NewTask};
use super::task::{DEFAULT_MAX_ATTEMPTS, DEFAULT_QUEUE};
use super::{Message, Task, context};
use crate::db::{self, TransactionError, Tx};
use crate::id::Id;

/// Longer than any task can wait to good effect.
pub(super) const MAX_DELAY: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// The longest name of a task or of a queue.
const MAX_NAME_BYTES: usize = 100;

/// The longest idempotency key.
const MAX_KEY_BYTES: usize = 200;

/// How a task is enqueued, where it differs from what the task itself says.
#[derive(Debug, Clone, Default)]
pub struct EnqueueOptions {
    /// Run it this much later.
    pub delay: Duration,
    /// Run it at this time, or at once if that is past. Comes before `delay`.
    pub at: Option<OffsetDateTime>,
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
        name: String,
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
        name: String,
        /// What they take.
        size_bytes: usize,
        /// What they may take.
        max_bytes: usize,
    },
    /// An option has no sensible meaning.
    #[error("task `{name}`: {reason}")]
    Option {
        /// The task.
        name: String,
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

/// Enqueues a task by its name, for a program that does not have its code.
///
/// Nobody checks here that such a task exists or what it takes: it waits for a worker that knows
/// it, and fails there if its arguments are not what that worker expects.
pub async fn enqueue_by_name(
    tx: &mut Tx,
    name: &str,
    args: &serde_json::Value,
    options: &EnqueueOptions,
) -> Result<Id, EnqueueError> {
    let task = Draft {
        name,
        queue: DEFAULT_QUEUE,
        max_attempts: DEFAULT_MAX_ATTEMPTS,
        args: encode(name, args, tx.max_args_bytes())?,
    };
    store(tx, &task, options).await
}

/// Writes the task into the ledger and has it published after the commit.
pub(super) async fn enqueue<T: Task>(
    task: &T,
    tx: &mut Tx,
    options: &EnqueueOptions,
) -> Result<Id, EnqueueError> {
    let task = Draft {
        name: T::NAME,
        queue: T::QUEUE,
        max_attempts: T::MAX_ATTEMPTS,
        args: encode(T::NAME, task, tx.max_args_bytes())?,
    };
    store(tx, &task, options).await
}

/// A task before it is in the ledger.
struct Draft<'a> {
    name: &'a str,
    queue: &'a str,
    max_attempts: u32,
    args: String,
}

async fn store(
    tx: &mut Tx,
    task: &Draft<'_>,
    options: &EnqueueOptions,
) -> Result<Id, EnqueueError> {
    check(task.name, options)?;
    let queue = options.queue.as_deref().unwrap_or(task.queue);
    let delay_ms = whole_ms(options.delay());
    let request_id = context::request_id();
    let row = NewTask {
        id: Id::new(),
        name: task.name,
        queue,
        args: &task.args,
        delay_ms,
        priority: options.priority,
        max_attempts: i32::try_from(options.max_attempts.unwrap_or(task.max_attempts))
            .unwrap_or(i32::MAX),
        idempotency_key: options.idempotency_key.as_deref(),
        expires_in_ms: options.expires_in.map(whole_ms),
        request_id: request_id.as_deref(),
        parent_id: options.parent_id.or_else(context::task_id),
    };
    let (id, is_new) = ledger::insert(tx, &row).await?;
    if is_new && delay_ms == 0 {
        let queue = queue.to_owned();
        tx.publish_after_commit(Message { id, queue });
    }
    Ok(id)
}

impl EnqueueOptions {
    fn delay(&self) -> Duration {
        match self.at {
            None => self.delay,
            Some(at) => (at - OffsetDateTime::now_utc())
                .try_into()
                .unwrap_or_default(),
        }
    }
}

fn check(name: &str, options: &EnqueueOptions) -> Result<(), EnqueueError> {
    let refuse = |reason| {
        Err(EnqueueError::Option {
            name: name.to_owned(),
            reason,
        })
    };
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return refuse("a name has between 1 and 100 bytes");
    }
    let has_nul = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\0'));
    if has_nul(&options.queue) || has_nul(&options.idempotency_key) {
        return refuse("neither a queue nor an idempotency key may contain a NUL character");
    }
    if options
        .queue
        .as_ref()
        .is_some_and(|queue| queue.is_empty() || queue.len() > MAX_NAME_BYTES)
    {
        return refuse("the name of a queue has between 1 and 100 bytes");
    }
    if options.delay() > MAX_DELAY || options.expires_in.is_some_and(|after| after > MAX_DELAY) {
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

fn encode(name: &str, args: &impl Serialize, max_bytes: usize) -> Result<String, EnqueueError> {
    let text = serde_json::to_string(args).map_err(|source| EnqueueError::Args {
        name: name.to_owned(),
        source,
    })?;
    if text.len() > max_bytes {
        return Err(EnqueueError::TooLarge {
            name: name.to_owned(),
            size_bytes: text.len(),
            max_bytes,
        });
    }
    Ok(text)
}

/// A duration in whole milliseconds. Callers have bounded it to ten years.
pub(super) fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
