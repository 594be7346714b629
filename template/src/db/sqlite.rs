//! What is particular to SQLite.

mod migration_lock;
mod threads;

use std::fmt::Debug;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::deserialize::{self, FromSql};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Pool, PoolBuilder};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, MutexGuard};

pub(super) use self::migration_lock::{MigrationLock, lock_migrations};
use self::threads::{AtOnce, Threads};
use super::{Error, Json};
use crate::config::{DatabaseConfig, Synchronous};
use crate::id::Id;

/// The kind of database that queries are built for.
pub type Backend = diesel::sqlite::Sqlite;

/// A connection. SQLite is a library: statements run on threads for blocking work.
pub type DbConnection = SyncConnectionWrapper<SqliteConnection, Threads>;

/// The column type of an [`Id`]: its 36 characters, readable in every tool.
pub type IdSql = Text;

/// The column type of a [`Json`].
pub type JsonSql = Text;

/// [`NOW_MS`] for `concat!`, which takes no constants.
macro_rules! now_ms {
    () => {
        "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)"
    };
}

/// SQL for the milliseconds since the Unix epoch.
pub(super) const NOW_MS: &str = now_ms!();

/// SQL that adds tasks. Its parameter is a JSON array of rows, with points in time as milliseconds
/// from now: the clock is read once.
pub(crate) const INSERT_ALL: &str = concat!(
    "\
    INSERT INTO tasks (id, name, queue, args, state, priority, run_at, max_attempts, expires_at, \
        published_at, request_id, traceparent, parent_id, created_at, flow_id, position, members, \
        pending) \
    SELECT value ->> 'id', value ->> 'name', value ->> 'queue', value ->> 'args', \
        value ->> 'state', value ->> 'priority', now + (value ->> 'run_at'), \
        value ->> 'max_attempts', now + (value ->> 'expires_at'), \
        now + (value ->> 'published_at'), value ->> 'request_id', value ->> 'traceparent', \
        value ->> 'parent_id', now, value ->> 'flow_id', value ->> 'position', value ->> 'members', \
        value ->> 'pending' \
    FROM json_each(?), \
        (SELECT ",
    now_ms!(),
    " AS now)"
);

/// SQL that ends tasks with success. Its parameter is a JSON array: of each the id, the claim under
/// which it ran, and the result.
pub(crate) const SUCCEED_ALL: &str = concat!(
    "\
    UPDATE tasks SET state = 'succeeded', result = done.value ->> 2, error = NULL, \
        lease_owner = NULL, lease_until = NULL, \
        finished_at = ",
    now_ms!(),
    " FROM json_each(?) AS done \
    WHERE tasks.id = done.value ->> 0 AND claim = done.value ->> 1 AND state = 'running'"
);

/// How long a statement waits for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause before what another process was in the way of is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Lets one write transaction of this process in at a time, first come, first served.
///
/// SQLite has one writer. Without the gate, writers would find that out by sleeping and polling,
/// at half the throughput, and the unlucky would wait for seconds.
#[derive(Debug, Default)]
pub(super) struct WriteGate(Mutex<()>);

impl WriteGate {
    /// Waits for the turn of this transaction, which lasts until the pass is dropped.
    pub(super) async fn enter(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let turn = tokio::time::timeout(BUSY_TIMEOUT, self.0.lock()).await;
        turn.map_err(|_| {
            Error::Unavailable(format!(
                "no turn to write within {BUSY_TIMEOUT:?}; is there a transaction inside a \
                 transaction?"
            ))
        })
    }
}

/// Rows need no lock of their own here: a write transaction has the database to itself.
macro_rules! skip_locked {
    ($query:expr) => {
        $query
    };
}
pub(crate) use skip_locked;

/// What locks the rows of a query elsewhere: nothing, for the same reason.
macro_rules! locked {
    ($query:expr) => {
        $query
    };
}
pub(crate) use locked;

/// What `on_conflict` looks at to find a row with the same key.
macro_rules! same_key {
    ($column:expr) => {
        $column
    };
}
pub(crate) use same_key;

