//! A database for each test: a file in a folder of its own.

use tempfile::TempDir;

/// The type of a column that holds an id.
pub(crate) const ID_TYPE: &str = "TEXT";

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
