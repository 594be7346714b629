//! The servers that `scripts/test` brings up, and what a test needs of them for itself alone.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use scaffold_cli::answers::Database;
use scaffold_cli::render::Pair;

use crate::root;

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
        Database::Mysql => unreachable!("not furnished"),
    }
}

/// A PostgreSQL database, gone with the value.
pub struct PostgresDatabase {
    name: String,
}

impl PostgresDatabase {
    /// Creates an empty one.
    pub fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("proof_{}_{number}", std::process::id());
        psql(
            &variable("TEST_POSTGRES_URL"),
            &format!("CREATE DATABASE {name}"),
        );
        Self { name }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = variable("TEST_POSTGRES_URL");
        let (server, query) = server.split_once('?').unwrap_or((&server, ""));
        let (server, _) = server
            .rsplit_once('/')
            .expect("a URL with a database's name");
        let sign = if query.is_empty() { "" } else { "?" };
        format!("{server}/{}{sign}{query}", self.name)
    }

    /// Runs a statement and returns its rows.
    pub fn query(&self, sql: &str) -> String {
        psql(&self.url(), sql)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        psql(&variable("TEST_POSTGRES_URL"), &sql);
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
    let output = psql_command(url).args(["--command", sql]).output();
    let output = output.expect("psql is needed: `scripts/test` installs it");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A database of the Redis server, empty and for this test alone.
pub struct RedisDatabase {
    number: u32,
    _lock: File,
}

impl RedisDatabase {
    /// Takes one that no other test uses.
    pub fn take() -> Self {
        let directory = root().join("target/rendered");
        std::fs::create_dir_all(&directory).expect("target/rendered can be written");
        let free = (1..16).find_map(|number| {
            let path = directory.join(format!("redis-{number}.lock"));
            let lock = File::create(path).expect("target/rendered can be written");
            lock.try_lock().is_ok().then_some((number, lock))
        });
        let (number, lock) = free.expect("fewer than 15 tests run at once");
        let database = Self {
            number,
            _lock: lock,
        };
        database.flush();
        database
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = variable("TEST_REDIS_URL");
        format!("{}/{}", server.trim_end_matches('/'), self.number)
    }

    /// Loses everything that is in it.
    pub fn flush(&self) {
        let address = crate::proxy::address_of(&variable("TEST_REDIS_URL"));
        let mut stream = TcpStream::connect(address).expect("Redis at TEST_REDIS_URL");
        let commands = format!("SELECT {}\r\nFLUSHDB\r\n", self.number);
        stream.write_all(commands.as_bytes()).expect("Redis reads");
        for reply in BufReader::new(stream).lines().take(2) {
            assert_eq!(reply.expect("Redis answers"), "+OK");
        }
    }
}
