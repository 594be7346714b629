use chrono::{DateTime, Utc};
use service::queue::ScheduleList;
use service::schedules;

#[test]
fn it_fires_at_its_times() {
    let mut list = ScheduleList::default();
    schedules::register(&mut list);
    let mut schedules = list.iter();
    let schedule = schedules.find(|schedule| schedule.name() == "purge_finished_tasks");
    let schedule = schedule.expect("it is listed");
    let mut at: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().expect("a time");
    for expected in [
        "2026-01-01 03:17:00",
        "2026-01-02 03:17:00",
        "2026-01-03 03:17:00",
    ] {
        at = schedule.next_after(at).expect("it fires again");
        assert_eq!(at.naive_utc().to_string(), expected);
    }
}
