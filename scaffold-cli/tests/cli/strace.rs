//! The program under strace, which tells what it writes, and stops or fails it there.

use std::fmt;
use std::fs;
use std::process::{Command, ExitStatus, Stdio};

use tempfile::NamedTempFile;

use crate::project::{SCAFFOLD, TestProject};

/// The calls that change files. Not every machine has all of them, which is what the `?` is for.
const CALLS: &str = "?open,?openat,?creat,?write,?writev,?pwrite64,?truncate,?ftruncate,?fallocate,\
    ?copy_file_range,?sendfile,?rename,?renameat,?renameat2,?mkdir,?mkdirat,?unlink,?unlinkat,\
    ?rmdir,?link,?linkat,?symlink,?symlinkat,?chmod,?fchmod,?fchmodat";

/// A call by which a command changed a file.
pub(crate) struct Write {
    pub(crate) call: String,
    /// Which of the calls of this name, from 1.
    number: usize,
    line: String,
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.line)
    }
}

/// Runs a command that has to succeed, and tells what it wrote.
pub(crate) fn writes(project: &TestProject, args: &[&str]) -> Vec<Write> {
    let trace = NamedTempFile::new().expect("a temporary file");
    let path = trace.path().to_str().expect("a path of text");
    let status = strace(
        project,
        &["-o", path, "-e", &format!("trace={CALLS}")],
        args,
    );
    assert!(status.success(), "{args:?}");
    let text = fs::read_to_string(path).expect("the trace is there");
    let mut calls: Vec<&str> = Vec::new();
    let mut writes = Vec::new();
    for line in text.lines() {
        let Some((call, rest)) = call(line) else {
            continue;
        };
        calls.push(call);
        if is_write(call, rest) {
            writes.push(Write {
                call: call.to_owned(),
                number: calls.iter().filter(|other| **other == call).count(),
                line: line.to_owned(),
            });
        }
    }
    writes
}

/// Runs a command, in front of one of whose writes something happens: `signal=SIGKILL`,
/// `error=ENOSPC`.
pub(crate) fn interfere(
    project: &TestProject,
    args: &[&str],
    write: &Write,
    what: &str,
) -> ExitStatus {
    let (call, number) = (&write.call, write.number);
    let trace = format!("trace={call}");
    let inject = format!("inject={call}:{what}:when={number}");
    strace(
        project,
        &["-o", "/dev/null", "-e", &trace, "-e", &inject],
        args,
    )
}

fn strace(project: &TestProject, options: &[&str], args: &[&str]) -> ExitStatus {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(options);
    command.arg(SCAFFOLD).args(args).current_dir(project.root());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.unwrap_or_else(|error| panic!("strace: {error}; `scripts/test` brings it up"))
}

/// The name of a call and what follows it: `123  mkdir("/a", 0777) = 0`.
fn call(line: &str) -> Option<(&str, &str)> {
    let (start, rest) = line.split_once('(')?;
    Some((start.split_whitespace().last()?, rest))
}

/// Whether a call changed a file, and did not just look or talk.
fn is_write(call: &str, rest: &str) -> bool {
    let failed = rest
        .rsplit(" = ")
        .next()
        .is_some_and(|result| result.starts_with('-'));
    let is_talk = rest.starts_with("1, ") || rest.starts_with("2, ");
    let looks = ["open", "openat"].contains(&call) && rest.contains("O_RDONLY");
    !failed && !is_talk && !looks
}
