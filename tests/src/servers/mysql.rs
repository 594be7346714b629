//! MySQL, or MariaDB, through the client that comes with either.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{RowLock, printed, variable};

/// A MySQL database, gone with the value.
pub struct MysqlDatabase {
    name: String,
}

impl MysqlDatabase {
    /// Creates an empty one.
    pub fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("proof_{}_{number}", std::process::id());
        let server = variable("TEST_MYSQL_URL");
        execute(&server, &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let server = variable("TEST_MYSQL_URL");
        let (server, query) = server.split_once('?').unwrap_or((&server, ""));
        let (server, _) = server
            .rsplit_once('/')
            .expect("a URL with a database's name");
        let sign = if query.is_empty() { "" } else { "?" };
        format!("{server}/{}{sign}{query}", self.name)
    }

    /// Locks a row until the lock is dropped.
    pub fn lock(&self, table: &str, id: &str) -> RowLock {
        let sql = format!("BEGIN; SELECT 'locked' FROM {table} WHERE id = '{id}' FOR UPDATE;\n");
        RowLock::hold(client(&self.url()).arg("--unbuffered"), &sql)
    }
}

impl Drop for MysqlDatabase {
    fn drop(&mut self) {
        let server = variable("TEST_MYSQL_URL");
        execute(&server, &format!("DROP DATABASE {}", self.name));
    }
}

fn execute(url: &str, sql: &str) -> String {
    printed(client(url).args(["--execute", sql]))
}

/// The client for `mysql://user:password@host:port/database`.
fn client(url: &str) -> Command {
    let parts = || {
        let (login, place) = url.strip_prefix("mysql://")?.rsplit_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (address, database) = place.split_once('/')?;
        let (host, port) = address.rsplit_once(':')?;
        let (database, _) = database.split_once('?').unwrap_or((database, ""));
        Some((user, password, host, port, database))
    };
    let (user, password, host, port, database) =
        parts().expect("a URL such as `mysql://user:password@host:3306/name`");
    let mut command = Command::new("mariadb");
    command.env("MYSQL_PWD", password).args([
        "--no-defaults",
        "--protocol=tcp",
        "--batch",
        "--skip-column-names",
        &format!("--user={user}"),
        &format!("--host={host}"),
        &format!("--port={port}"),
        database,
    ]);
    command
}
