use std::fs::{File, TryLockError};
use std::io;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::result::Error as QueryError;

use super::{DbConnection, main_file};

/// How long a process waits for another one that migrates.
const MIGRATION_WAIT: Duration = Duration::from_secs(60);

/// The pause before it looks again whether the other one is done.
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// Lets one process migrate at a time. The lock is gone with the value, and with the process.
pub(in crate::db) struct MigrationLock {
    _file: Option<File>,
}

/// Keeps other processes of this machine from migrating this database.
///
/// The lock is on a file beside the database: to close another handle of the database's own file
/// would take from this process what SQLite has locked in it. Both files have to be on a local disk,
/// as SQLite itself asks for.
pub(in crate::db) async fn lock_migrations(conn: &mut DbConnection) -> QueryResult<MigrationLock> {
    let database = main_file(conn).await?;
    // One in memory is nobody else's.
    if database.is_empty() {
        return Ok(MigrationLock { _file: None });
    }
    let file = lock_file(&format!("{database}.migrate-lock")).await;
    match file {
        Ok(file) => Ok(MigrationLock { _file: Some(file) }),
        Err(error) => Err(QueryError::QueryBuilderError(error.into())),
    }
}

async fn lock_file(path: &str) -> io::Result<File> {
    let file = File::create(path)?;
    let deadline = Instant::now() + MIGRATION_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            Err(TryLockError::WouldBlock) => {
                let waited = format!("another process has been migrating for {MIGRATION_WAIT:?}");
                return Err(io::Error::other(waited));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
