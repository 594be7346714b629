//! A database for each test: a file in a folder of its own.

use tempfile::TempDir;

/// The type of a column that holds an id.
pub(crate) const ID_TYPE: &str = "TEXT";

/// What the schema consists of, one thing a row.
pub(crate) const SCHEMA: &str = "\
    SELECT type || ' ' || coalesce(sql, name) AS line FROM sqlite_master ORDER BY type, name";

/// What a column of JSON is declared as.
pub(crate) const JSON_COLUMN: &str = "TEXT";

/// Gone with the test.
pub(super) struct TestDatabase {
    dir: TempDir,
}

impl TestDatabase {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir }
    }

    pub(super) fn url(&self) -> String {
        format!("sqlite://{}/test.db", self.dir.path().display())
    }
}
