//! Output that nobody can take.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::project::{SCAFFOLD, TestProject};

#[test]
fn a_full_disk_is_a_failure() {
    let project = TestProject::new();
    for args in [
        &["man"][..],
        &["completions", "bash"],
        &["list", "routes"],
        &["list", "routes", "--json"],
        &["add-route", "reports", "--dry-run"],
        &["--help"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full");
        let mut command = Command::new(SCAFFOLD);
        let command = command.args(args).current_dir(project.root());
        let command = command.stdout(Stdio::from(full.expect("it is there")));
        let output = command.output().expect("the program runs");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
        assert!(
            message.contains("failed to write the output: No space left"),
            "{args:?}: {message}"
        );
    }
}
