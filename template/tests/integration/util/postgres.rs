//! A database for each test: a schema of its own in the database at `TEST_DATABASE_URL`.

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use service::config::Config;
use service::db::Database;
use service::id::Id;

const DEFAULT_URL: &str = "postgres://postgres:postgres@127.0.0.1:5432/postgres";

/// Gone with the test.
pub(super) struct TestDatabase {
    server: String,
    schema: String,
}

impl TestDatabase {
    pub(super) fn new() -> Self {
        let database = Self {
            server: std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| DEFAULT_URL.to_owned()),
            schema: format!("test_{}", Id::new().0.simple()),
        };
        database.execute(&format!("CREATE SCHEMA {}", database.schema));
        database
    }

    pub(super) fn url(&self) -> String {
        let sign = if self.server.contains('?') { '&' } else { '?' };
        format!(
            "{}{sign}options=-csearch_path%3D{}",
            self.server, self.schema
        )
    }

    fn execute(&self, sql: &str) {
        let server = self.server.clone();
        let config = Config::from_env(|name| match name {
            "APP_ENV" => Some("test".to_owned()),
            "DATABASE_URL" => Some(server.clone()),
            _ => None,
        });
        let sql = sql.to_owned();
        super::test_app::block_on(async move {
            let db = Database::new(&config.expect("settings for tests")).expect("a pool");
            let mut conn = db.connection().await.unwrap_or_else(|error| {
                panic!(
                    "tests need PostgreSQL at TEST_DATABASE_URL (default {DEFAULT_URL}): {error}"
                )
            });
            let conn: &mut AsyncPgConnection = &mut conn;
            conn.batch_execute(&sql).await.expect("the statement runs");
        });
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.execute(&format!("DROP SCHEMA {} CASCADE", self.schema));
    }
}
