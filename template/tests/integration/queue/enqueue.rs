use std::time::Duration;

use serde_json::Value;
use service::db::{self, Tx};
use service::id::Id;
use service::queue::{EnqueueError, EnqueueOptions, Task, TaskState, enqueue_by_name, ledger};
use service::tasks::PurgeFinishedTasks;

use crate::util::TestApp;

#[tokio::test]
async fn a_committed_transaction_enqueues() {
    let app = TestApp::new().await;
    app.enqueue(PurgeFinishedTasks {}).await;
    assert_eq!(app.enqueued().await, ["purge_finished_tasks"]);
}

#[tokio::test]
async fn a_rolled_back_transaction_enqueues_nothing() {
    let app = TestApp::new().await;
    let rolled_back: Result<(), EnqueueError> = app
        .app
        .transaction(async |tx: &mut Tx| {
            PurgeFinishedTasks {}.enqueue(tx).await?;
            Err(diesel::result::Error::RollbackTransaction.into())
        })
        .await;
    assert!(rolled_back.is_err());
    assert!(app.enqueued().await.is_empty());
    assert_eq!(app.run_pending_tasks().await, 0);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_open_transaction() {
    let app = TestApp::with(&[("DATABASE_POOL_SIZE", "1")]).await;
    let never_ends = app.app.transaction(async |tx: &mut Tx| {
        PurgeFinishedTasks {}.enqueue(tx).await?;
        std::future::pending::<Result<(), EnqueueError>>().await
    });
    let gave_up = tokio::time::timeout(Duration::from_millis(200), never_ends).await;
    assert!(gave_up.is_err());

    assert!(app.enqueued().await.is_empty());
    app.enqueue(PurgeFinishedTasks {}).await;
    assert_eq!(app.enqueued().await.len(), 1);
}

#[tokio::test]
async fn an_idempotency_key_enqueues_once() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        idempotency_key: Some("monthly report 2026-11".to_owned()),
        ..EnqueueOptions::default()
    };
    let enqueue = async || {
        app.app
            .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue_with(tx, &options).await)
            .await
            .expect("the task is enqueued")
    };
    let (first, second) = (enqueue().await, enqueue().await);
    assert_eq!(first, second);
    assert_eq!(app.enqueued().await.len(), 1);
}

#[tokio::test]
async fn idempotency_keys_that_differ_in_anything_are_two() {
    let app = TestApp::new().await;
    for key in ["a", "A", "a ", "ä"] {
        let options = EnqueueOptions {
            idempotency_key: Some(key.to_owned()),
            ..EnqueueOptions::default()
        };
        app.app
            .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue_with(tx, &options).await)
            .await
            .expect("the task is enqueued");
    }
    assert_eq!(app.enqueued().await.len(), 4);
}

#[tokio::test]
async fn one_key_at_the_same_time_enqueues_once() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        idempotency_key: Some("a".to_owned()),
        ..EnqueueOptions::default()
    };
    let enqueue = || {
        app.app
            .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue_with(tx, &options).await)
    };
    let ids = tokio::join!(enqueue(), enqueue(), enqueue(), enqueue());
    let ids = [ids.0, ids.1, ids.2, ids.3].map(|id: Result<Id, EnqueueError>| id.expect("an id"));
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(app.enqueued().await.len(), 1);
}

#[tokio::test]
async fn large_arguments_are_kept_whole() {
    let app = TestApp::with(&[("TASK_MAX_ARGS_BYTES", "1000000")]).await;
    let text = "ä".repeat(100_000);
    let options = EnqueueOptions::default();
    let id = app
        .app
        .transaction(async |tx: &mut Tx| {
            enqueue_by_name(tx, "large", &serde_json::json!(text), &options).await
        })
        .await
        .expect("the task is enqueued");
    let args: String = serde_json::from_str(&app.task(id).await.args).expect("JSON");
    assert_eq!(args, text);
}

#[tokio::test]
async fn a_delayed_task_waits() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        delay: Duration::from_secs(60),
        ..EnqueueOptions::default()
    };
    let id = app
        .app
        .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue_with(tx, &options).await)
        .await
        .expect("the task is enqueued");
    assert_eq!(app.run_pending_tasks().await, 0);
    assert_eq!(app.task(id).await.state(), TaskState::Queued);
}

