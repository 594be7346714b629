use service::db::Database;
use service::db::migrations::{self, Status};

use crate::util::{TestApp, block_on};

#[tokio::test]
async fn every_migration_goes_up_and_down_and_up_again() {
    let app = TestApp::new().await;
    let db = Database::new(&app.app.config).expect("a pool");
    block_on(async move {
        let count = migrations::status(&db).await.expect("a list").len();
        for _ in 0..count {
            let reverted = migrations::down(&db).await.expect("it goes down");
            assert!(reverted.is_some());
        }
        assert_eq!(migrations::down(&db).await.expect("an answer"), None);
        assert_eq!(migrations::up(&db).await.expect("it goes up").len(), count);
    });
}

#[tokio::test]
async fn the_status_tells_what_is_applied() {
    let app = TestApp::new().await;
    let db = Database::new(&app.app.config).expect("a pool");
    block_on(async move {
        migrations::down(&db).await.expect("it goes down");
        let status = migrations::status(&db).await.expect("a list");
        let (last, others) = status.split_last().expect("there are migrations");
        assert!(others.iter().all(|migration: &Status| migration.applied));
        assert!(!last.applied);
        migrations::redo(&db)
            .await
            .expect("the one before is redone");
        migrations::up(&db).await.expect("it goes up");
        let status = migrations::status(&db).await.expect("a list");
        assert!(status.iter().all(|migration| migration.applied));
    });
}
