use std::time::Duration;

use time::OffsetDateTime;

use super::EnqueueError;
use crate::id::Id;
use crate::queue::flow::{CHAIN, GROUP};

/// Longer than any task can wait to good effect.
pub(in crate::queue) const MAX_DELAY: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

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

impl EnqueueOptions {
    /// How much later than now the task is due.
    pub(super) fn delay(&self) -> Duration {
        match self.at {
            None => self.delay,
            Some(at) => (at - OffsetDateTime::now_utc())
                .try_into()
                .unwrap_or_default(),
        }
    }

    /// Whether a task with this name can be enqueued like this.
    pub(super) fn check(&self, name: &str) -> Result<(), EnqueueError> {
        let refuse = |reason| {
            Err(EnqueueError::Option {
                name: name.to_owned(),
                reason,
            })
        };
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return refuse("a name has between 1 and 100 bytes");
        }
        // Databases differ in what they make of these.
        if name.contains('\0') || name.trim() != name {
            return refuse("a name has no NUL character, and no space at its ends");
        }
        if [CHAIN, GROUP].contains(&name) {
            return refuse("that is the name of flows");
        }
        let has_nul = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\0'));
        if has_nul(&self.queue) || has_nul(&self.idempotency_key) {
            return refuse("neither a queue nor an idempotency key may contain a NUL character");
        }
        if self
            .queue
            .as_ref()
            .is_some_and(|queue| queue.is_empty() || queue.len() > MAX_NAME_BYTES)
        {
            return refuse("the name of a queue has between 1 and 100 bytes");
        }
        if self.delay() > MAX_DELAY || self.expires_in.is_some_and(|after| after > MAX_DELAY) {
            return refuse("it cannot be delayed by, or expire after, more than ten years");
        }
        if self.max_attempts == Some(0) {
            return refuse("it needs at least one attempt");
        }
        match &self.idempotency_key {
            Some(key) if key.is_empty() || key.len() > MAX_KEY_BYTES => {
                refuse("an idempotency key has between 1 and 200 bytes")
            }
            _ => Ok(()),
        }
    }
}
