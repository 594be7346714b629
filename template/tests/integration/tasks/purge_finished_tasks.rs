use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use service::db::{self, Tx};
use service::id::Id;
use service::queue::{TaskState, ledger};
use service::schema::tasks;
use service::tasks::{AddOneYear, PurgeFinishedTasks};

use crate::util::TestApp;

#[tokio::test]
async fn what_has_just_ended_is_kept() {
    let app = TestApp::new().await;
    let failed = app
        .enqueue(AddOneYear {
            person_id: Id::new(),
        })
        .await;
    app.run_pending_tasks().await;
    let purge = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;

    assert_eq!(app.task(purge).await.result.as_deref(), Some("0"));
    assert_eq!(app.task(failed).await.state(), TaskState::Failed);
}

/// A task that ended long ago.
async fn enqueue_old(app: &TestApp) -> Id {
    let old = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;
    end_at(app, old, Some(0), Duration::ZERO).await;
    old
}

/// Writes down when the task has ended, in a transaction that takes so long.
async fn end_at(app: &TestApp, id: Id, finished_at: Option<i64>, duration: Duration) {
    let written = app.app.transaction(async |tx: &mut Tx| {
        let ended = diesel::update(tasks::table.find(id)).set(tasks::finished_at.eq(finished_at));
        ended.execute(tx).await?;
        tokio::time::sleep(duration).await;
        Ok::<_, db::Error>(())
    });
    written.await.expect("it is written down");
}

#[tokio::test]
async fn what_ended_long_ago_is_deleted() {
    let app = TestApp::new().await;
    enqueue_old(&app).await;
    let purge = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;

    assert_eq!(app.task(purge).await.result.as_deref(), Some("1"));
    assert_eq!(app.enqueued().await, ["purge_finished_tasks"]);
}

/// As by `retry`, of which whoever purges sees nothing before it is committed.
#[tokio::test]
async fn what_is_taken_up_again_meanwhile_is_kept() {
    let app = TestApp::new().await;
    let old = enqueue_old(&app).await;
    let taken_up = end_at(&app, old, None, Duration::from_millis(500));
    let purged = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let purge = async |tx: &mut Tx| Ok::<_, db::Error>(ledger::purge(tx, 7, None).await?);
        app.app.transaction(purge).await
    };
    let ((), purged) = tokio::join!(taken_up, purged);
    assert_eq!(purged.expect("the database answers"), 0);
    assert_eq!(app.task(old).await.id, old);
}
