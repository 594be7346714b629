//! Cron expressions: whether they can be read, and when they fire.

use crate::error::{Error, Result};
use crate::name::shown;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Days of eight years, in which every leap day comes.
const HORIZON: i64 = 8 * 366;
/// 2026-01-01, in days since the Unix epoch.
const START: i64 = 20_454;

/// A cron expression of 5 fields, or of 6 with seconds in front.
#[derive(Debug)]
pub(super) struct Cron {
    seconds: Vec<u32>,
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    weekdays: Vec<u32>,
    /// Whether days of the month and of the week are both chosen: then either will do.
    either_day: bool,
}

impl Cron {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |reason: &str| Error::Argument {
            message: format!("the cron expression `{}` {reason}", shown(text)),
            hint: "write minute, hour, day, month and weekday, for example `30 2 * * MON-FRI`"
                .to_owned(),
        };
        let mut fields: Vec<&str> = text.split_whitespace().collect();
        match fields.len() {
            5 => fields.insert(0, "0"),
            6 => {}
            _ => return Err(wrong("has neither 5 fields nor 6")),
        }
        let of = |index: usize, range, names: &[&str]| {
            let values = values(fields[index], range, names);
            values.ok_or_else(|| {
                wrong(&format!(
                    "has a field `{}` that cannot be read",
                    fields[index]
                ))
            })
        };
        let mut weekdays = of(5, (0, 7), &DAYS)?;
        if weekdays.contains(&7) {
            weekdays.push(0);
        }
        Ok(Self {
            seconds: of(0, (0, 59), &[])?,
            minutes: of(1, (0, 59), &[])?,
            hours: of(2, (0, 23), &[])?,
            days: of(3, (1, 31), &[])?,
            months: of(4, (1, 12), &MONTHS)?,
            weekdays,
            either_day: fields[3] != "*" && fields[5] != "*",
        })
    }

    /// The first fires after the beginning of 2026, as `2026-01-01 02:30:00`.
    pub(super) fn fires(&self, count: usize) -> Vec<String> {
        let days = (START..START + HORIZON).filter(|day| self.has_day(*day));
        let times = days.flat_map(|day| {
            let hours = self.hours.iter();
            hours.flat_map(move |hour| {
                let minutes = self.minutes.iter();
                minutes.flat_map(move |minute| {
                    let seconds = self.seconds.iter();
                    seconds.map(move |second| (day, *hour, *minute, *second))
                })
            })
        });
        // A fire comes after the time that is asked for.
        let later = times.filter(|time| *time > (START, 0, 0, 0));
        later.take(count).map(shown_time).collect()
    }

    fn has_day(&self, day: i64) -> bool {
        let (_, month, date) = civil(day);
        // The Unix epoch began on a Thursday.
        let weekday = u32::try_from((day + 4).rem_euclid(7)).unwrap_or(0);
        let (by_date, by_weekday) = (self.days.contains(&date), self.weekdays.contains(&weekday));
        let fits = match self.either_day {
            true => by_date || by_weekday,
            false => by_date && by_weekday,
        };
        fits && self.months.contains(&month)
    }
}

fn shown_time((day, hour, minute, second): (i64, u32, u32, u32)) -> String {
    let (year, month, date) = civil(day);
    format!("{year:04}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}")
}

/// Every so many seconds from the Unix epoch on: the first fires after the beginning of 2026.
pub(super) fn multiples(seconds: u64, count: usize) -> Vec<String> {
    const DAY: i64 = 24 * 60 * 60;
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let first = START * DAY / seconds + 1;
    let fires = (first..).take(count).map(|index| index * seconds);
    let part = |rest: i64, unit: i64| u32::try_from(rest / unit).unwrap_or(0);
    fires
        .map(|at| {
            let rest = at % DAY;
            shown_time((
                at / DAY,
                part(rest, 3600),
                part(rest % 3600, 60),
                part(rest % 60, 1),
            ))
        })
        .collect()
}

/// Sorted values of a field such as `1-5,*/10`; `None` if it cannot be read.
fn values(field: &str, range: (u32, u32), names: &[&str]) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for part in field.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(step.parse::<u32>().ok().filter(|it| *it > 0)?)),
            None => (part, None),
        };
        let number = |text: &str| {
            let name = names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(text));
            let first = if names.len() == 12 { 1 } else { 0 };
            let number = match name {
                Some(index) => u32::try_from(index).ok()? + first,
                None if text.len() <= 2 => text.parse().ok()?,
                None => return None,
            };
            (range.0..=range.1).contains(&number).then_some(number)
        };
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => range,
            Some((from, to)) => (number(from)?, number(to)?),
            // A start with a step goes on to the end.
            None if step.is_some() => (number(span)?, range.1),
            None => (number(span)?, number(span)?),
        };
        if from > to {
            return None;
        }
        found.extend((from..=to).step_by(usize::try_from(step.unwrap_or(1)).ok()?));
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// Year, month and day of a number of days since the Unix epoch.
fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |number: i64| u32::try_from(number).unwrap_or(0);
    (year, small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_are_told_in_order() {
        for (expression, expected) in [
            ("17 3 * * *", ["2026-01-01 03:17:00", "2026-01-02 03:17:00"]),
            ("0 0 * * *", ["2026-01-02 00:00:00", "2026-01-03 00:00:00"]),
            (
                "*/30 9-10 * * MON-FRI",
                ["2026-01-01 09:00:00", "2026-01-01 09:30:00"],
            ),
            (
                "30 0 12 1 JAN,JUL *",
                ["2026-01-01 12:00:30", "2026-07-01 12:00:30"],
            ),
            ("0 0 29 2 *", ["2028-02-29 00:00:00", "2032-02-29 00:00:00"]),
            ("0 6 13 * 5", ["2026-01-02 06:00:00", "2026-01-09 06:00:00"]),
            ("0 6 * * 7", ["2026-01-04 06:00:00", "2026-01-11 06:00:00"]),
        ] {
            assert_eq!(
                Cron::parse(expression).unwrap().fires(2),
                expected,
                "{expression}"
            );
        }
        assert!(Cron::parse("0 0 31 2 *").unwrap().fires(1).is_empty());
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
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }
}
