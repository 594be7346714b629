//! The servers that `scripts/test` brings up, and what a test needs of them for itself alone.

mod mysql;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use scaffold_cli::answers::Database;
use scaffold_cli::render::Pair;

pub use self::mysql::MysqlDatabase;

/// The value of a variable that `scripts/test` sets.
///
/// # Panics
///
/// If it is not set: a test that matters is not skipped.
pub fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `scripts/test`, which starts servers"))
}

/// What the tests inside a rendered service need in `TEST_DATABASE_URL`.
pub(crate) fn database_url_for_rendered_tests(pair: Pair) -> Option<String> {
    match pair.database {
        Database::Sqlite => None,
        Database::Postgres => Some(variable("TEST_POSTGRES_URL")),
        Database::Mysql => Some(variable("TEST_MYSQL_URL")),
    }
}

/// A PostgreSQL database, gone with the value.
pub struct PostgresDatabase {
    name: String,
}

impl PostgresDatabase {
    /// Creates an empty one.
    pub fn create() -> Self {
        let name = new_name();
        psql(
            &variable("TEST_POSTGRES_URL"),
            &format!("CREATE DATABASE {name}"),
        );
        Self { name }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        database_url(&variable("TEST_POSTGRES_URL"), &self.name)
    }

    /// Runs a statement and returns its rows.
    pub fn query(&self, sql: &str) -> String {
        psql(&self.url(), sql)
    }

    /// Locks a row until the lock is dropped.
    pub fn lock(&self, table: &str, id: &str) -> RowLock {
        let sql = format!("BEGIN; SELECT 'locked' FROM {table} WHERE id = '{id}' FOR UPDATE;\n");
        RowLock::hold(&mut psql_command(&self.url()), &sql)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        psql(&variable("TEST_POSTGRES_URL"), &sql);
    }
}

/// A name for a database, which no other test gives.
fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("proof_{}_{number}", std::process::id())
}

/// Where a database is: the URL of another one of the same server, and its name.
fn database_url(other: &str, name: &str) -> String {
    let (server, query) = other.split_once('?').unwrap_or((other, ""));
    let (server, _) = server
        .rsplit_once('/')
        .expect("a URL with a database's name");
    let sign = if query.is_empty() { "" } else { "?" };
    format!("{server}/{name}{sign}{query}")
}

/// A row that nobody else can change.
pub struct RowLock(Child);

impl RowLock {
    /// Runs a client that says `locked` once it has the lock, and has it as long as it can read.
    fn hold(client: &mut Command, sql: &str) -> Self {
        let client = client.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = client.spawn().expect("the client can be started");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(sql.as_bytes()).expect("the client reads");
        // Its end would be the end of the lock.
        child.stdin = Some(stdin);
        let stdout = child.stdout.as_mut().expect("a pipe");
        let first = BufReader::new(stdout).lines().next();
        assert_eq!(first.expect("an answer").expect("text"), "locked");
        Self(child)
    }
}

impl Drop for RowLock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn psql_command(url: &str) -> Command {
    let mut command = Command::new("psql");
    command.args([
        url,
        "--quiet",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
    ]);
    command
}

fn psql(url: &str, sql: &str) -> String {
    printed(psql_command(url).args(["--command", sql]))
}

/// What a client prints, which must succeed.
fn printed(client: &mut Command) -> String {
    let output = client.output();
    let output = output.expect("a client is needed: `scripts/test` installs it");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
