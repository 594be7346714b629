//! What the tests of workers share.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::app::App;
use service::id::Id;
use service::queue::{Task, TaskContext, TaskList, TaskResult, TaskState, worker};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::util::TestApp;

/// Takes its time, after it has said that it has begun.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sleep {
    pub(super) ms: u64,
}

impl Task for Sleep {
    const NAME: &'static str = "sleep";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        ctx.progress(0, "begun").await?;
        tokio::time::sleep(Duration::from_millis(self.ms)).await;
        Ok(())
    }
}

/// A worker that has been started, and what stops it.
type Started = (CancellationToken, JoinHandle<anyhow::Result<()>>);

/// Starts a worker.
pub(super) fn start(app: &TestApp) -> Started {
    start_in(Arc::clone(&app.app))
}

/// Starts a worker that is like one of another process: it shares nothing but the database.
pub(super) fn start_elsewhere(app: &TestApp, tasks: TaskList) -> Started {
    let elsewhere = App::with_tasks(app.app.config.clone(), tasks).expect("another service");
    start_in(Arc::new(elsewhere))
}

fn start_in(app: Arc<App>) -> Started {
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker::run(app, stop.clone()));
    (stop, running)
}

/// Waits until the task is in this state, for ten seconds at most.
pub(super) async fn wait_for(app: &TestApp, id: Id, state: TaskState) {
    for _ in 0..1_000 {
        if app.task(id).await.state() == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!(
        "the task is {:?}, not {state:?}",
        app.task(id).await.state()
    );
}

/// Waits until a worker has not only claimed the task but begun with it.
pub(super) async fn wait_until_begun(app: &TestApp, id: Id) {
    for _ in 0..1_000 {
        if app.task(id).await.progress_percent.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the task does not begin: {:?}", app.task(id).await);
}
