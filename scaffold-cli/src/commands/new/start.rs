//! `--run`: builds the new service, starts it and waits with it until it ends.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::probe;
use super::process::{Interrupts, Process, Wait};
use crate::cli::Globals;
use crate::error::{Error, Result};
use crate::shell::Shell;

const DEFAULT_PORT: u16 = 8000;
const READINESS: &str = "/health/readiness";
const DASHBOARD: &str = "/admin/tasks";
const EXAMPLE: &str = r#"{"name":"Ada","email":"ada@example.com","age":36}"#;

/// How long a service that has been built may take to become ready.
const READY_TIMEOUT: Duration = Duration::from_secs(120);
const PROBE_INTERVAL: Duration = Duration::from_millis(200);
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

/// The port that the service will listen on; refuses one that is in use.
pub(super) fn free_port() -> Result<u16> {
    let port = match env::var_os("PORT") {
        None => DEFAULT_PORT,
        Some(value) => parse_port(&value)?,
    };
    if probe::is_free(port) {
        return Ok(port);
    }
    Err(Error::Argument {
        message: format!("port {port} is in use"),
        hint: format!(
            "choose another one: `PORT={} scaffold new …`",
            port.checked_add(1).unwrap_or(DEFAULT_PORT)
        ),
    })
}

fn parse_port(value: &OsStr) -> Result<u16> {
    value
        .to_str()
        .and_then(|value| value.parse().ok())
        .filter(|port| *port != 0)
        .ok_or_else(|| Error::Argument {
            message: format!("PORT is {value:?}"),
            hint: "set it to a number from 1 to 65535, or unset it".to_owned(),
        })
}

/// A service that has been started and has answered that it is ready.
pub(super) struct Service<'a> {
    process: Process<'a>,
    port: u16,
}

impl<'a> Service<'a> {
    /// Builds the project, starts it with all roles and waits until it is ready.
    pub(super) fn start(
        project: &Path,
        port: u16,
        globals: &Globals,
        interrupts: &'a Interrupts,
        shell: &mut Shell,
    ) -> Result<Self> {
        shell.status("Building", "the service; the first time takes minutes");
        let mut build = spawn(project, &["build", "--locked"], globals, interrupts)?;
        match build.wait(None).map_err(Error::io("build", project))? {
            Wait::Ended(status) if status.success() => {}
            Wait::Ended(status) => return Err(failed("could not be built", status)),
            Wait::Interrupted(status) => return Err(failed("was stopped while building", status)),
            Wait::Running => unreachable!("waiting without a limit ends with the child"),
        }
        shell.status("Starting", "all roles: API, worker and scheduler");
        let run = ["run", "--locked", "--quiet", "--", "all"];
        let mut service = Self {
            process: spawn(project, &run, globals, interrupts)?,
            port,
        };
        service.wait_until_ready(project, shell)?;
        Ok(service)
    }

    fn wait_until_ready(&mut self, project: &Path, shell: &mut Shell) -> Result<()> {
        let start = Instant::now();
        let mut announced = start;
        loop {
            let wait = self.process.wait(Some(PROBE_INTERVAL));
            match wait.map_err(Error::io("start", project))? {
                Wait::Running => {}
                Wait::Ended(status) => return Err(failed("ended before it was ready", status)),
                Wait::Interrupted(status) => {
                    return Err(failed("was stopped before it was ready", status));
                }
            }
            let answer = probe::status(self.port, READINESS);
            if matches!(answer, Ok(200)) {
                return Ok(());
            }
            if start.elapsed() > READY_TIMEOUT {
                return Err(self.never_ready(answer.ok()));
            }
            if announced.elapsed() > PROGRESS_INTERVAL {
                announced = Instant::now();
                let secs = start.elapsed().as_secs();
                shell.status("Waiting", &format!("{} for {secs} s", self.url(READINESS)));
            }
        }
    }

    fn never_ready(&mut self, last_answer: Option<u16>) -> Error {
        let answer = last_answer.map_or_else(
            || "did not answer".to_owned(),
            |status| format!("answered {status}"),
        );
        Error::Service {
            message: format!(
                "the service was not ready after {} s: {} {answer}",
                READY_TIMEOUT.as_secs(),
                self.url(READINESS)
            ),
        }
    }

    /// Where the service can be reached, and one request to try.
    pub(super) fn urls(&self) -> Vec<String> {
        let mut urls = vec![format!("API docs   {}", self.url("/docs"))];
        if probe::status(self.port, DASHBOARD).is_ok_and(|status| status < 400) {
            urls.push(format!("Dashboard  {}", self.url(DASHBOARD)));
        }
        urls.push(format!("Readiness  {}", self.url(READINESS)));
        urls.push(format!(
            "curl -X POST {} -H 'content-type: application/json' -d '{EXAMPLE}'",
            self.url("/api/v1/persons")
        ));
        urls
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", probe::address(self.port))
    }

    /// Waits until the service ends, as a rule because of Ctrl-C.
    pub(super) fn wait_until_stopped(mut self) -> Result<()> {
        let wait = self.process.wait(None);
        match wait.map_err(Error::io("wait for", "the service"))? {
            Wait::Ended(status) | Wait::Interrupted(status) if !status.success() => {
                Err(failed("ended", status))
            }
            _ => Ok(()),
        }
    }
}

fn spawn<'a>(
    project: &Path,
    args: &[&str],
    globals: &Globals,
    interrupts: &'a Interrupts,
) -> Result<Process<'a>> {
    // Set when this program itself runs under cargo: the same toolchain then builds the service.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(project).stdin(Stdio::null());
    if globals.json {
        // Standard output is for the one JSON object.
        command.stdout(io::stderr());
    }
    Process::spawn(command, interrupts).map_err(Error::io("run cargo in", project))
}

fn failed(what: &str, status: ExitStatus) -> Error {
    Error::Service {
        message: format!("the service {what}: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_is_a_number_above_zero() {
        assert_eq!(parse_port(OsStr::new("8001")).unwrap(), 8001);
        for wrong in ["", "0", "65536", "http", "-1"] {
            let error = parse_port(OsStr::new(wrong)).unwrap_err();
            assert!(error.hint().is_some_and(|hint| hint.contains("65535")));
        }
    }
}
