//! A server of a test's own: a process that can be killed and started again.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::deployment::{eventually, free_port};

/// A server on a port of this machine, killed with the value.
pub struct Server {
    port: u16,
    directory: TempDir,
    command: fn(u16) -> Command,
    child: Option<Child>,
}

impl Server {
    /// Redis that keeps nothing on disk.
    pub(super) fn redis() -> Self {
        Self::new(|port| {
            let mut command = Command::new("redis-server");
            let port = port.to_string();
            command.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]);
            command
        })
    }

    /// NATS with JetStream.
    pub(super) fn nats() -> Self {
        Self::new(|port| {
            let mut command = Command::new("nats-server");
            let port = port.to_string();
            command.args(["--addr", "127.0.0.1", "--port", &port]);
            command.args(["--jetstream", "--store_dir", "data"]);
            command
        })
    }

    /// PostgreSQL, with the database and the user `postgres`.
    pub(super) fn postgres() -> Self {
        let mut server = Self::in_directory(|port| {
            let mut command = as_user_of_database("postgres");
            let port = port.to_string();
            command.args([
                "-D",
                "data",
                "-p",
                &port,
                "-c",
                "listen_addresses=127.0.0.1",
            ]);
            // It is the process that is killed, not the machine.
            command.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
            command
        });
        let directory = server.directory.path();
        if is_root() {
            run(Command::new("chown")
                .arg("postgres:postgres")
                .arg(directory));
        }
        run(as_user_of_database("initdb")
            .args(["--pgdata=data", "--username=postgres", "--auth=trust"])
            .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
            .current_dir(directory));
        server.start();
        server
    }

    /// Starts what the command says and waits until it accepts connections.
    fn new(command: fn(u16) -> Command) -> Self {
        let mut server = Self::in_directory(command);
        server.start();
        server
    }

    /// One that is not yet started, in a directory of its own.
    fn in_directory(command: fn(u16) -> Command) -> Self {
        Self {
            port: free_port(),
            directory: tempfile::tempdir().expect("a temporary directory"),
            command,
            child: None,
        }
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Starts it again. One that was killed may have left something that has to end first: then it is tried again.
    pub(super) fn start(&mut self) {
        eventually("the server accepts connections", 30, || {
            let has_ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
            if self.child.as_mut().is_none_or(has_ended) {
                self.child = Some(self.spawn());
            }
            TcpStream::connect(self.address()).ok()
        });
    }

    /// Kills it.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server is there");
            child.wait().expect("a child process");
        }
    }

    fn spawn(&self) -> Child {
        let log = self.directory.path().join("log");
        let log = File::options().create(true).append(true).open(log);
        let log = log.expect("a log can be written");
        let mut command = (self.command)(self.port);
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be written"))
            .stderr(log);
        let child = command.spawn();
        child.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// PostgreSQL refuses to be run by root.
fn as_user_of_database(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg(program);
    command
}

/// Whether this very process is one of root.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}