#[tokio::test]
async fn large_arguments_are_refused_before_anything_is_stored() {
    let app = TestApp::with(&[("TASK_MAX_ARGS_BYTES", "1")]).await;
    let refused = app
        .app
        .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue(tx).await)
        .await;
    assert!(matches!(refused, Err(EnqueueError::TooLarge { .. })));
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn an_error_of_the_database_rolls_back_everything() {
    let app = TestApp::new().await;
    let failed: Result<(), db::Error> = app
        .app
        .transaction(async |tx: &mut Tx| {
            let enqueued = PurgeFinishedTasks {}.enqueue(tx).await;
            assert!(enqueued.is_ok());
            Err(diesel::result::Error::NotFound.into())
        })
        .await;
    assert!(failed.is_err());
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn a_name_that_databases_take_differently_is_refused() {
    let app = TestApp::new().await;
    let try_enqueue = async |name: &str, queue: &str| {
        let options = EnqueueOptions {
            queue: Some(queue.to_owned()),
            ..EnqueueOptions::default()
        };
        app.app
            .transaction(async |tx: &mut Tx| {
                enqueue_by_name(tx, name, &Value::Null, &options).await
            })
            .await
    };
    for name in ["", " report", "report ", "re\0port", &"x".repeat(101)] {
        for refused in [
            try_enqueue(name, "reports").await,
            try_enqueue("report", name).await,
        ] {
            assert!(
                matches!(refused, Err(EnqueueError::Option { .. })),
                "{name:?}: {refused:?}"
            );
        }
    }
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn a_task_is_enqueued_by_its_name() {
    let app = TestApp::new().await;
    let by_name = async |name: &str| {
        let args = serde_json::json!({});
        app.app
            .transaction(async |tx: &mut Tx| {
                enqueue_by_name(tx, name, &args, &EnqueueOptions::default()).await
            })
            .await
            .expect("the task is enqueued")
    };
    let known = by_name("purge_finished_tasks").await;
    let unknown = by_name("written_tomorrow").await;
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(known).await.state(), TaskState::Succeeded);
    assert_eq!(app.task(unknown).await.state(), TaskState::Queued);
}

#[tokio::test]
async fn a_time_in_the_past_is_now() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        at: Some(time::OffsetDateTime::UNIX_EPOCH),
        ..EnqueueOptions::default()
    };
    app.app
        .transaction(async |tx: &mut Tx| PurgeFinishedTasks {}.enqueue_with(tx, &options).await)
        .await
        .expect("the task is enqueued");
    assert_eq!(app.run_pending_tasks().await, 1);
}

/// More than fit into one statement.
fn many() -> Vec<PurgeFinishedTasks> {
    (0..2_500).map(|_| PurgeFinishedTasks {}).collect()
}

#[tokio::test]
async fn many_are_enqueued_at_once_and_in_order() {
    let app = TestApp::new().await;
    let ids = app
        .app
        .transaction(async |tx: &mut Tx| PurgeFinishedTasks::enqueue_all(tx, &many()).await)
        .await
        .expect("the tasks are enqueued");
    assert_eq!(ids.len(), 2_500);
    assert!(ids.is_sorted(), "{ids:?}");
    let mut conn = app.app.connection().await.expect("a connection");
    let depths = ledger::depths(&mut conn).await.expect("the ledger answers");
    assert_eq!(depths[0].due, 2_500);
}

#[tokio::test]
async fn none_are_enqueued_at_once() {
    let app = TestApp::new().await;
    let none = app
        .app
        .transaction(async |tx: &mut Tx| PurgeFinishedTasks::enqueue_all(tx, &[]).await)
        .await;
    assert_eq!(none.expect("that is allowed"), []);
}

#[tokio::test]
async fn many_share_their_options() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        delay: Duration::from_secs(60),
        priority: 7,
        ..EnqueueOptions::default()
    };
    let tasks = [PurgeFinishedTasks {}, PurgeFinishedTasks {}];
    let ids = app
        .app
        .transaction(async |tx: &mut Tx| {
            PurgeFinishedTasks::enqueue_all_with(tx, &tasks, &options).await
        })
        .await
        .expect("the tasks are enqueued");
    assert_eq!(app.run_pending_tasks().await, 0);
    for id in ids {
        assert_eq!(app.task(id).await.priority, 7);
    }
}

#[tokio::test]
async fn many_cannot_share_an_idempotency_key() {
    let app = TestApp::new().await;
    let options = EnqueueOptions {
        idempotency_key: Some("all of them".to_owned()),
        ..EnqueueOptions::default()
    };
    let refused = app
        .app
        .transaction(async |tx: &mut Tx| {
            PurgeFinishedTasks::enqueue_all_with(tx, &many(), &options).await
        })
        .await;
    assert!(matches!(refused, Err(EnqueueError::Option { .. })));
    assert!(app.enqueued().await.is_empty());
}

#[tokio::test]
async fn a_rolled_back_transaction_enqueues_none_of_many() {
    let app = TestApp::new().await;
    let rolled_back: Result<(), EnqueueError> = app
        .app
        .transaction(async |tx: &mut Tx| {
            PurgeFinishedTasks::enqueue_all(tx, &many()).await?;
            Err(diesel::result::Error::RollbackTransaction.into())
        })
        .await;
    assert!(rolled_back.is_err());
    assert_eq!(app.run_pending_tasks().await, 0);
}
