//! A database for each test, on the server at `TEST_DATABASE_URL`.

use diesel_async::SimpleAsyncConnection;
use service::config::Config;
use service::db::{self, Database};
use service::id::Id;

use super::block_on;

const DEFAULT_URL: &str = "mysql://root:root@127.0.0.1:3306";

/// The type of a column that holds an id.
pub(crate) const ID_TYPE: &str = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";

/// What the schema consists of, one thing a row.
pub(crate) const SCHEMA: &str = "\
    SELECT CONCAT_WS(' ', table_name, ordinal_position, column_name, column_type, \
        collation_name, is_nullable, column_default) AS line \
    FROM information_schema.columns WHERE table_schema = DATABASE() \
    UNION ALL SELECT CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, non_unique) \
    FROM information_schema.statistics WHERE table_schema = DATABASE() \
    UNION ALL SELECT CONCAT_WS(' ', constraint_name, check_clause) \
    FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() \
    ORDER BY line";

/// What a column of JSON is declared as.
pub(crate) const JSON_COLUMN: &str = "LONGTEXT CHARACTER SET utf8mb4";

/// Gone with the test.
pub(super) struct TestDatabase {
    /// The URL of the server, without a database.
    server: String,
    /// What stands behind the database in a URL.
    query: String,
    name: String,
}

impl TestDatabase {
    pub(super) fn new() -> Self {
        let url = std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| DEFAULT_URL.to_owned());
        let (address, query) = match url.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (url.as_str(), String::new()),
        };
        let (scheme, address) = address.split_once("://").expect("a URL");
        let (host, _) = address.split_once('/').unwrap_or((address, ""));
        let database = Self {
            server: format!("{scheme}://{host}"),
            query,
            name: format!("test_{}", Id::new().0.simple()),
        };
        if let Err(error) = database.execute(&format!("CREATE DATABASE {}", database.name)) {
            panic!("tests need MySQL at TEST_DATABASE_URL (by default {DEFAULT_URL}): {error}");
        }
        database
    }

    pub(super) fn url(&self) -> String {
        format!("{}/{}{}", self.server, self.name, self.query)
    }

    fn execute(&self, sql: &str) -> Result<(), db::Error> {
        let config = Config::from_env(|name| match name {
            "APP_ENV" => Some("test".to_owned()),
            "DATABASE_URL" => Some(format!("{}/{}", self.server, self.query)),
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
        // At worst a database is left behind.
        let _ = self.execute(&format!("DROP DATABASE {}", self.name));
    }
}
