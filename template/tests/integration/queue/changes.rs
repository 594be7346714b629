use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::id::Id;
use service::queue::{ChangeKind, Changes, Task, TaskContext, TaskList, TaskResult};
use time::OffsetDateTime;

use super::support::{start, start_elsewhere};
use crate::util::TestApp;

/// Says after a while what time it is, and ends much later.
#[derive(Debug, Serialize, Deserialize)]
struct SayTime {
    after_ms: u64,
}

impl Task for SayTime {
    const NAME: &'static str = "say_time";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        tokio::time::sleep(Duration::from_millis(self.after_ms)).await;
        let now_ns = OffsetDateTime::now_utc().unix_timestamp_nanos();
        ctx.progress(50, &now_ns.to_string()).await?;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        Ok(())
    }
}

fn tasks() -> TaskList {
    let mut tasks = TaskList::default();
    tasks.add::<SayTime>();
    tasks
}

async fn follow(app: &TestApp, id: Id) -> Changes {
    let found = Changes::of(&app.app, id).await.expect("the ledger answers");
    let (first, changes) = found.expect("the task is there");
    assert_eq!(first.kind, ChangeKind::State);
    changes
}

/// How long after it was said the progress of a task is seen.
async fn lag(app: &TestApp) -> Duration {
    // The pauses between two looks grow: one is from about 3.2 to about 4.9 seconds.
    let id = app.enqueue(SayTime { after_ms: 3_600 }).await;
    let mut changes = follow(app, id).await;
    loop {
        let change = changes.next().await.expect("it goes on");
        if change.kind == ChangeKind::Progress {
            let seen_ns = OffsetDateTime::now_utc().unix_timestamp_nanos();
            let said = change.task.progress_message.expect("the time");
            let said_ns: i128 = said.parse().expect("a number");
            return Duration::from_nanos((seen_ns - said_ns).try_into().unwrap_or(0));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_seen_at_once() {
    let app = TestApp::with_tasks(&[], tasks()).await;
    let (_stop, _running) = start(&app);
    let (one, two, three) = tokio::join!(lag(&app), lag(&app), lag(&app));
    let best = one.min(two).min(three);
    assert!(best < Duration::from_millis(500), "{best:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_worker_elsewhere_does_is_seen_too() {
    let app = TestApp::with_tasks(&[], tasks()).await;
    let id = app.enqueue(SayTime { after_ms: 10 }).await;
    let mut changes = follow(&app, id).await;
    let (_stop, _running) = start_elsewhere(&app, tasks());
    let mut kinds = Vec::new();
    while let Some(change) = changes.next().await {
        kinds.push(change.kind);
    }
    let (end, before) = kinds.split_last().expect("an end");
    assert_eq!(*end, ChangeKind::End);
    assert!(!before.is_empty() && !before.contains(&ChangeKind::End));
}

#[tokio::test]
async fn nothing_happens_to_a_task_that_is_not_there() {
    let app = TestApp::new().await;
    let found = Changes::of(&app.app, Id::new()).await;
    assert!(found.expect("the ledger answers").is_none());
}
