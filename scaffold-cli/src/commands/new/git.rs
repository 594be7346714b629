//! Makes the project a git repository, if it is not inside one and git is there.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shell::Shell;

/// Runs `git init` in the project; a failure is told and is no error.
pub(super) fn init(project: &Path, shell: &mut Shell) {
    match is_inside_work_tree(project) {
        Ok(true) => shell.status("Skipped", "git init: the project is inside a git work tree"),
        Ok(false) => match git(
            project,
            &["-c", "init.defaultBranch=main", "init", "--quiet"],
        ) {
            Ok(true) => shell.status("Initialized", "a git repository"),
            Ok(false) => shell.status("Skipped", "git init: `git init` failed"),
            Err(error) => skipped(&error, shell),
        },
        Err(error) => skipped(&error, shell),
    }
}

fn skipped(error: &io::Error, shell: &mut Shell) {
    if error.kind() == io::ErrorKind::NotFound {
        shell.status("Skipped", "git init: git is not installed");
    } else {
        shell.status("Skipped", &format!("git init: {error}"));
    }
}

fn is_inside_work_tree(project: &Path) -> io::Result<bool> {
    git(project, &["rev-parse", "--is-inside-work-tree"])
}

fn git(project: &Path, args: &[&str]) -> io::Result<bool> {
    Command::new("git")
        .args(args)
        .current_dir(project)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(|status| status.success())
}
