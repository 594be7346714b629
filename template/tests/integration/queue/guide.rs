//! What `docs/tasks.md` shows.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use service::db::Tx;
use service::queue::{
    EnqueueOptions, ScheduleList, Task, TaskContext, TaskError, TaskList, TaskResult, TaskState,
    enqueue_by_name, with_request_id,
};

use super::support::{start, wait_for};
use crate::util::TestApp;

#[derive(Debug, Serialize, Deserialize)]
struct WriteReport {
    days: u32,
}

impl Task for WriteReport {
    const NAME: &'static str = "write_report";
    const QUEUE: &'static str = "reports";
    const TIMEOUT: Duration = Duration::from_secs(600);
    const SOFT_TIMEOUT: Option<Duration> = Some(Duration::from_secs(540));
    type Output = u32;

    async fn run(self, ctx: TaskContext) -> TaskResult<u32> {
        for day in 1..=self.days {
            if ctx.time_is_short().is_cancelled() {
                return Ok(day - 1);
            }
            write_page(day).await?;
            let percent = u8::try_from(100 * day / self.days)?;
            ctx.progress(percent, &format!("day {day}")).await?;
        }
        Ok(self.days)
    }
}

async fn write_page(day: u32) -> anyhow::Result<()> {
    anyhow::ensure!(day <= 31, "no month is that long");
    Ok(())
}

#[derive(Debug, Serialize, Deserialize)]
struct SendLetter {
    letter: u32,
}

impl Task for SendLetter {
    const NAME: &'static str = "send_letter";
    type Output = ();

    async fn run(self, _ctx: TaskContext) -> TaskResult<()> {
        match post_office::send(self.letter) {
            Err(busy @ Undelivered::Busy { minutes }) => {
                let pause = Duration::from_secs(60 * minutes);
                Err(TaskError::retry_after(pause, busy))
            }
            Err(lost @ Undelivered::NoSuchAddress) => {
                Err(TaskError::permanent(lost).public("nobody lives there"))
            }
            sent => Ok(sent?),
        }
    }
}

use post_office::Undelivered;

mod post_office {
    #[derive(Debug, thiserror::Error)]
    pub(super) enum Undelivered {
        #[error("the post office is busy for {minutes} minutes")]
        Busy { minutes: u64 },
        #[error("there is no such address")]
        NoSuchAddress,
        #[error("the post office is closed")]
        Closed,
    }

