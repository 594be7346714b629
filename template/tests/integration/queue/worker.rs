use std::time::Duration;

use service::db::{self, Tx};
use service::queue::{TaskList, TaskState, ledger};

use super::support::{Sleep, start, wait_for, wait_until_begun};
use crate::util::TestApp;

async fn app(settings: &[(&str, &str)]) -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Sleep>();
    TestApp::with_tasks(settings, tasks).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_runs_what_is_enqueued() {
    let app = app(&[]).await;
    let before = app.enqueue(Sleep { ms: 0 }).await;
    let (stop, running) = start(&app);
    let after = app.enqueue(Sleep { ms: 0 }).await;
    wait_for(&app, before, TaskState::Succeeded).await;
    wait_for(&app, after, TaskState::Succeeded).await;
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_task_is_finished_before_the_worker_stops() {
    let app = app(&[]).await;
    let id = app.enqueue(Sleep { ms: 400 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, id).await;
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
    assert_eq!(app.task(id).await.state(), TaskState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_started_is_given_back_at_once_and_has_cost_no_attempt() {
    let app = app(&[("WORKER_CONCURRENCY", "1"), ("WORKER_PREFETCH", "1")]).await;
    let first = app.enqueue(Sleep { ms: 2_000 }).await;
    let second = app.enqueue(Sleep { ms: 0 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, first).await;
    wait_for(&app, second, TaskState::Running).await;
    stop.cancel();
    wait_for(&app, second, TaskState::Queued).await;
    assert_eq!(app.task(second).await.attempts, 0);
    assert_eq!(app.task(first).await.state(), TaskState::Running);
    running.await.expect("it ends").expect("it ends well");
    assert_eq!(app.task(second).await.state(), TaskState::Queued);
    assert_eq!(app.task(first).await.state(), TaskState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_outlasts_the_shutdown_is_given_back() {
    let app = app(&[("SHUTDOWN_TIMEOUT_SECS", "0")]).await;
    let id = app.enqueue(Sleep { ms: 60_000 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, id).await;
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
    assert_eq!(app.task(id).await.state(), TaskState::Queued);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_task_is_stopped() {
    let app = app(&[]).await;
    let id = app.enqueue(Sleep { ms: 60_000 }).await;
    let (stop, running) = start(&app);
    wait_until_begun(&app, id).await;
    let revoked = app
        .app
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::revoke(tx, id).await?))
        .await;
    assert_eq!(revoked.expect("it is revoked"), ledger::Revocation::Revoked);
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await;
    ended
        .expect("soon")
        .expect("it ends")
        .expect("it ends well");
    assert_eq!(app.task(id).await.state(), TaskState::Revoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tasks_of_a_dead_worker_are_taken_over() {
    let app = app(&[("TASK_LEASE_SECS", "1")]).await;
    let id = app.enqueue(Sleep { ms: 300 }).await;
    let (_stop, running) = start(&app);
    wait_until_begun(&app, id).await;
    // Like a crash: nothing is given back.
    running.abort();
    let _ = running.await;
    assert_eq!(app.task(id).await.state(), TaskState::Running);

    let (stop, running) = start(&app);
    wait_for(&app, id, TaskState::Succeeded).await;
    let task = app.task(id).await;
    assert_eq!((task.attempts, task.lost_leases), (1, 1));
    stop.cancel();
    running.await.expect("it ends").expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_was_started_can_be_what_kills_workers() {
    let app = app(&[
        ("TASK_LEASE_SECS", "1"),
        ("WORKER_CONCURRENCY", "1"),
        ("WORKER_PREFETCH", "1"),
    ])
    .await;
    let first = app.enqueue(Sleep { ms: 60_000 }).await;
    let second = app.enqueue(Sleep { ms: 0 }).await;
    for (lost_by_first, lost_by_second) in [(0, 0), (1, 1), (2, 1), (3, 1)] {
        let (_stop, running) = start(&app);
        while app.task(first).await.lost_leases < lost_by_first {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        wait_for(&app, first, TaskState::Running).await;
        wait_until_begun(&app, first).await;
        wait_for(&app, second, TaskState::Running).await;
        let second = app.task(second).await;
        assert_eq!(second.lost_leases, lost_by_second);
        assert_eq!(second.started_at.is_none(), lost_by_second > 0);
        // Like a crash: nothing is given back.
        running.abort();
        let _ = running.await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_claims_no_more_ahead_than_it_may() {
    for (prefetch, claimed) in [("0", 1), ("2", 3)] {
        let settings = [("WORKER_CONCURRENCY", "1"), ("WORKER_PREFETCH", prefetch)];
        let app = app(&settings).await;
        let first = app.enqueue(Sleep { ms: 600 }).await;
        let mut all = vec![first];
        for _ in 0..5 {
            all.push(app.enqueue(Sleep { ms: 0 }).await);
        }
        let (stop, running) = start(&app);
        wait_until_begun(&app, first).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut held = 0;
        for id in &all {
            held += usize::from(app.task(*id).await.state() == TaskState::Running);
        }
        assert_eq!(held, claimed, "WORKER_PREFETCH={prefetch}");
        for id in all {
            wait_for(&app, id, TaskState::Succeeded).await;
        }
        stop.cancel();
        running.await.expect("it ends").expect("it ends well");
    }
}
