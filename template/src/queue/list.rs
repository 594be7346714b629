//! The list of tasks that a service knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::execution::encode_result;
use super::flow::{CHAIN, GROUP};
use super::task::DEFAULT_QUEUE;
use super::{Task, TaskContext, TaskError, TaskResult};

/// The tasks that a service knows, by name.
pub struct TaskList {
    entries: BTreeMap<&'static str, TaskEntry>,
    queues: BTreeSet<&'static str>,
}

impl Default for TaskList {
    /// No task, and the default queue.
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            queues: BTreeSet::from([DEFAULT_QUEUE]),
        }
    }
}

/// What a worker needs to know of a kind of task.
#[derive(Clone, Copy)]
pub struct TaskEntry {
    /// The queue it waits in unless told otherwise.
    pub queue: &'static str,
    /// Attempts in all unless told otherwise.
    pub max_attempts: u32,
    /// The longest an attempt may take.
    pub timeout: Duration,
    pub(super) soft_timeout: Option<Duration>,
    pub(super) retry_delay: fn(u32) -> Option<Duration>,
    pub(super) run: fn(&str, TaskContext) -> BoxFuture<'static, TaskResult<String>>,
}

impl TaskList {
    /// Adds a task.
    ///
    /// # Panics
    ///
    /// If its name is that of another task or of a flow: at start-up, where it is noticed.
    pub fn add<T: Task>(&mut self) {
        let is_flow = [CHAIN, GROUP].contains(&T::NAME);
        assert!(!is_flow, "flows are named `{}`, choose another", T::NAME);
        let entry = TaskEntry {
            queue: T::QUEUE,
            max_attempts: T::MAX_ATTEMPTS,
            timeout: T::TIMEOUT,
            soft_timeout: T::SOFT_TIMEOUT,
            retry_delay: T::retry_delay,
            run: run::<T>,
        };
        self.queues.insert(T::QUEUE);
        let other = self.entries.insert(T::NAME, entry);
        assert!(other.is_none(), "two tasks are named `{}`", T::NAME);
    }

    /// Adds a queue that no task names as its own, but callers choose for some.
    pub fn add_queue(&mut self, name: &'static str) {
        self.queues.insert(name);
    }

    /// The queues in which these tasks may wait, sorted.
    pub fn queues(&self) -> impl Iterator<Item = &'static str> {
        self.queues.iter().copied()
    }

    /// The names and what there is to know of them, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &TaskEntry)> {
        self.entries.iter().map(|(name, entry)| (*name, entry))
    }

    pub(super) fn get(&self, name: &str) -> Option<&TaskEntry> {
        self.entries.get(name)
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.entries.keys().copied().collect()
    }
}

/// Reads the arguments, runs the task, writes the result.
fn run<T: Task>(args: &str, ctx: TaskContext) -> BoxFuture<'static, TaskResult<String>> {
    let args = args.to_owned();
    // Also reading the arguments is up to the task, and may panic.
    async move {
        let task = serde_json::from_str::<T>(&args)
            .map_err(|error| TaskError::permanent(error).public("its arguments cannot be read"))?;
        let output = task.run(ctx).await?;
        encode_result(&output)
    }
    .boxed()
}
