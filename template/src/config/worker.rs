//! The workers and the tasks they run.
//!
//! Reads `WORKER_QUEUES`, `WORKER_CONCURRENCY`, `WORKER_PREFETCH`, `TASK_LEASE_SECS`,
//! `TASK_RETRY_BASE_MS`, `TASK_MAX_ARGS_BYTES`, `TASK_RETENTION_DAYS`, `TASK_RESULT_TTL_SECS` and
//! `TASK_WAIT_TIMEOUT_SECS`.

use std::time::Duration;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "WORKER_QUEUES",
        "Queues to serve, separated by commas; * is all of src/tasks/mod.rs.",
    )
    .default("*"),
    Variable::new(
        "WORKER_CONCURRENCY",
        "Most tasks at once in a worker, 1 to 1024.",
    )
    .default("8"),
    Variable::new(
        "WORKER_PREFETCH",
        "Tasks of each queue that a worker claims before it can start them, 0 to 65536; without \
         it, as many as it is quick with.",
    ),
    Variable::new(
        "TASK_LEASE_SECS",
        "How long after the death of a worker its tasks are taken over, 1 to 3600.",
    )
    .default("30"),
    Variable::new(
        "TASK_RETRY_BASE_MS",
        "Scale of the growing pause before a retry, 1 to 3600000.",
    )
    .default("10000"),
    Variable::new(
        "TASK_MAX_ARGS_BYTES",
        "Largest arguments of a task, 1 to 16777216.",
    )
    .default("65536"),
    Variable::new(
        "TASK_RETENTION_DAYS",
        "How long finished tasks are kept, 1 to 3650.",
    )
    .default("7"),
    Variable::new(
        "TASK_RESULT_TTL_SECS",
        "How long what a task returned is kept, 1 to 315360000; 0 is as long as the task.",
    )
    .default("0"),
    Variable::new(
        "TASK_WAIT_TIMEOUT_SECS",
        "How long a request may wait for the end of a task, 1 to 3600; then the task is revoked.",
    )
    .default("360"),
];

/// How tasks are run.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Queues to serve; `*` is all of `src/tasks/mod.rs`.
    pub queues: Vec<String>,
    /// Most tasks at once.
    pub concurrency: usize,
    /// Tasks of each queue that are claimed before they can start.
    pub prefetch: Option<usize>,
    /// How long after the death of a worker its tasks are taken over.
    pub lease_secs: u64,
    /// Scale of the growing pause before a retry.
    pub retry_base_ms: u64,
    /// Largest arguments of a task.
    pub max_args_bytes: usize,
    /// How long finished tasks are kept.
    pub retention_days: u32,
    /// How long what a task returned is kept; 0 is as long as the task.
    pub result_ttl_secs: u32,
    /// How long a request may wait for the end of a task.
    pub wait_timeout_secs: u64,
}

impl WorkerConfig {
    /// The length of a lease.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_secs)
    }

    /// The length of a lease in milliseconds.
    pub fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease_secs.saturating_mul(1_000)).unwrap_or(i64::MAX)
    }

    /// How long what a task returned is kept, in milliseconds, if not as long as the task.
    pub fn result_ttl_ms(&self) -> Option<i64> {
        (self.result_ttl_secs > 0).then(|| i64::from(self.result_ttl_secs) * 1_000)
    }

    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        const QUEUES: &str = "WORKER_QUEUES";
        let accepts = "`*` or a comma-separated list of queues";
        let queues = settings.list(QUEUES, accepts)?;
        if queues.is_empty() {
            return Err(settings.invalid(QUEUES, accepts));
        }
        Ok(Self {
            queues,
            concurrency: settings.number("WORKER_CONCURRENCY", 1..=1024)?,
            prefetch: settings.optional_number("WORKER_PREFETCH", 0..=65_536)?,
            lease_secs: settings.number("TASK_LEASE_SECS", 1..=3600)?,
            retry_base_ms: settings.number("TASK_RETRY_BASE_MS", 1..=3_600_000)?,
            max_args_bytes: settings.number("TASK_MAX_ARGS_BYTES", 1..=16_777_216)?,
            retention_days: settings.number("TASK_RETENTION_DAYS", 1..=3650)?,
            result_ttl_secs: settings.number("TASK_RESULT_TTL_SECS", 0..=315_360_000)?,
            wait_timeout_secs: settings.number("TASK_WAIT_TIMEOUT_SECS", 1..=3600)?,
        })
    }
}
