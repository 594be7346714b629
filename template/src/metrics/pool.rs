use std::sync::LazyLock;
use std::time::Duration;

use deadpool::Status;
use metrics::{Histogram, Unit, describe_gauge, describe_histogram, gauge, histogram};

use super::install;

pub(super) const WAIT: &str = "db_pool_wait_seconds";

const CONNECTIONS: &str = "db_pool_connections";
const MAX_CONNECTIONS: &str = "db_pool_max_connections";
const WAITING: &str = "db_pool_waiting";

static WAITS: LazyLock<Histogram> = LazyLock::new(|| {
    install();
    histogram!(WAIT)
});

/// Counts that somebody has waited so long for a connection, with or without success.
pub fn record_pool_wait(duration: Duration) {
    WAITS.record(duration);
}

/// Tells how the pool is now.
pub(super) fn observe(pool: Status) {
    let used = pool.size - pool.available.min(pool.size);
    gauge!(CONNECTIONS, "state" => "idle").set(pool.available as f64);
    gauge!(CONNECTIONS, "state" => "used").set(used as f64);
    gauge!(MAX_CONNECTIONS).set(pool.max_size as f64);
    gauge!(WAITING).set(pool.waiting as f64);
}

pub(super) fn describe() {
    describe_histogram!(
        WAIT,
        Unit::Seconds,
        "Time until there was a connection to the database, or none."
    );
    describe_gauge!(
        CONNECTIONS,
        "Connections to the database, `used` or `idle`."
    );
    describe_gauge!(MAX_CONNECTIONS, "The most that there may be.");
    describe_gauge!(WAITING, "How many wait for a connection to the database.");
}