    /// Delivers the letters from 3 on.
    pub(super) fn send(letter: u32) -> Result<(), Undelivered> {
        match letter {
            0 => Err(Undelivered::Busy { minutes: 5 }),
            1 => Err(Undelivered::NoSuchAddress),
            2 => Err(Undelivered::Closed),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct MakeFile {}

impl Task for MakeFile {
    const NAME: &'static str = "make_file";
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<()> {
        let name = format!("{}-{}", ctx.id(), ctx.attempt());
        ctx.app()
            .transaction(async |tx: &mut Tx| SendFile { name: name.clone() }.enqueue(tx).await)
            .await?;
        Ok(())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct SendFile {
    name: String,
}

impl Task for SendFile {
    const NAME: &'static str = "send_file";
    type Output = String;

    async fn run(self, _ctx: TaskContext) -> TaskResult<String> {
        Ok(self.name)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct CountPrimes {
    below: u64,
}

impl Task for CountPrimes {
    const NAME: &'static str = "count_primes";
    type Output = usize;

    async fn run(self, ctx: TaskContext) -> TaskResult<usize> {
        let cancellation = ctx.cancellation().clone();
        let count = move || {
            let numbers = (2..self.below).take_while(|_| !cancellation.is_cancelled());
            numbers.filter(|number| is_prime(*number)).count()
        };
        Ok(tokio::task::spawn_blocking(count).await?)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct SendReport {}

impl Task for SendReport {
    const NAME: &'static str = "send_report";
    type Output = ();

    async fn run(self, _ctx: TaskContext) -> TaskResult<()> {
        Ok(())
    }
}

fn is_prime(number: u64) -> bool {
    (2..number).all(|divisor| !number.is_multiple_of(divisor))
}

async fn app(settings: &[(&str, &str)]) -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<CountPrimes>();
    tasks.add::<MakeFile>();
    tasks.add::<SendFile>();
    tasks.add::<SendLetter>();
    tasks.add::<WriteReport>();
    TestApp::with_tasks(settings, tasks).await
}

#[tokio::test]
async fn options_say_when_where_and_how_urgently() -> anyhow::Result<()> {
    let app = app(&[]).await;
    let state = &app.app;

    let options = EnqueueOptions {
        delay: Duration::from_secs(60),
        queue: Some("reports".to_owned()),
        priority: 5,
        max_attempts: Some(2),
        idempotency_key: Some("report 2026-11".to_owned()),
        expires_in: Some(Duration::from_secs(3_600)),
        ..EnqueueOptions::default()
    };
    let task_id = state
        .transaction(async |tx: &mut Tx| WriteReport { days: 30 }.enqueue_with(tx, &options).await)
        .await?;

    let task = app.task(task_id).await;
    assert_eq!(task.run_at - task.created_at, 60_000);
    assert_eq!(task.expires_at, Some(task.created_at + 3_600_000));
    assert_eq!((task.priority, task.max_attempts), (5, 2));
    let again = state
        .transaction(async |tx: &mut Tx| WriteReport { days: 31 }.enqueue_with(tx, &options).await)
        .await?;
    assert_eq!(again, task_id);
    Ok(())
}

#[tokio::test]
async fn a_name_is_enough_to_enqueue_a_task() -> anyhow::Result<()> {
    let app = app(&[]).await;
    let state = &app.app;

    let args = json!({"days": 30});
    let task_id = state
        .transaction(async |tx: &mut Tx| {
            enqueue_by_name(tx, "write_report", &args, &EnqueueOptions::default()).await
        })
        .await?;

    let task = app.task(task_id).await;
    assert_eq!((task.queue.as_str(), task.max_attempts), ("default", 4));
    app.run_pending_tasks().await;
    let task = app.task(task_id).await;
    assert_eq!(task.result.as_deref(), Some("30"));
    assert_eq!(task.progress_percent, Some(100));
    assert_eq!(task.progress_message.as_deref(), Some("day 30"));
    Ok(())
}

#[tokio::test]
async fn a_task_says_whether_and_when_it_is_tried_again() {
    let app = app(&[]).await;
    let busy = app.enqueue(SendLetter { letter: 0 }).await;
    let lost = app.enqueue(SendLetter { letter: 1 }).await;
    app.run_pending_tasks().await;

    let busy = app.task(busy).await;
    assert_eq!(busy.state(), TaskState::Retrying);
    assert!(busy.run_at >= busy.created_at + 300_000);
    let lost = app.task(lost).await;
    assert_eq!((lost.state(), lost.attempts), (TaskState::Failed, 1));
    assert_eq!(lost.public_error(), Some("nobody lives there"));
}

#[tokio::test]
async fn a_task_enqueues_another_for_the_same_request() {
    let app = app(&[]).await;
    let made = with_request_id(Some("r-1".to_owned()), app.enqueue(MakeFile {})).await;
    assert_eq!(app.run_pending_tasks().await, 2);
    let sent = app.enqueued_as::<SendFile>().await;
    let [(_, sent)] = &sent[..] else {
        panic!("not one: {sent:?}");
    };
    assert_eq!(sent.result, Some(format!("\"{made}-1\"")));
    assert_eq!(sent.parent_id, Some(made));
    assert_eq!(sent.request_id.as_deref(), Some("r-1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_code_ends_when_its_task_is_called_off() {
    let app = app(&[("TASK_LEASE_SECS", "1")]).await;
    let few = app.enqueue(CountPrimes { below: 20 }).await;
    app.run_pending_tasks().await;
    assert_eq!(app.task(few).await.result.as_deref(), Some("8"));

    let many = app.enqueue(CountPrimes { below: u64::MAX }).await;
    let (stop, running) = start(&app);
    wait_for(&app, many, TaskState::Running).await;
    app.delete(&format!("/api/v1/tasks/{many}")).await;
    assert_eq!(app.task(many).await.state(), TaskState::Revoked);
    stop.cancel();
    // Were it still counting, the test would not end: a runtime waits for blocking code.
    running.await.expect("it ends").expect("it ends well");
}

#[test]
fn a_schedule_fires_by_the_clocks_of_its_time_zone() -> anyhow::Result<()> {
    let mut schedules = ScheduleList::default();
    schedules
        .cron("monthly_report", "30 2 1 * *", || SendReport {})
        .time_zone("Europe/Berlin")
        .skip_if_running();

    let schedule = schedules.iter().next().expect("it is listed");
    let next = schedule.next_after("2026-06-15T00:00:00Z".parse()?);
    assert_eq!(next, Some("2026-07-01T00:30:00Z".parse()?));
    Ok(())
}
