use service::id::Id;
use service::queue::TaskState;
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
