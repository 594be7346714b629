//! The one source of the current time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    let time = utc(clock.since_epoch().as_secs());
    let (date, time) = time.split_once('T').unwrap_or_default();
    format!("{date}-{}", time.replace([':', 'Z'], ""))
}

/// Seconds since the epoch in UTC, as RFC 3339 has it: `2026-11-21T10:15:30Z`.
pub fn utc(secs: u64) -> String {
    let (year, month, day) = civil_date(secs / 86_400);
    let of_day = secs % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Days since 1970-01-01 as a date of the proleptic Gregorian calendar.
fn civil_date(days: u64) -> (u64, u64, u64) {
    // Counting from 0000-03-01 puts the leap day at the end of a year.
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
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
    }
}