/// Sets up how connections are opened.
pub(super) fn pool_builder(config: &DatabaseConfig) -> anyhow::Result<PoolBuilder<DbConnection>> {
    let url = config.url.expose_secret();
    let path = url
        .strip_prefix("sqlite://")
        .ok_or_else(|| anyhow::anyhow!("DATABASE_URL must start with `sqlite://`"))?;
    let synchronous = match config.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    let pragmas = format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; \
         PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON;",
        BUSY_TIMEOUT.as_millis()
    );
    let mut manager = ManagerConfig::default();
    // Nobody can cut the connection to a file, so there is nothing to check.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |path| {
        let pragmas = pragmas.clone();
        async move { open(path, &pragmas).await }.boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(path, manager);
    Ok(Pool::builder(manager).pre_recycle(Hook::async_fn(|conn, _| settle(conn).boxed())))
}

/// Opens a connection.
///
/// Of two that open a new file at once, SQLite tells one that it is locked, without waiting as
/// `busy_timeout` says: that one tries again here.
async fn open(path: &str, pragmas: &str) -> ConnectionResult<DbConnection> {
    let mut conn = DbConnection::establish(path).await?;
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match conn.batch_execute(pragmas).await {
            Err(error) if is_conflict(&error) && Instant::now() < deadline => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            opened => {
                return opened
                    .map(|()| conn)
                    .map_err(ConnectionError::CouldntSetupConfiguration);
            }
        }
    }
}

/// Waits until nothing runs on a connection any more.
///
/// A statement goes on in its thread after its caller has gone away, and until then the connection
/// is not fit for another caller.
async fn settle(conn: &mut DbConnection) -> Result<(), HookError> {
    let settled = conn.spawn_blocking(|_| Ok(AtOnce(true))).await;
    settled.map_or_else(
        |error| Err(HookError::message(error.to_string())),
        |_| Ok(()),
    )
}

/// Asks for something that is in the file, and whether the file is still where it was.
pub(super) async fn ping(conn: &mut DbConnection) -> QueryResult<()> {
    let file = main_file(conn).await?;
    conn.batch_execute("SELECT count(*) FROM sqlite_master")
        .await?;
    if Path::new(&file).exists() {
        return Ok(());
    }
    let gone = format!("the database file {file} is gone");
    Err(QueryError::QueryBuilderError(gone.into()))
}

/// Begins a write transaction, so that it cannot fail half way because another one was faster.
pub(super) async fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    // Whoever has come through the gate finds nobody in the way but other processes, and a statement
    // whose caller has gone away.
    let AtOnce(has_begun) = conn.spawn_blocking(begin_at_once).await?;
    if has_begun {
        return Ok(());
    }
    conn.spawn_blocking(begin_immediate).await
}

fn begin_immediate(conn: &mut SqliteConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
}

/// Begins without waiting for other processes. Returns whether there was none in the way.
fn begin_at_once(conn: &mut SqliteConnection) -> QueryResult<AtOnce> {
    set_busy_timeout(conn, Duration::ZERO)?;
    let begun = begin_immediate(conn);
    set_busy_timeout(conn, BUSY_TIMEOUT)?;
    match begun {
        Ok(()) => Ok(AtOnce(true)),
        Err(error) if is_conflict(&error) => Ok(AtOnce(false)),
        Err(error) => Err(error),
    }
}

fn set_busy_timeout(conn: &mut SqliteConnection, timeout: Duration) -> QueryResult<()> {
    let timeout_ms = timeout.as_millis();
    conn.batch_execute(&format!("PRAGMA busy_timeout = {timeout_ms}"))
}

/// The path of the database file, empty if there is none.
async fn main_file(conn: &mut DbConnection) -> QueryResult<String> {
    sql::<Text>("SELECT file FROM pragma_database_list WHERE name = 'main'")
        .get_result(conn)
        .await
}

/// Names errors as this crate expects them: the driver already does.
pub(super) fn classify(error: QueryError) -> QueryError {
    error
}

/// Whether a transaction failed only because of another one, so that it may be repeated.
pub(crate) fn is_conflict(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, info)
            if info.message().contains("database is locked")
    )
}

impl ToSql<Text, Backend> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Backend> for Id {
    fn from_sql(
        value: <Backend as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Backend>>::from_sql(value)?;
        Ok(text.parse()?)
    }
}

impl<T: Serialize + Debug> ToSql<JsonSql, Backend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> FromSql<JsonSql, Backend> for Json<T> {
    fn from_sql(
        value: <Backend as diesel::backend::Backend>::RawValue<'_>,
    ) -> deserialize::Result<Self> {
        let text = <String as FromSql<JsonSql, Backend>>::from_sql(value)?;
        Ok(Self(serde_json::from_str(&text)?))
    }
}
