//! Days, times of day and points in time: in JSON, and as every database keeps them.

use time::{OffsetDateTime, Time, UtcOffset};

time::serde::format_description!(pub date, Date, "[year]-[month]-[day]");
time::serde::format_description!(
    pub time_of_day,
    Time,
    "[hour]:[minute]:[second][optional [.[subsecond]]]"
);

/// A time of day to the microsecond: databases keep no more.
pub fn stored_time(time: Time) -> Time {
    time.replace_microsecond(time.microsecond()).unwrap_or(time)
}

/// A point in time in UTC and to the microsecond: databases keep no more.
pub fn stored(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
    at.replace_microsecond(at.microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;
    use time::Date;
    use time::macros::{datetime, time};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Appointment {
        #[serde(with = "date")]
        on: Date,
        #[serde(default, with = "time_of_day::option")]
        at: Option<Time>,
    }

    #[test]
    fn days_and_times_come_back() {
        for at in [json!("17:30:00.0"), json!("17:30:59.000001"), json!(null)] {
            let text = json!({"on": "2026-02-28", "at": at});
            let appointment: Appointment = serde_json::from_value(text.clone()).expect("both");
            assert_eq!(serde_json::to_value(appointment).expect("both"), text);
        }
        let short = json!({"on": "2026-02-28", "at": "17:30:59"});
        let appointment: Appointment = serde_json::from_value(short).expect("both");
        assert_eq!(appointment.at, Some(time!(17:30:59)));
        for wrong in [
            json!({"on": "2026-02-30"}),
            json!({"on": "28.2.2026"}),
            json!({"on": 1}),
        ] {
            assert!(serde_json::from_value::<Appointment>(wrong).is_err());
        }
    }

    #[test]
    fn what_is_stored_is_in_utc_and_not_finer_than_databases_are() {
        let at = datetime!(2026-01-01 01:00:00.123456789 +02:00);
        let expected = datetime!(2025-12-31 23:00:00.123456 UTC);
        assert_eq!(stored(at).to_string(), expected.to_string());
        assert_eq!(stored_time(time!(1:00:00.123456789)), time!(1:00:00.123456));
    }
}
