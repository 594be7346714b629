//! A process of a service.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{eventually, free_port};
use crate::http::Client;

/// A process of the service, killed with the value.
pub struct Process {
    child: Child,
    role: String,
    log: PathBuf,
    port: u16,
    client: Client,
}

impl Process {
    /// Starts it with a port of its own and a log in the directory. If the role is one for users, waits until it answers.
    pub(super) fn start(mut command: Command, role: &str, directory: &Path) -> Self {
        let port = free_port();
        let log = directory.join(format!("{role}-{port}.log"));
        let file = File::create(&log).expect("a log can be written");
        let errors = file.try_clone().expect("a log can be written");
        let setting = match role {
            "worker" | "scheduler" => "METRICS_PORT",
            _ => "PORT",
        };
        let child = command
            .env(setting, port.to_string())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .expect("the service can be started");
        let mut process = Self {
            child,
            role: role.to_owned(),
            log,
            port,
            client: Client::new(port),
        };
        if ["all", "api"].contains(&role) {
            process.wait_until_it_answers();
        }
        process
    }

    /// Sends requests to it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The most memory that it has had resident so far, in MB.
    pub fn peak_memory_mb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).expect("the process is there");
        let mut words = status
            .split_whitespace()
            .skip_while(|word| *word != "VmHWM:");
        let kb: u64 = words
            .nth(1)
            .and_then(|kb| kb.parse().ok())
            .expect("VmHWM in kB");
        kb / 1_024
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log is text")
    }

    /// Sends SIGTERM.
    pub fn ask_to_stop(&self) {
        kill(pid_of(&self.child), Signal::SIGTERM).expect("the process is there");
    }

    /// Sends SIGTERM, once the process is far enough to hear it, and waits for the end.
    pub fn stop(mut self) {
        eventually("the process listens", 20, || {
            assert!(self.is_alive(), "{} ended: {}", self.role, self.log());
            TcpStream::connect(("127.0.0.1", self.port)).ok()
        });
        self.ask_to_stop();
        let status = self.wait_until_it_ends();
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// Waits for the end.
    pub fn wait_until_it_ends(&mut self) -> ExitStatus {
        eventually("the process ends", 10, || {
            self.child.try_wait().expect("a child process")
        })
    }

    /// Sends SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("a child process");
    }

    fn wait_until_it_answers(&mut self) {
        eventually("the service answers", 20, || {
            assert!(self.is_alive(), "{} ended: {}", self.role, self.log());
            self.client.send("GET", "/health/liveness", None).ok()
        });
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_alive() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            let message = format!("the log of {}:\n{}\n", self.role, self.log());
            let _ = std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes());
        }
    }
}

/// The id of a child process, as signals want it.
pub(super) fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id"))
}
