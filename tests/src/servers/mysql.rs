//! MySQL, or MariaDB, through the client that comes with either.

use std::process::Command;

use super::{RowLock, database_url, new_name, printed, variable};

/// A MySQL database, gone with the value.
pub struct MysqlDatabase {
    name: String,
}

impl MysqlDatabase {
    /// Creates an empty one.
    pub fn create() -> Self {
        let name = new_name();
        let server = variable("TEST_MYSQL_URL");
        execute(&server, &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        database_url(&variable("TEST_MYSQL_URL"), &self.name)
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
