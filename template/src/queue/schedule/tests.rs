use super::*;
use crate::tasks::PurgeFinishedTasks;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a point in time")
}

fn cron(expression: &str, zone: &str) -> ScheduleList {
    let mut list = ScheduleList::default();
    list.cron("x", expression, || PurgeFinishedTasks {})
        .time_zone(zone);
    list
}

/// Holds the fires after `from` to be these, and the same when looked at backwards.
#[track_caller]
fn assert_fires(list: &ScheduleList, from: &str, expected: &[&str]) {
    let schedule = list.iter().next().expect("a schedule");
    let mut last = time(from);
    for expected in expected {
        let next = schedule.next_after(last).expect("another fire");
        assert_eq!(next, time(expected));
        assert_eq!(schedule.last_until(next), Some(next));
        let just_before = next - TimeDelta::milliseconds(1);
        assert!(schedule.last_until(just_before) <= Some(last), "{next}");
        last = next;
    }
}

#[test]
fn five_fields_fire_by_the_minute() {
    assert_fires(
        &cron("30 4 * * 1", "UTC"),
        "2026-01-01T00:00:00Z",
        &["2026-01-05T04:30:00Z", "2026-01-12T04:30:00Z"],
    );
}

#[test]
fn intervals_fire_at_the_same_instants_everywhere() {
    let mut list = ScheduleList::default();
    list.every("x", Duration::from_secs(20), || PurgeFinishedTasks {});
    assert_fires(
        &list,
        "2026-01-01T00:00:07.5Z",
        &["2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z"],
    );
}

#[test]
fn a_time_of_day_that_is_left_out_fires_after_the_gap() {
    assert_fires(
        &cron("30 2 * * *", "Europe/Berlin"),
        "2026-03-27T12:00:00Z",
        &[
            "2026-03-28T01:30:00Z",
            // Clocks went from 2:00 to 3:00.
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:30:00Z",
        ],
    );
}

#[test]
fn a_time_of_day_that_comes_twice_fires_once() {
    assert_fires(
        &cron("30 2 * * *", "Europe/Berlin"),
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
}

#[test]
fn what_fires_every_so_often_keeps_its_pace_when_clocks_change() {
    assert_fires(
        &cron("*/30 * * * *", "Europe/Berlin"),
        "2026-10-25T00:15:00Z",
        &[
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:00:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-25T02:00:00Z",
        ],
    );
}

#[test]
fn utc_knows_no_summer() {
    let list = cron("30 2 * * *", "UTC");
    for day in ["2026-03-29", "2026-10-25"] {
        let midnight = format!("{day}T00:00:00Z");
        assert_fires(&list, &midnight, &[&format!("{day}T02:30:00Z")]);
    }
}

#[test]
fn a_fire_expires_at_the_next_one_unless_it_says_when() {
    let mut list = ScheduleList::default();
    let schedule = list.cron("x", "0 * * * *", || PurgeFinishedTasks {});
    let at = time("2026-01-01T10:00:00Z");
    assert_eq!(schedule.expires_at(at), Some(time("2026-01-01T11:00:00Z")));
    schedule.expires_in(Duration::from_secs(90));
    assert_eq!(schedule.expires_at(at), Some(time("2026-01-01T10:01:30Z")));
}

#[test]
#[should_panic(expected = "schedule `x`: `Europe/Atlantis` is not a time zone")]
fn a_wrong_time_zone_names_its_schedule() {
    cron("0 0 * * *", "Europe/Atlantis");
}

#[test]
#[should_panic(expected = "schedule `x`: `0 25 * * *`")]
fn a_wrong_expression_names_its_schedule() {
    cron("0 25 * * *", "UTC");
}

#[test]
#[should_panic(expected = "schedule `x`: an interval has no time zone")]
fn an_interval_has_no_time_zone() {
    let mut list = ScheduleList::default();
    list.every("x", Duration::from_secs(60), || PurgeFinishedTasks {})
        .time_zone("Europe/Berlin");
}

#[test]
fn the_schedules_of_this_service_have_fires_to_come() {
    let mut list = ScheduleList::default();
    crate::schedules::register(&mut list);
    for schedule in list.iter() {
        let next = schedule.next_after(Utc::now());
        assert!(next.is_some(), "`{}` never fires", schedule.name());
    }
}
