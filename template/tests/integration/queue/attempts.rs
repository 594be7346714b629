use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::queue::{Task, TaskContext, TaskError, TaskList, TaskResult, TaskState};

use crate::util::TestApp;

/// Does as it is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Puppet {
    Return(String),
    FailUntil(u32),
    FailForGood,
    Panic,
    Hang,
    ReportProgress,
}

impl Task for Puppet {
    const NAME: &'static str = "puppet";
    const TIMEOUT: Duration = Duration::from_millis(100);
    type Output = String;

    async fn run(self, ctx: TaskContext) -> TaskResult<String> {
        match self {
            Self::Return(text) => Ok(text),
            Self::FailUntil(attempt) if ctx.attempt() < attempt => {
                Err(std::io::Error::other(format!("attempt {}", ctx.attempt())).into())
            }
            Self::FailUntil(_) => Ok("at last".to_owned()),
            Self::FailForGood => Err(TaskError::permanent(std::io::Error::other("never"))),
            Self::Panic => panic!("on purpose"),
            Self::Hang => std::future::pending().await,
            Self::ReportProgress => {
                ctx.progress(40, "nearly half").await?;
                let task = {
                    let mut conn = ctx.app().connection().await?;
                    service::queue::ledger::find(&mut conn, ctx.id()).await?
                };
                Ok(format!("{:?}", task.and_then(|task| task.progress_percent)))
            }
        }
    }
}

async fn app() -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Puppet>();
    TestApp::with_tasks(&[], tasks).await
}

/// Runs the task until nothing more happens to it.
async fn run_to_the_end(app: &TestApp, puppet: Puppet) -> service::queue::TaskRecord {
    let id = app.enqueue(puppet).await;
    for _ in 0..200 {
        app.run_pending_tasks().await;
        if app.task(id).await.state().is_finished() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    app.task(id).await
}

#[tokio::test]
async fn the_result_is_kept() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::Return("done".to_owned())).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.result.as_deref(), Some("\"done\""));
}

#[tokio::test]
async fn a_failed_attempt_is_followed_by_another() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailUntil(2)).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.attempts, 2);
}

#[tokio::test]
async fn four_attempts_are_enough() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailUntil(100)).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.attempts, 4);
    assert_eq!(task.error.as_deref(), Some("attempt 4"));
}

#[tokio::test]
async fn a_permanent_error_is_not_tried_again() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailForGood).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.attempts, 1);
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::Panic).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.error.as_deref(), Some("it panicked: on purpose"));
}

#[tokio::test]
async fn a_task_is_stopped_at_its_time_limit() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::Hang).await;
    assert_eq!(task.state(), TaskState::Failed);
    let error = task.error.expect("it has an error");
    assert!(error.contains("time limit"), "{error}");
}

#[tokio::test]
async fn progress_is_seen_while_it_runs() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::ReportProgress).await;
    assert_eq!(task.result.as_deref(), Some("\"Some(40)\""));
}
