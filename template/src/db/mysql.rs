//! What is particular to MySQL and MariaDB.

mod server;

use std::fmt::Debug;

use anyhow::Context;
use diesel::deserialize::{self, FromSql};
use diesel::dsl::sql;
use diesel::mysql::{Mysql, MysqlValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::pooled_connection::deadpool::{Pool, PoolBuilder};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{
    AnsiTransactionManager, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection,
    TransactionManager,
};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::server::Server;
use super::{Error, Json};
use crate::config::DatabaseConfig;
use crate::id::Id;

/// The kind of database that queries are built for.
pub type Backend = Mysql;

/// A connection.
pub type DbConnection = AsyncMysqlConnection;

/// The column type of an [`Id`]: its 36 characters, readable in every tool.
pub type IdSql = Text;

/// The column type of a [`Json`].
pub type JsonSql = Text;

/// [`NOW_MS`] for `concat!`, which takes no constants.
macro_rules! now_ms {
    () => {
        "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
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
    SELECT task.id, task.name, task.queue, task.args, task.state, task.priority, \
        now + task.run_at, task.max_attempts, now + task.expires_at, \
        now + task.published_at, task.request_id, task.traceparent, task.parent_id, now, \
        task.flow_id, task.position, task.members, task.pending \
    FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) PATH '$.id', \
        name VARCHAR(100) CHARACTER SET utf8mb4 PATH '$.name', \
        queue VARCHAR(100) CHARACTER SET utf8mb4 PATH '$.queue', \
        args LONGTEXT CHARACTER SET utf8mb4 PATH '$.args', state VARCHAR(16) PATH '$.state', \
        priority INT PATH '$.priority', run_at BIGINT PATH '$.run_at', \
        max_attempts INT PATH '$.max_attempts', expires_at BIGINT PATH '$.expires_at', \
        published_at BIGINT PATH '$.published_at', \
        request_id VARCHAR(128) PATH '$.request_id', \
        traceparent VARCHAR(55) PATH '$.traceparent', parent_id CHAR(36) PATH '$.parent_id', \
        flow_id CHAR(36) PATH '$.flow_id', position INT PATH '$.position', \
        members INT PATH '$.members', pending INT PATH '$.pending')) AS task, \
        (SELECT ",
    now_ms!(),
    " AS now) AS clock"
);

/// SQL that ends tasks with success. Its parameter is a JSON array: of each the id, the claim under
/// which it ran, and the result.
pub(crate) const SUCCEED_ALL: &str = concat!(
    "\
    UPDATE tasks INNER JOIN JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(36) PATH '$[0]', \
        claim BIGINT PATH '$[1]', result VARCHAR(4096) CHARACTER SET utf8mb4 \
            PATH '$[2]')) AS done \
        ON tasks.id = CONVERT(done.id USING ascii) \
    SET tasks.state = 'succeeded', tasks.result = done.result, error = NULL, \
        lease_owner = NULL, lease_until = NULL, \
        finished_at = ",
    now_ms!(),
    " WHERE tasks.claim = done.claim AND state = 'running'"
);

/// How long a process waits for another one that migrates.
const MIGRATION_WAIT_SECS: u32 = 60;

/// MySQL lets many write at once: nobody waits here.
#[derive(Debug, Default)]
pub(super) struct WriteGate;

/// The turn of a transaction.
pub(super) struct Pass;

impl WriteGate {
    /// Enters at once.
    pub(super) async fn enter(&self) -> Result<Pass, Error> {
        Ok(Pass)
    }
}

/// Locks the rows of a query until the end of the transaction, without those that are locked.
macro_rules! skip_locked {
    ($query:expr) => {
        $query.for_update().skip_locked()
    };
}
pub(crate) use skip_locked;

/// Locks the rows of a query until the end of the transaction.
macro_rules! locked {
    ($query:expr) => {
        $query.for_update()
    };
}
pub(crate) use locked;

/// What `on_conflict` looks at to find a row with the same key: all keys, in MySQL.
///
/// How many rows were added is not to be learnt: one that was there counts too.
macro_rules! same_key {
    ($column:expr) => {
        diesel::dsl::DuplicatedKeys
    };
}
pub(crate) use same_key;

