//! What is particular to PostgreSQL.

mod channel;

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, LazyLock};

use anyhow::Context;
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use diesel_async::pooled_connection::deadpool::{Pool, PoolBuilder};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use futures_util::FutureExt;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

pub(crate) use self::channel::{Channel, Heard};
use super::{Error, Json, PATIENCE};
use crate::config::DatabaseConfig;
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

type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Where the server is, and how to know that it is the right one.
///
/// With `sslmode=require` in the URL there is TLS or no connection. Certificates are always
/// verified, against those that the system trusts or those in the file `SSL_CERT_FILE`. Without
/// `sslmode`, TLS is used with any server that offers it but one on this machine.
#[derive(Clone)]
struct Server {
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
}

impl Server {
    fn new(config: &DatabaseConfig) -> anyhow::Result<Self> {
        Ok(Self {
            config: parse(config.url.expose_secret()).context("DATABASE_URL")?,
            tls: tls_connector()?,
        })
    }

    async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// Sets up how connections are opened.
pub(super) fn pool_builder(config: &DatabaseConfig) -> anyhow::Result<PoolBuilder<DbConnection>> {
    let server = Server::new(config)?;
    let mut manager = ManagerConfig::default();
    // A connection that was cut is known to be closed: no need to ask before each use.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| {
        let server = server.clone();
        async move {
            let (client, connection) = server
                .connect()
                .await
                .map_err(|error| ConnectionError::BadConnection(describe(&error)))?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    Ok(Pool::builder(manager))
}

fn parse(url: &str) -> anyhow::Result<tokio_postgres::Config> {
    // Certificates are verified in any case, so these are all the same here.
    let url = url
        .replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require");
    let mut server: tokio_postgres::Config = url.parse()?;
    if server.get_tcp_user_timeout().is_none() {
        // Without it, it takes the system a quarter of an hour to see that the server has gone.
        server.tcp_user_timeout(PATIENCE);
    }
    let is_local = |host: &Host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => true,
    };
    if !url.contains("sslmode=") && server.get_hosts().iter().all(is_local) {
        server.ssl_mode(SslMode::Disable);
    }
    Ok(server)
}

/// Read once: that takes a while, and tests set up many pools.
static ROOTS: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "a certificate that should be trusted cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    Arc::new(roots)
});

fn tls_connector() -> anyhow::Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(Arc::clone(&ROOTS))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The error with its causes, which alone say what is wrong with a certificate.
fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
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
pub(super) async fn lock_migrations(conn: &mut DbConnection) -> QueryResult<MigrationLock> {
    conn.batch_execute("SELECT pg_advisory_lock(hashtext('migrations'))")
        .await?;
    Ok(MigrationLock)
}

/// What a server says that ends, begins or does not take writes at the moment. The driver does not
/// tell codes.
const UNAVAILABLE: [&str; 5] = [
    "terminating connection",
    "the database system is",
    "read-only transaction",
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
    let QueryError::DatabaseError(DatabaseErrorKind::Unknown, info) = error else {
        return error;
    };
    let says = |texts: &[&str]| texts.iter().any(|text| info.message().contains(text));
    let kind = if says(&UNAVAILABLE) {
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
