//! When schedules fire, by the crate that the service itself asks.

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::name::shown;

/// 2026-01-01 00:00:00 UTC, from when on fires are told, in seconds since the Unix epoch.
const START: i64 = 1_767_225_600;

/// A cron expression of 5 fields, or of 6 with seconds in front, in a time zone.
#[derive(Debug)]
pub(super) struct Cron {
    cron: croner::Cron,
    zone: Tz,
}

impl Cron {
    pub(super) fn parse(text: &str, zone: Option<&str>) -> Result<Self> {
        let cron = text
            .parse()
            .map_err(|error: croner::errors::CronError| Error::Argument {
                message: format!(
                    "the cron expression `{}` cannot be read: {error}",
                    shown(text)
                ),
                hint: "write minute, hour, day, month and weekday, for example `30 2 * * MON-FRI`"
                    .to_owned(),
            })?;
        let zone = zone.map_or(Ok(Tz::UTC), parse_zone)?;
        Ok(Self { cron, zone })
    }

    /// The first fires after the beginning of 2026 in its zone, as `2026-01-01 02:30:00`.
    pub(super) fn fires(&self, count: usize) -> Vec<String> {
        let start = DateTime::from_timestamp(START, 0).unwrap_or_default();
        let local = self.zone.from_local_datetime(&start.naive_utc());
        let start = local.earliest().unwrap_or(start.with_timezone(&self.zone));
        let fires = self.cron.iter_after(start).take(count);
        fires.map(|fire| fire.naive_local().to_string()).collect()
    }
}

/// Every so many seconds from the Unix epoch on: the first fires after the beginning of 2026.
pub(super) fn multiples(seconds: u64, count: usize) -> Vec<String> {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let fires = (START / seconds + 1..).map_while(|index| {
        let fire = DateTime::<Utc>::from_timestamp(index.checked_mul(seconds)?, 0)?;
        Some(fire.naive_utc().to_string())
    });
    fires.take(count).collect()
}

fn parse_zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::Argument {
        message: format!("`{}` is no time zone", shown(name)),
        hint: "write one of the IANA database, for example `Europe/Berlin`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(expression: &str, zone: Option<&str>) -> Vec<String> {
        Cron::parse(expression, zone).unwrap().fires(2)
    }

    #[test]
    fn fires_are_told_in_order() {
        for (expression, expected) in [
            ("17 3 * * *", ["2026-01-01 03:17:00", "2026-01-02 03:17:00"]),
            ("0 0 * * *", ["2026-01-02 00:00:00", "2026-01-03 00:00:00"]),
            (
                "30 0 12 1 JAN,JUL *",
                ["2026-01-01 12:00:30", "2026-07-01 12:00:30"],
            ),
            ("0 0 29 2 *", ["2028-02-29 00:00:00", "2032-02-29 00:00:00"]),
        ] {
            assert_eq!(fires(expression, None), expected, "{expression}");
        }
        assert!(Cron::parse("0 0 31 2 *", None).unwrap().fires(1).is_empty());
    }

    #[test]
    fn a_time_that_the_clock_skips_is_told_as_it_fires() {
        assert_eq!(
            fires("30 2 29 3 *", Some("Europe/Berlin"))[0],
            "2026-03-29 03:00:00"
        );
    }

    #[test]
    fn multiples_are_counted_from_the_epoch() {
        assert_eq!(
            multiples(30, 2),
            ["2026-01-01 00:00:30", "2026-01-01 00:01:00"]
        );
        assert_eq!(multiples(7 * 24 * 3600, 1), ["2026-01-08 00:00:00"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "* * * *",
            "60 * * * *",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "* * 0 * *",
        ] {
            assert!(Cron::parse(text, None).is_err(), "{text}");
        }
        for zone in ["", "Europe/Berln", "CET\"", "+01:00"] {
            assert!(Cron::parse("0 0 * * *", Some(zone)).is_err(), "{zone}");
        }
    }
}
