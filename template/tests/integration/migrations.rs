use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use service::db::Database;
use service::db::migrations::{self, Status};

use crate::util::{SCHEMA, TestApp, block_on};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What is in the database besides rows.
async fn schema(db: &Database) -> Vec<String> {
    let mut conn = db.connection().await.expect("a connection");
    let lines: Vec<Line> = diesel::sql_query(SCHEMA)
        .load(&mut *conn)
        .await
        .expect("the schema can be read");
    lines.into_iter().map(|line| line.line).collect()
}

/// The names of those that are applied, and of those that are not.
async fn applied_and_pending(db: &Database) -> (Vec<String>, Vec<String>) {
    let status = migrations::status(db).await.expect("a list");
    let (applied, pending): (Vec<Status>, Vec<Status>) =
        status.into_iter().partition(|status| status.applied);
    let names = |list: Vec<Status>| list.into_iter().map(|status| status.name).collect();
    (names(applied), names(pending))
}

#[tokio::test]
async fn every_migration_goes_up_and_down_and_up_again() {
    let app = TestApp::new().await;
    let db = Database::new(&app.app.config).expect("a pool");
    block_on(async move {
        let before = schema(&db).await;
        assert!(before.iter().any(|line| line.contains("email_key")));
        let count = migrations::status(&db).await.expect("a list").len();
        for _ in 0..count {
            let reverted = migrations::down(&db).await.expect("it goes down");
            assert!(reverted.is_some());
        }
        assert_eq!(migrations::down(&db).await.expect("an answer"), None);
        let mut left = schema(&db).await;
        left.retain(|line| !line.contains("schema_migrations"));
        // Where keys are listed without their table, this is the one of the list of migrations.
        left.retain(|line| !line.starts_with("PRIMARY"));
        assert_eq!(left, [""; 0]);
        assert_eq!(migrations::up(&db).await.expect("it goes up").len(), count);
        assert_eq!(schema(&db).await, before);
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

#[tokio::test]
async fn a_stamp_changes_only_what_is_written_down() {
    let app = TestApp::new().await;
    let db = Database::new(&app.app.config).expect("a pool");
    block_on(async move {
        let before = schema(&db).await;
        let (all, _) = applied_and_pending(&db).await;
        let (first, others) = all.split_first().expect("there are migrations");
        let stamp = first.split_once('_').expect("a time stamp").0;
        for version in [first, stamp] {
            let forgotten = migrations::stamp(&db, Some(version)).await.expect("it is");
            assert!(forgotten.iter().all(|status| !status.applied));
            let (applied, pending) = applied_and_pending(&db).await;
            assert_eq!(applied, std::slice::from_ref(first));
            assert_eq!(pending, others);

            let written = migrations::stamp(&db, None).await.expect("it is");
            let names: Vec<_> = written.into_iter().map(|status| status.name).collect();
            assert_eq!(names, others);
            assert!(migrations::up(&db).await.expect("nothing to do").is_empty());
        }
        assert!(
            migrations::stamp(&db, None)
                .await
                .expect("the same")
                .is_empty()
        );
        assert_eq!(schema(&db).await, before);
        let unknown = migrations::stamp(&db, Some("2000-01-01_x")).await;
        let error = unknown.expect_err("there is none").to_string();
        assert!(error.contains("`2000-01-01_x`"), "{error}");
        assert!(applied_and_pending(&db).await.1.is_empty());
    });
}
