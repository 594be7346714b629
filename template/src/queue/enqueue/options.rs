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
        // Databases differ in what they make of NUL characters, and of outer spaces.
        let fits = |text: &str, most| (1..=most).contains(&text.len()) && !text.contains('\0');
        let is_name = |text: &str| fits(text, MAX_NAME_BYTES) && text.trim() == text;
        if !is_name(name) {
            return refuse("a name has 1 to 100 bytes, no NUL character and no outer spaces");
        }
        if [CHAIN, GROUP].contains(&name) {
            return refuse("that is the name of flows");
        }
        let queue = self.queue.as_deref();
        if queue.is_some_and(|queue| !is_name(queue)) {
            return refuse("a queue's name has 1 to 100 bytes, no NUL character, no outer spaces");
        }
        let key = self.idempotency_key.as_deref();
        if key.is_some_and(|key| !fits(key, MAX_KEY_BYTES)) {
            return refuse("an idempotency key has 1 to 200 bytes and no NUL character");
        }
        if self.delay() > MAX_DELAY || self.expires_in.is_some_and(|after| after > MAX_DELAY) {
            return refuse("it cannot be delayed by, or expire after, more than ten years");
        }
        if self.max_attempts == Some(0) {
            return refuse("it needs at least one attempt");
        }
        Ok(())
    }
}
