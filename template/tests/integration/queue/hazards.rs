//! What must not happen, whatever a task or the moment of a stop does.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Deserializer, Serialize};
use service::db::{self, Tx};
use service::id::Id;
use service::queue::{Task, TaskContext, TaskList, TaskResult, TaskState, ledger};
use service::schema::tasks;

use super::support::{Sleep, start, wait_for, wait_until_begun};
use crate::util::TestApp;

/// Cannot even be read.
#[derive(Debug, Serialize)]
struct Poison {}

impl<'de> Deserialize<'de> for Poison {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("in the arguments")
    }
}

impl Task for Poison {
    const NAME: &'static str = "poison";
    const MAX_ATTEMPTS: u32 = 1;
    type Output = ();

    async fn run(self, _ctx: TaskContext) -> TaskResult<()> {
        Ok(())
    }
}

/// Takes its last step twice.
#[derive(Debug, Serialize, Deserialize)]
struct Twice {}

impl Task for Twice {
    const NAME: &'static str = "twice";
    type Output = String;

    async fn run(self, ctx: TaskContext) -> TaskResult<String> {
        ctx.transaction(async |tx: &mut Tx| {
            Sleep { ms: 0 }.enqueue(tx).await?;
            Ok("first".to_owned())
        })
        .await?;
        ctx.transaction(async |tx: &mut Tx| {
            Sleep { ms: 0 }.enqueue(tx).await?;
            Ok("second".to_owned())
        })
        .await
    }
}

async fn app(settings: &[(&str, &str)]) -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Poison>();
    tasks.add::<Sleep>();
    tasks.add::<Twice>();
    TestApp::with_tasks(settings, tasks).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_that_panic_harm_no_other_task() {
    let app = app(&[]).await;
    let before = app.enqueue(Sleep { ms: 500 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, before).await;
    let poison = app.enqueue(Poison {}).await;
    let after = app.enqueue(Sleep { ms: 0 }).await;

    wait_for(&app, poison, TaskState::Failed).await;
    wait_for(&app, before, TaskState::Succeeded).await;
    wait_for(&app, after, TaskState::Succeeded).await;
    assert_eq!(app.task(before).await.attempts, 1);
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_any_moment_leaves_nothing_claimed() {
    for delay in 0..12 {
        let app = app(&[]).await;
        let mut ids = Vec::new();
        for _ in 0..10 {
            ids.push(app.enqueue(Sleep { ms: 0 }).await);
        }
        let (stop, running) = start(&app);
        tokio::time::sleep(Duration::from_millis(delay)).await;
        stop.cancel();
        running.await.expect("it ends").expect("it ends well");
        for id in ids {
            assert_ne!(app.task(id).await.state(), TaskState::Running);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_was_revoked_while_it_waited_in_a_worker_is_not_started() {
    let app = app(&[("WORKER_CONCURRENCY", "1"), ("WORKER_PREFETCH", "1")]).await;
    let first = app.enqueue(Sleep { ms: 600 }).await;
    let second = app.enqueue(Sleep { ms: 60_000 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, first).await;
    app.app
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::revoke(tx, second).await?))
        .await
        .expect("it is revoked");
    wait_for(&app, first, TaskState::Succeeded).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.cancel();
    // Had it been started, the worker would wait for it.
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await;
    ended
        .expect("soon")
        .expect("it ends")
        .expect("it ends well");
    assert_eq!(app.task(second).await.state(), TaskState::Revoked);
}

#[tokio::test]
async fn the_last_step_of_a_task_is_taken_once() {
    let app = app(&[]).await;
    let id = app.enqueue(Twice {}).await;
    app.run_pending_tasks().await;
    let task = app.task(id).await;
    assert_eq!(task.state(), TaskState::Succeeded);
    assert_eq!(task.result.as_deref(), Some("\"first\""));
    assert_eq!(app.enqueued().await, ["twice", "sleep"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_inside_a_transaction_does_not_hang() {
    let app = app(&[]).await;
    let nested = app.app.transaction(async |_outer: &mut Tx| {
        app.app
            .transaction(async |tx: &mut Tx| Sleep { ms: 0 }.enqueue(tx).await)
            .await
    });
    let ended = tokio::time::timeout(Duration::from_secs(20), nested).await;
    assert!(ended.is_ok(), "it succeeds or says why not");
    app.enqueue(Sleep { ms: 0 }).await;
}

#[tokio::test]
async fn what_is_locked_for_a_moment_still_runs() {
    let app = app(&[]).await;
    let id = app.enqueue(Sleep { ms: 0 }).await;
    let locks = app.app.transaction(async |tx: &mut Tx| {
        let locked = diesel::update(tasks::table.find(id)).set(tasks::priority.eq(1));
        locked.execute(tx).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        Ok::<_, db::Error>(())
    });
    let runs = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.run_pending_tasks().await
    };
    let (locked, ran) = tokio::join!(locks, runs);
    locked.expect("the transaction ends");
    assert_eq!(ran, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_goes_away_leaves_a_connection_that_works() {
    let app = app(&[("DATABASE_POOL_SIZE", "1")]).await;
    let id = app.enqueue(Sleep { ms: 0 }).await;
    for steps in (1..=5).cycle().take(50) {
        let reads = Box::pin(async {
            let mut conn = app.app.connection().await.expect("a connection");
            ledger::find(&mut conn, id).await.expect("an answer")
        });
        leave_after(steps, reads).await;
        let writes = Box::pin(async {
            let mut conn = app.app.writer().await.expect("a connection");
            let changed = diesel::update(tasks::table.find(id)).set(tasks::priority.eq(1));
            changed.execute(&mut *conn).await.expect("it is written")
        });
        leave_after(steps, writes).await;
        let mut conn = app.app.connection().await.expect("a connection");
        assert!(
            ledger::find(&mut conn, Id::new())
                .await
                .expect("an answer")
                .is_none()
        );
    }
}

/// Goes as many steps of what is to be done, so that something has begun, and then goes away.
async fn leave_after<T>(steps: usize, mut work: impl Future<Output = T> + Unpin) {
    for _ in 0..steps {
        if futures_util::future::poll_immediate(&mut work)
            .await
            .is_some()
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
