//! A server of a test's own: a process that can be killed and started again.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::deployment::{eventually, free_port};

/// A server on a port of this machine, killed with the value.
pub(super) struct Server {
    port: u16,
    directory: TempDir,
    command: fn(u16) -> Command,
    child: Option<Child>,
}

impl Server {
    /// Starts what the command says, which is run in a directory of its own, and waits until it accepts connections.
    pub(super) fn new(command: fn(u16) -> Command) -> Self {
        let mut server = Self {
            port: free_port(),
            directory: tempfile::tempdir().expect("a temporary directory"),
            command,
            child: None,
        };
        server.start();
        server
    }

    /// Where it is.
    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Starts it again.
    pub(super) fn start(&mut self) {
        let log = File::create(self.directory.path().join("log")).expect("a log can be written");
        let mut command = (self.command)(self.port);
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log can be written"))
            .stderr(log);
        let child = command.spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{command:?}: {error}")));
        eventually("the server accepts connections", 20, || {
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
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
