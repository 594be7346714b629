//! How far the broker has got with each queue.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// By queue, when the newest of the tasks was enqueued of which the broker has brought a message.
///
/// A broker brings first what was published first. So what was published long before that, and has
/// not arrived, is lost, however much the queue still holds.
#[derive(Default)]
pub(super) struct Delivered(Mutex<HashMap<String, i64>>);

impl Delivered {
    /// Messages of tasks have arrived, the newest of which was enqueued at this time.
    pub(super) fn note(&self, queue: &str, newest_ms: i64) {
        let mut delivered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until_ms = delivered.entry(queue.to_owned()).or_insert(newest_ms);
        *until_ms = newest_ms.max(*until_ms);
    }

    /// The time until which everything in the queue should have arrived, in milliseconds since the
    /// Unix epoch.
    pub(super) fn until_ms(&self, queue: &str) -> Option<i64> {
        let delivered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        delivered.get(queue).copied()
    }
}
