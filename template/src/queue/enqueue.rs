//! Enqueuing tasks, one or many.

mod error;
mod options;

use std::time::Duration;

use serde::Serialize;

use super::ledger::{self, NewTask};
use super::task::{DEFAULT_MAX_ATTEMPTS, DEFAULT_QUEUE};
use super::{Message, Task, context};
use crate::db::Tx;
use crate::db::clock::NowPlusMs;
use crate::id::Id;
use crate::trace;

pub use error::EnqueueError;
pub use options::EnqueueOptions;
pub(super) use options::MAX_DELAY;

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
    let kind = Kind {
        name,
        queue: DEFAULT_QUEUE,
        max_attempts: DEFAULT_MAX_ATTEMPTS,
    };
    let args = encode(name, args, tx.max_args_bytes())?;
    store(tx, &kind.row(args, options)?).await
}

/// Writes the task into the ledger and has it published after the commit.
pub(super) async fn enqueue<T: Task>(
    task: &T,
    tx: &mut Tx,
    options: &EnqueueOptions,
) -> Result<Id, EnqueueError> {
    let args = encode(T::NAME, task, tx.max_args_bytes())?;
    store(tx, &Kind::of::<T>().row(args, options)?).await
}

/// Writes the tasks into the ledger and has them published after the commit.
pub(super) async fn enqueue_all<T: Task>(
    tasks: &[T],
    tx: &mut Tx,
    options: &EnqueueOptions,
) -> Result<Vec<Id>, EnqueueError> {
    if options.idempotency_key.is_some() {
        return Err(EnqueueError::Option {
            name: T::NAME.to_owned(),
            reason: "many tasks cannot have the same idempotency key",
        });
    }
    let max_bytes = tx.max_args_bytes();
    let row = |task| Kind::of::<T>().row(encode(T::NAME, task, max_bytes)?, options);
    let rows = tasks.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let ids = rows.iter().map(|row| row.id).collect();
    store_all(tx, rows).await?;
    Ok(ids)
}

/// What is the same for all tasks of a kind.
pub(super) struct Kind<'a> {
    name: &'a str,
    queue: &'a str,
    max_attempts: u32,
}

impl Kind<'_> {
    pub(super) fn of<T: Task>() -> Self {
        Self {
            name: T::NAME,
            queue: T::QUEUE,
            max_attempts: T::MAX_ATTEMPTS,
        }
    }

    /// The task before it is in the ledger.
    pub(super) fn row(
        &self,
        args: String,
        options: &EnqueueOptions,
    ) -> Result<NewTask, EnqueueError> {
        options.check(self.name)?;
        let queue = options.queue.as_deref().unwrap_or(self.queue);
        let max_attempts = options.max_attempts.unwrap_or(self.max_attempts);
        Ok(NewTask {
            priority: options.priority,
            max_attempts: i32::try_from(max_attempts).unwrap_or(i32::MAX),
            idempotency_key: options.idempotency_key.clone(),
            expires_at: NowPlusMs(options.expires_in.map(whole_ms)),
            request_id: context::request_id(),
            traceparent: trace::current().map(|trace| trace.to_string()),
            parent_id: options.parent_id.or_else(context::task_id),
            ..NewTask::new(self.name, queue, args, whole_ms(options.delay()))
        })
    }
}

async fn store(tx: &mut Tx, row: &NewTask) -> Result<Id, EnqueueError> {
    let (id, is_new) = ledger::insert(tx, row).await?;
    if let Some(message) = row.message().filter(|_| is_new) {
        tx.publish_after_commit(message);
    }
    Ok(id)
}

/// Writes many rows into the ledger and has those that are due published after the commit.
pub(super) async fn store_all(tx: &mut Tx, rows: Vec<NewTask>) -> Result<(), EnqueueError> {
    let messages: Vec<Message> = rows.iter().filter_map(NewTask::message).collect();
    ledger::insert_all(tx, &rows).await?;
    for message in messages {
        tx.publish_after_commit(message);
    }
    Ok(())
}

/// The arguments of a task as they are stored.
pub(super) fn encode(
    name: &str,
    args: &impl Serialize,
    max_bytes: usize,
) -> Result<String, EnqueueError> {
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
