use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use service::db::Tx;
use service::queue::{EnqueueOptions, Task, TaskContext, TaskList, TaskResult, TaskState};

use super::support::{start_elsewhere, wait_for};
use crate::util::TestApp;

/// Says how long after its being sent it began.
#[derive(Debug, Serialize, Deserialize)]
struct Stopwatch {
    sent_ns: i128,
}

impl Stopwatch {
    fn start() -> Self {
        let sent_ns = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
        Self { sent_ns }
    }
}

impl Task for Stopwatch {
    const NAME: &'static str = "stopwatch";
    type Output = f64;

    async fn run(self, _ctx: TaskContext) -> TaskResult<f64> {
        let now_ns = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
        Ok((now_ns - self.sent_ns) as f64 / 1_000_000.0)
    }
}

fn tasks() -> TaskList {
    let mut tasks = TaskList::default();
    tasks.add::<Stopwatch>();
    tasks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_enqueues_begins_soon() {
    let app = TestApp::with_tasks(&[], tasks()).await;
    let (stop, _running) = start_elsewhere(&app, tasks());
    let first = app.enqueue(Stopwatch::start()).await;
    wait_for(&app, first, TaskState::Succeeded).await;

    let mut delays_ms = Vec::new();
    for _ in 0..21 {
        tokio::time::sleep(Duration::from_millis(37)).await;
        let id = app.enqueue(Stopwatch::start()).await;
        wait_for(&app, id, TaskState::Succeeded).await;
        let result = app.task(id).await.result.expect("a result");
        delays_ms.push(result.parse::<f64>().expect("a number"));
    }
    stop.cancel();
    delays_ms.sort_by(f64::total_cmp);
    assert!(delays_ms[10] < 200.0, "{delays_ms:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delayed_task_begins_soon_after_it_is_due() {
    let app = TestApp::with_tasks(&[], tasks()).await;
    let (stop, _running) = start_elsewhere(&app, tasks());
    let options = EnqueueOptions {
        delay: Duration::from_millis(300),
        ..EnqueueOptions::default()
    };
    let begun = Instant::now();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let task = Stopwatch::start();
        let id = app
            .app
            .transaction(async |tx: &mut Tx| task.enqueue_with(tx, &options).await)
            .await
            .expect("the task is enqueued");
        ids.push(id);
    }
    for id in ids {
        wait_for(&app, id, TaskState::Succeeded).await;
    }
    stop.cancel();
    assert!(begun.elapsed() < Duration::from_secs(3));
}
