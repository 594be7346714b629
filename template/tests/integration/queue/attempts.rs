use std::time::Duration;

use serde::{Deserialize, Serialize};
use service::db::Tx;
use service::id::Id;
use service::queue::{Task, TaskContext, TaskError, TaskList, TaskResult, TaskState};

use crate::util::TestApp;

/// Does as it is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Puppet {
    Return(String),
    ReturnTooMuch,
    FailUntil(u32),
    FailForGood,
    Panic,
    Hang,
    ReportProgress,
    StopInTime,
}

impl Task for Puppet {
    const NAME: &'static str = "puppet";
    const TIMEOUT: Duration = Duration::from_millis(500);
    const SOFT_TIMEOUT: Option<Duration> = Some(Duration::from_millis(20));
    type Output = String;

    async fn run(self, ctx: TaskContext) -> TaskResult<String> {
        match self {
            Self::Return(text) => Ok(text),
            Self::ReturnTooMuch => Ok("x".repeat(1 << 20)),
            Self::FailUntil(attempt) if ctx.attempt() < attempt => {
                Err(std::io::Error::other(format!("attempt {}", ctx.attempt())).into())
            }
            Self::FailUntil(_) => Ok("at last".to_owned()),
            Self::FailForGood => Err(TaskError::permanent(std::io::Error::other("never"))),
            Self::Panic => panic!("on purpose"),
            Self::Hang => std::future::pending().await,
            Self::StopInTime => {
                ctx.time_is_short().cancelled().await;
                Ok("in time".to_owned())
            }
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

/// Fails each time, and is in no hurry.
#[derive(Debug, Serialize, Deserialize)]
struct Patient {}

impl Task for Patient {
    const NAME: &'static str = "patient";
    type Output = ();

    fn retry_delay(failed_attempts: u32) -> Option<Duration> {
        // The third attempt is far away.
        (failed_attempts == 2).then_some(Duration::from_secs(3_600))
    }

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        Err(std::io::Error::other(format!("attempt {}", ctx.attempt())).into())
    }
}

/// Has another task follow.
#[derive(Debug, Serialize, Deserialize)]
struct Parent {}

impl Task for Parent {
    const NAME: &'static str = "parent";
    type Output = Id;

    async fn run(self, ctx: TaskContext) -> TaskResult<Id> {
        let child = Puppet::Return("child".to_owned());
        let id = ctx
            .app()
            .transaction(async |tx: &mut Tx| child.enqueue(tx).await)
            .await?;
        Ok(id)
    }
}

async fn app() -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Parent>();
    tasks.add::<Puppet>();
    TestApp::with_tasks(&[], tasks).await
}

/// Runs the task until nothing more happens to it.
async fn run_to_the_end(app: &TestApp, task: impl Task) -> service::queue::TaskRecord {
    let id = app.enqueue(task).await;
    for _ in 0..50 {
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
    for result in [
        "done",
        "\"quoted\" \\ new\nline \u{1f600}",
        &"long".repeat(5_000),
    ] {
        let task = run_to_the_end(&app, Puppet::Return(result.to_owned())).await;
        assert_eq!(task.state(), TaskState::Succeeded);
        let kept = task.result.expect("a result");
        assert_eq!(serde_json::from_str::<String>(&kept).expect("JSON"), result);
    }
}

#[tokio::test]
async fn a_failed_attempt_is_followed_by_another() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailUntil(2)).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.attempts, 2);
}

#[tokio::test]
async fn a_task_chooses_its_own_delay() {
    let mut tasks = TaskList::default();
    tasks.add::<Patient>();
    let app = TestApp::with_tasks(&[], tasks).await;
    let task = run_to_the_end(&app, Patient {}).await;
    assert_eq!((task.state(), task.attempts), (TaskState::Retrying, 2));
    assert!(task.run_at > task.created_at + 3_500_000, "{task:?}");
}

#[tokio::test]
async fn a_task_is_warned_before_its_time_is_up() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::StopInTime).await;
    assert_eq!(task.result.as_deref(), Some("\"in time\""));
}

#[tokio::test]
async fn what_a_task_enqueues_has_it_as_its_parent() {
    let app = app().await;
    let parent = run_to_the_end(&app, Parent {}).await;
    let child = parent.result.expect("the id of the child");
    let child = child.trim_matches('"').parse().expect("an id");
    assert_eq!(app.task(child).await.parent_id, Some(parent.id));
}

#[tokio::test]
async fn four_attempts_are_enough() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailUntil(100)).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.attempts, 4);
    assert_eq!(task.error.as_deref(), Some("internal error\nattempt 4"));
    assert_eq!(task.public_error(), Some("internal error"));
}

#[tokio::test]
async fn a_permanent_error_is_not_tried_again() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::FailForGood).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.attempts, 1);
}

#[tokio::test]
async fn a_result_that_is_too_large_is_not_kept() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::ReturnTooMuch).await;
    assert_eq!((task.state(), task.attempts), (TaskState::Failed, 1));
    assert_eq!(task.result, None);
    let error = task.error.expect("it has an error");
    assert!(error.starts_with("its result is too large"), "{error}");
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let app = app().await;
    let task = run_to_the_end(&app, Puppet::Panic).await;
    assert_eq!(task.state(), TaskState::Failed);
    assert_eq!(task.error.as_deref(), Some("it panicked\non purpose"));
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
