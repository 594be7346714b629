//! A database for each test: a schema of its own in the database at `TEST_DATABASE_URL`.

use diesel_async::SimpleAsyncConnection;
use service::config::Config;
use service::db::{self, Database};
use service::id::Id;

use super::block_on;

const DEFAULT_URL: &str = "postgres://postgres:postgres@127.0.0.1:5432/postgres";

/// The type of a column that holds an id.
pub(crate) const ID_TYPE: &str = "UUID";

/// What the schema consists of, one thing a row.
pub(crate) const SCHEMA: &str = "\
    SELECT concat_ws(' ', table_name, ordinal_position, column_name, udt_name, \
        character_maximum_length, is_nullable, column_default) AS line \
    FROM information_schema.columns WHERE table_schema = current_schema() \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() \
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
    FROM pg_constraint WHERE connamespace = current_schema()::regnamespace \
    ORDER BY line";

/// What a column of JSON is declared as.
pub(crate) const JSON_COLUMN: &str = "JSONB";

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
        if let Err(error) = database.execute(&format!("CREATE SCHEMA {}", database.schema)) {
            panic!(
                "tests need PostgreSQL at TEST_DATABASE_URL (by default {DEFAULT_URL}): {error}"
            );
        }
        database
    }

    pub(super) fn url(&self) -> String {
        let sign = if self.server.contains('?') { '&' } else { '?' };
        format!(
            "{}{sign}options=-csearch_path%3D{}",
            self.server, self.schema
        )
    }

    fn execute(&self, sql: &str) -> Result<(), db::Error> {
        let config = Config::from_env(|name| match name {
            "APP_ENV" => Some("test".to_owned()),
            "DATABASE_URL" => Some(self.server.clone()),
            _ => None,
        });
        let db = Database::new(&config.expect("settings for tests")).expect("a pool");
        let sql = sql.to_owned();
        block_on(async move {
            let mut conn = db.connection().await?;
            Ok(conn.batch_execute(&sql).await?)
        })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // At worst an empty schema is left behind.
        let _ = self.execute(&format!("DROP SCHEMA {} CASCADE", self.schema));
    }
}
