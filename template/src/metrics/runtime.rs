use metrics::{Unit, describe_gauge, gauge};
use tokio::runtime::Handle;

const WORKERS: &str = "tokio_workers";
const ALIVE_TASKS: &str = "tokio_alive_tasks";
const QUEUE_DEPTH: &str = "tokio_global_queue_depth";
#[cfg(target_has_atomic = "64")]
const BUSY: &str = "tokio_busy_seconds_total";

/// Tells how the async runtime is now.
pub(super) fn observe() {
    let runtime = Handle::current().metrics();
    gauge!(WORKERS).set(runtime.num_workers() as f64);
    gauge!(ALIVE_TASKS).set(runtime.num_alive_tasks() as f64);
    gauge!(QUEUE_DEPTH).set(runtime.global_queue_depth() as f64);
    #[cfg(target_has_atomic = "64")]
    {
        let busy =
            (0..runtime.num_workers()).map(|worker| runtime.worker_total_busy_duration(worker));
        gauge!(BUSY).set(busy.map(|busy| busy.as_secs_f64()).sum::<f64>());
    }
}

pub(super) fn describe() {
    describe_gauge!(WORKERS, "Threads of the async runtime.");
    describe_gauge!(
        ALIVE_TASKS,
        "Tasks of the async runtime that have not ended."
    );
    describe_gauge!(
        QUEUE_DEPTH,
        "Tasks of the async runtime that wait for any thread."
    );
    #[cfg(target_has_atomic = "64")]
    describe_gauge!(
        BUSY,
        Unit::Seconds,
        "Time that the threads of the async runtime were busy, of all together."
    );
}
