use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use service::queue::scheduler::{Fired, fire, run_list};
use service::queue::{Schedule, ScheduleList, TaskState};
use service::tasks::PurgeFinishedTasks;
use tokio_util::sync::CancellationToken;

use crate::util::TestApp;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A list with one schedule, which fires every so often.
fn every(interval: Duration, choose: impl Fn(&mut Schedule)) -> ScheduleList {
    let mut list = ScheduleList::default();
    choose(list.every("x", interval, || PurgeFinishedTasks {}));
    list
}

/// Has the only schedule fire.
async fn fire_at(app: &TestApp, list: &ScheduleList, at: DateTime<Utc>) -> Fired {
    let schedule = list.iter().next().expect("a schedule");
    let fired = fire(&app.app, schedule, at).await;
    fired.expect("the database answers")
}

fn in_secs(secs: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(secs)
}

/// Runs a scheduler for so long.
async fn run_for(app: &TestApp, list: ScheduleList, duration: Duration) {
    let stop = CancellationToken::new();
    let running = run_list(Arc::clone(&app.app), list, stop.clone());
    let stop_later = async {
        tokio::time::sleep(duration).await;
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(running, stop_later);
    ended.expect("it ends well");
}

#[tokio::test]
async fn several_schedulers_fire_once() {
    let app = TestApp::new().await;
    let run = || {
        let list = every(Duration::from_secs(1), |_| {});
        run_for(&app, list, Duration::from_millis(2_500))
    };
    tokio::join!(run(), run(), run());
    let fires = app.enqueued().await.len();
    assert!((2..=3).contains(&fires), "{fires} fires in 2.5 seconds");
}

#[tokio::test]
async fn a_fire_waits_behind_the_one_before() {
    let app = TestApp::new().await;
    let list = every(HOUR, |_| {});
    fire_at(&app, &list, in_secs(0)).await;
    fire_at(&app, &list, in_secs(1)).await;
    assert_eq!(app.enqueued().await.len(), 2);
}

#[tokio::test]
async fn a_fire_is_skipped_while_the_task_of_the_last_one_has_not_ended() {
    let app = TestApp::new().await;
    let list = every(HOUR, |schedule| {
        schedule.skip_if_running();
    });
    let (first, second) = (in_secs(0), in_secs(1));
    let enqueued = fire_at(&app, &list, first).await;
    assert!(matches!(enqueued, Fired::Enqueued(_)));
    assert_eq!(fire_at(&app, &list, second).await, Fired::Skipped);
    // Another scheduler, with the same fire.
    assert_eq!(fire_at(&app, &list, first).await, enqueued);
    assert_eq!(app.enqueued().await.len(), 1);

    app.run_pending_tasks().await;
    let enqueued = fire_at(&app, &list, second).await;
    assert!(matches!(enqueued, Fired::Enqueued(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedulers_that_disagree_on_the_time_do_not_overlap() {
    let app = TestApp::new().await;
    let list = every(HOUR, |schedule| {
        schedule.skip_if_running();
    });
    fire_at(&app, &list, in_secs(0)).await;
    app.run_pending_tasks().await;

    let fires = (1..=8).map(|secs| fire_at(&app, &list, in_secs(secs)));
    let fired = futures_util::future::join_all(fires).await;
    let skipped = fired.iter().filter(|fired| **fired == Fired::Skipped);
    assert_eq!(skipped.count(), 7, "{fired:?}");
    assert_eq!(app.enqueued().await.len(), 2);
}

#[tokio::test]
async fn other_schedules_are_no_reason_to_skip() {
    let app = TestApp::new().await;
    let mut other = ScheduleList::default();
    other.every("x:y", HOUR, || PurgeFinishedTasks {});
    fire_at(&app, &other, in_secs(0)).await;
    let list = every(HOUR, |schedule| {
        schedule.skip_if_running();
    });
    let fired = fire_at(&app, &list, in_secs(1)).await;
    assert!(matches!(fired, Fired::Enqueued(_)), "{fired:?}");
}

#[tokio::test]
async fn a_new_service_does_not_begin_with_what_was_due_before() {
    let app = TestApp::new().await;
    let list = every(HOUR, |schedule| {
        schedule.expires_in(DAY);
    });
    run_for(&app, list, Duration::from_millis(300)).await;
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn of_the_fires_that_were_missed_the_latest_is_made_up_for() {
    let app = TestApp::new().await;
    let list = || {
        every(HOUR, |schedule| {
            schedule.expires_in(DAY);
        })
    };
    fire_at(&app, &list(), in_secs(-5 * 3600)).await;
    for _ in 0..2 {
        run_for(&app, list(), Duration::from_millis(300)).await;
        assert_eq!(app.enqueued().await.len(), 2);
    }
}

/// The clock was a day ahead, and is right again.
#[tokio::test]
async fn a_fire_in_the_future_holds_up_none_before_it() {
    let app = TestApp::new().await;
    let list = every(Duration::from_secs(1), |_| {});
    fire_at(&app, &list, in_secs(24 * 3600)).await;
    run_for(&app, list, Duration::from_millis(2_500)).await;
    let fires = app.enqueued().await.len();
    assert!((3..=4).contains(&fires), "{fires} fires in 2.5 seconds");
}

#[tokio::test]
async fn a_missed_fire_that_has_expired_is_not_made_up_for() {
    let app = TestApp::new().await;
    let lenient = every(HOUR, |schedule| {
        schedule.expires_in(DAY);
    });
    fire_at(&app, &lenient, in_secs(-5 * 3600)).await;
    let strict = every(HOUR, |schedule| {
        schedule.expires_in(Duration::from_millis(1));
    });
    assert_eq!(fire_at(&app, &strict, in_secs(-1)).await, Fired::TooLate);
    run_for(&app, strict, Duration::from_millis(300)).await;
    assert_eq!(app.enqueued().await.len(), 1);
}

#[tokio::test]
async fn a_schedule_chooses_queue_priority_and_expiry() {
    let app = TestApp::new().await;
    let list = every(HOUR, |schedule| {
        schedule.queue("reports").priority(5).expires_in(DAY);
    });
    let Fired::Enqueued(id) = fire_at(&app, &list, in_secs(0)).await else {
        panic!("it does not fire");
    };
    let task = app.task(id).await;
    assert_eq!((task.queue.as_str(), task.priority), ("reports", 5));
    assert_eq!(task.state(), TaskState::Queued);
    let expires_in = task.expires_at.expect("it expires") - task.created_at;
    assert!(
        (86_390_000..=86_400_000).contains(&expires_in),
        "{expires_in}"
    );
}
