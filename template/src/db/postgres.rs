//! What is particular to PostgreSQL.

mod channel;
mod server;

use std::fmt::Debug;
use std::io::Write;

use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(crate) use self::channel::{Channel, Heard};
pub(super) use self::server::pool_builder;
use super::{Error, Json};
use crate::id::Id;

/// The kind of database that queries are built for.
pub type Backend = Pg;

/// A connection.
pub type DbConnection = AsyncPgConnection;

/// The column type of an [`Id`].
pub type IdSql = sql_types::Uuid;

/// The column type of a [`Json`], in which the database itself can search.
pub type JsonSql = sql_types::Jsonb;

/// [`NOW_MS`] for `concat!`, which takes no constants.
///
/// The time of the statement, not of the very moment: that would keep every index from being used.
macro_rules! now_ms {
    () => {
        "(extract(epoch from statement_timestamp()) * 1000)::bigint"
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
    FROM json_to_recordset($1::json) AS task (id uuid, name text, queue text, args text, \
        state text, priority int, run_at bigint, max_attempts int, expires_at bigint, \
        published_at bigint, request_id text, traceparent text, parent_id uuid, flow_id uuid, \
        position int, members int, pending int), \
        (SELECT ",
    now_ms!(),
    " AS now) AS clock"
);

/// SQL that ends tasks with success. Its parameter is a JSON array: of each the id, the claim under
/// which it ran, and the result.
pub(crate) const SUCCEED_ALL: &str = concat!(
    "\
    UPDATE tasks SET state = 'succeeded', result = done.value ->> 2, error = NULL, \
        lease_owner = NULL, lease_until = NULL, \
        finished_at = ",
    now_ms!(),
    " FROM json_array_elements($1::json) AS done(value) \
    WHERE tasks.id = (done.value ->> 0)::uuid AND claim = (done.value ->> 1)::bigint \
        AND state = 'running'"
);

/// PostgreSQL lets many write at once: nobody waits here.
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

/// What `on_conflict` looks at to find a row with the same key.
macro_rules! same_key {
    ($column:expr) => {
        $column
    };
}
pub(crate) use same_key;

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
pub(super) async fn lock_migrations(conn: &mut DbConnection) -> QueryResult<MigrationLock> {
    conn.batch_execute("SELECT pg_advisory_lock(hashtext('migrations'))")
        .await?;
    Ok(MigrationLock)
}

/// What a server says that ends or begins. The driver does not tell codes.
const UNAVAILABLE: [&str; 4] = [
    "terminating connection",
    "the database system is",
    "server closed the connection",
    "connection closed",
];

/// What a server says of a value that its column does not take.
const REFUSED: [&str; 3] = [
    "value too long for type ",
    "out of range",
    "numeric field overflow",
];

/// Names errors as this crate expects them.
pub(super) fn classify(error: QueryError) -> QueryError {
    // A server that takes no writes is one that was the primary, and its place is taken by another.
    let (is_read_only, info) = match error {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) => (false, info),
        QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, info) => (true, info),
        error => return error,
    };
    let says = |texts: &[&str]| texts.iter().any(|text| info.message().contains(text));
    let kind = if is_read_only || says(&UNAVAILABLE) {
        DatabaseErrorKind::ClosedConnection
    } else if says(&REFUSED) {
        DatabaseErrorKind::CheckViolation
    } else {
        DatabaseErrorKind::Unknown
    };
    QueryError::DatabaseError(kind, info)
}

/// Whether a transaction failed only because of another one, so that it may be repeated.
pub(crate) fn is_conflict(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        QueryError::DatabaseError(_, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

impl ToSql<sql_types::Uuid, Backend> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        ToSql::<sql_types::Uuid, Backend>::to_sql(&self.0, out)
    }
}

impl FromSql<sql_types::Uuid, Backend> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        <Uuid as FromSql<sql_types::Uuid, Backend>>::from_sql(value).map(Self)
    }
}

/// The format in which JSONB is sent, the only one there is: this byte, then text.
const JSONB_FORMAT: u8 = 1;

impl<T: Serialize + Debug> ToSql<JsonSql, Backend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Backend>) -> serialize::Result {
        out.write_all(&[JSONB_FORMAT])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> FromSql<JsonSql, Backend> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((&JSONB_FORMAT, text)) => Ok(Self(serde_json::from_slice(text)?)),
            _ => Err("JSONB in an unknown format".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As after a failover, until the connections lead to the new primary.
    #[test]
    fn a_server_that_takes_no_writes_is_away() {
        let message = Box::new("cannot execute INSERT in a read-only transaction".to_owned());
        let error = QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, message);
        assert!(Error::from(error).is_transient());
    }
}
