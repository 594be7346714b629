//! The one source of the current time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};

/// Tells what time it is, so that a plan is a pure function.
pub trait Clock {
    /// Time since the Unix epoch.
    fn since_epoch(&self) -> Duration;
}

/// The computer's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn since_epoch(&self) -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Duration);

impl Clock for FixedClock {
    fn since_epoch(&self) -> Duration {
        self.0
    }
}

/// The stamp of a migration directory in UTC: `2026-11-21-101530`.
pub fn migration_stamp(clock: &dyn Clock) -> String {
    format(clock.since_epoch().as_secs(), "%Y-%m-%d-%H%M%S")
}

/// The day in UTC: `2026-11-21`.
pub fn today(clock: &dyn Clock) -> String {
    let time = utc(clock.since_epoch().as_secs());
    time.split('T').next().unwrap_or_default().to_owned()
}

/// Seconds since the epoch in UTC, as RFC 3339 has it: `2026-11-21T10:15:30Z`.
pub fn utc(secs: u64) -> String {
    format(secs, "%Y-%m-%dT%H:%M:%SZ")
}

fn format(secs: u64, pattern: &str) -> String {
    let secs = i64::try_from(secs).ok();
    let time = secs.and_then(|secs| DateTime::from_timestamp(secs, 0));
    time.unwrap_or(DateTime::<Utc>::MAX_UTC)
        .format(pattern)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(secs: u64) -> String {
        migration_stamp(&FixedClock(Duration::from_secs(secs)))
    }

    #[test]
    fn stamps_are_utc_dates() {
        assert_eq!(stamp(0), "1970-01-01-000000");
        assert_eq!(stamp(951_782_400), "2000-02-29-000000");
        assert_eq!(stamp(1_795_255_530), "2026-11-21-100530");
        assert_eq!(stamp(4_107_542_399), "2100-02-28-235959");
        assert_eq!(utc(4_107_542_399), "2100-02-28T23:59:59Z");
        let clock = FixedClock(Duration::from_secs(4_107_542_399));
        assert_eq!(today(&clock), "2100-02-28");
    }
}
