use std::sync::LazyLock;
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

use super::handles::Handles;
use super::install;

pub(super) const DURATION: &str = "task_duration_seconds";

const ATTEMPTS: &str = "task_attempts_total";
const IN_FLIGHT: &str = "tasks_in_flight";
const QUEUE_DEPTH: &str = "task_queue_depth";
const OLDEST_DUE_AGE: &str = "task_oldest_due_age_seconds";
const RELAY_LAG: &str = "task_relay_lag_seconds";

static RUNNING: LazyLock<Gauge> = LazyLock::new(|| {
    install();
    gauge!(IN_FLIGHT)
});

/// By the name of the task, of which there are as many as are registered.
static TASKS: LazyLock<Handles<String, Series>> = LazyLock::new(Handles::default);

/// The series of a task.
#[derive(Debug)]
struct Series {
    duration: Histogram,
    attempts: Handles<&'static str, Counter>,
}

/// Counts an attempt of a task that has ended.
pub fn record_attempt(task: &str, outcome: &'static str, duration: Duration) {
    let series = TASKS.get(task, || {
        install();
        Series {
            duration: histogram!(DURATION, "task" => task.to_owned()),
            attempts: Handles::default(),
        }
    });
    series.duration.record(duration);
    let attempts = series.attempts.get(
        &outcome,
        || counter!(ATTEMPTS, "task" => task.to_owned(), "outcome" => outcome),
    );
    attempts.increment(1);
}

/// Counts a task as running until it is dropped.
#[derive(Debug)]
pub struct TaskInFlight(());

impl TaskInFlight {
    /// Counts one more.
    pub fn begin() -> Self {
        RUNNING.increment(1.0);
        Self(())
    }
}

impl Drop for TaskInFlight {
    fn drop(&mut self) {
        RUNNING.decrement(1.0);
    }
}

/// Tells what waits in a queue.
pub fn set_queue_depth(queue: &str, due: i64, oldest_age_ms: i64) {
    gauge!(QUEUE_DEPTH, "queue" => queue.to_owned()).set(due as f64);
    gauge!(OLDEST_DUE_AGE, "queue" => queue.to_owned()).set(oldest_age_ms as f64 / 1_000.0);
}

/// Tells for how long a task has been due of which the broker was not told.
pub fn set_relay_lag(lag_ms: i64) {
    gauge!(RELAY_LAG).set(lag_ms as f64 / 1_000.0);
}

pub(super) fn describe() {
    describe_counter!(ATTEMPTS, "Attempts of tasks that have ended.");
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time that an attempt of a task took."
    );
    describe_gauge!(IN_FLIGHT, "Tasks that are running.");
    describe_gauge!(
        QUEUE_DEPTH,
        "Tasks that are due and not claimed, by queue; every worker tells the same."
    );
    describe_gauge!(
        OLDEST_DUE_AGE,
        Unit::Seconds,
        "Time for which the oldest unclaimed task has been due, by queue."
    );
    describe_gauge!(
        RELAY_LAG,
        Unit::Seconds,
        "Time for which the oldest task has been due of which the broker was not told."
    );
}
