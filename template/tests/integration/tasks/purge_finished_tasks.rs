use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use service::db::{self, Tx};
use service::id::Id;
use service::queue::TaskState;
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

#[tokio::test]
async fn what_ended_long_ago_is_deleted() {
    let app = TestApp::new().await;
    let old = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;
    app.app
        .transaction(async |tx: &mut Tx| {
            let aged = diesel::update(tasks::table.find(old)).set(tasks::finished_at.eq(Some(0)));
            aged.execute(tx).await?;
            Ok::<_, db::Error>(())
        })
        .await
        .expect("the task is made old");
    let purge = app.enqueue(PurgeFinishedTasks {}).await;
    app.run_pending_tasks().await;

    assert_eq!(app.task(purge).await.result.as_deref(), Some("1"));
    assert_eq!(app.enqueued().await, ["purge_finished_tasks"]);
}