/// Sets up how connections are opened.
pub(super) fn pool_builder(config: &DatabaseConfig) -> anyhow::Result<PoolBuilder<DbConnection>> {
    let server = Server::parse(config.url.expose_secret()).context("DATABASE_URL")?;
    let mut manager = ManagerConfig::default();
    manager.recycling_method = RecyclingMethod::CustomFunction(Box::new(|conn| echo(conn).boxed()));
    manager.custom_setup = Box::new(move |_| {
        let server = server.clone();
        async move {
            let conn = server
                .connect()
                .await
                .map_err(|error| ConnectionError::BadConnection(error.to_string()))?;
            AsyncMysqlConnection::try_from(conn).await
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    Ok(Pool::builder(manager))
}

/// Checks that a connection is fit for another caller: that it says what it is told to say.
///
/// A caller who goes away in the middle leaves an answer unread, which the next one would take for
/// its own. And only by asking is it known that a connection was cut.
async fn echo(conn: &mut DbConnection) -> QueryResult<()> {
    let told: i64 = rand::random();
    let said: i64 = diesel::select(told.into_sql::<BigInt>())
        .get_result(conn)
        .await?;
    if said == told {
        return Ok(());
    }
    Err(QueryError::QueryBuilderError(
        "an answer to somebody else".into(),
    ))
}

/// Asks the server for an answer.
pub(super) async fn ping(conn: &mut DbConnection) -> QueryResult<()> {
    conn.batch_execute("SELECT 1").await
}

/// Begins a transaction.
pub(super) async fn begin(conn: &mut DbConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction(conn).await
}

/// The connection itself holds the lock.
pub(super) struct MigrationLock;

/// Keeps other processes from migrating this database until the connection is closed.
///
/// Each statement of a migration is committed by itself, so two must not be at it at once.
pub(super) async fn lock_migrations(conn: &mut DbConnection) -> QueryResult<MigrationLock> {
    // Names of locks belong to the whole server, and have 64 characters at most.
    let lock = format!("GET_LOCK(SHA1(CONCAT('migrations ', DATABASE())), {MIGRATION_WAIT_SECS})");
    let locked: Option<i64> = diesel::select(sql::<Nullable<BigInt>>(&lock))
        .get_result(conn)
        .await?;
    if locked == Some(1) {
        return Ok(MigrationLock);
    }
    let waited = format!("another process has been migrating for {MIGRATION_WAIT_SECS} s");
    Err(QueryError::QueryBuilderError(waited.into()))
}

/// Whether a transaction failed only because of another one, so that it may be repeated.
pub(crate) fn is_conflict(error: &QueryError) -> bool {
    // A deadlock, or a lock that did not become free.
    message(error).is_some_and(|text| text.contains("try restarting transaction"))
}

/// Names errors as the other databases do: the driver leaves the kind of some open.
pub(super) fn classify(error: QueryError) -> QueryError {
    let kind = match message(&error) {
        Some(text) if is_lost(text) => DatabaseErrorKind::ClosedConnection,
        Some(text) if is_refused(text) => DatabaseErrorKind::CheckViolation,
        _ => return error,
    };
    match error {
        QueryError::DatabaseError(_, info) => QueryError::DatabaseError(kind, info),
        error => error,
    }
}

/// Whether the connection is gone, or the server is about to close it.
fn is_lost(text: &str) -> bool {
    [
        "Input/output error: ",
        "Driver error: `Connection to the server is closed",
        "Server shutdown in progress",
        "Connection was killed",
        "The client was disconnected by the server",
    ]
    .iter()
    .any(|lost| text.starts_with(lost))
}

/// Whether a value is not what its column takes.
fn is_refused(text: &str) -> bool {
    // So says MariaDB of a check.
    text.starts_with("CONSTRAINT ") && text.contains(" failed for ")
        || text.starts_with("Data too long for column ")
        || text.starts_with("Out of range value for column ")
        || text.contains(" value is out of range in ")
}

fn message(error: &QueryError) -> Option<&str> {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => Some(info.message()),
        _ => None,
    }
}

impl ToSql<Text, Backend> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        let mut text = uuid::Uuid::encode_buffer();
        std::io::Write::write_all(out, self.0.hyphenated().encode_lower(&mut text).as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Backend> for Id {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Backend>>::from_sql(value)?;
        Ok(text.parse()?)
    }
}

impl<T: Serialize + Debug> ToSql<JsonSql, Backend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> FromSql<JsonSql, Backend> for Json<T> {
    fn from_sql(value: MysqlValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<JsonSql, Backend>>::from_sql(value)?;
        Ok(Self(serde_json::from_str(&text)?))
    }
}
