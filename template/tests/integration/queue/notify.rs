use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use serde::{Deserialize, Serialize};
use service::queue::{self, Task, TaskContext, TaskList, TaskResult};
use time::OffsetDateTime;

use super::support::start_elsewhere;
use crate::util::TestApp;

/// Sleeps until then, and says when it ended. Nanoseconds since the Unix epoch.
#[derive(Debug, Serialize, Deserialize)]
struct SleepUntil {
    end_ns: i128,
}

impl SleepUntil {
    fn in_future(delay: Duration) -> Self {
        Self {
            end_ns: (OffsetDateTime::now_utc() + delay).unix_timestamp_nanos(),
        }
    }
}

impl Task for SleepUntil {
    const NAME: &'static str = "sleep_until";
    type Output = i128;

    async fn run(self, _ctx: TaskContext) -> TaskResult<i128> {
        let left_ns = self.end_ns - OffsetDateTime::now_utc().unix_timestamp_nanos();
        tokio::time::sleep(Duration::from_nanos(left_ns.try_into().unwrap_or(0))).await;
        Ok(OffsetDateTime::now_utc().unix_timestamp_nanos())
    }
}

fn tasks() -> TaskList {
    let mut tasks = TaskList::default();
    tasks.add::<SleepUntil>();
    tasks
}

/// Waits for a task that takes so long. Returns how long after its end that was seen.
async fn lag_of(app: &TestApp, delay: Duration) -> Duration {
    let id = app.enqueue(SleepUntil::in_future(delay)).await;
    let task = queue::wait_for(&app.app, id, Duration::from_secs(60)).await;
    let seen_ns = OffsetDateTime::now_utc().unix_timestamp_nanos();
    let result = task.expect("it ends").result.expect("a result");
    let ended_ns: i128 = result.parse().expect("a number");
    Duration::from_nanos((seen_ns - ended_ns).try_into().unwrap_or(0))
}

/// The best of three, who wait at once.
async fn best_lag(app: &TestApp) -> Duration {
    // The pauses between two looks grow: one is from about 3.2 to about 4.9 seconds.
    let lag = || lag_of(app, Duration::from_millis(3_600));
    let (one, two, three) = tokio::join!(lag(), lag(), lag());
    one.min(two).min(three)
}

/// Cuts the connections over which it is heard what has ended.
async fn cut_listeners(app: &TestApp) {
    let mut conn = app.app.connection().await.expect("a connection");
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE query LIKE 'LISTEN tasks_written;%' AND pid <> pg_backend_pid()";
    conn.batch_execute(cut).await.expect("they are cut");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_sees_at_once_what_a_worker_elsewhere_ends() {
    let app = TestApp::with_tasks(&[], tasks()).await;
    let (_stop, _running) = start_elsewhere(&app, tasks());
    let lag = best_lag(&app).await;
    assert!(lag < Duration::from_millis(500), "{lag:?}");

    cut_listeners(&app).await;
    let lag = best_lag(&app).await;
    assert!(lag < Duration::from_millis(500), "{lag:?} after a cut");
}
