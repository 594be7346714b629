//! `scaffold new --run` with a cargo that ends as it is told.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::project::SCAFFOLD;

fn new_and_run(build: u8, run: u8) -> Output {
    let directory = TempDir::new().expect("a temporary directory");
    let cargo = directory.path().join("cargo");
    let script = format!("#!/bin/sh\n[ $1 = build ] && exit {build}\nexit {run}\n");
    std::fs::write(&cargo, script).expect("the file is written");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&cargo, mode).expect("it is ours");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let mut command = Command::new(SCAFFOLD);
    command.args(["new", "shop", "--yes", "--no-git", "--run", "--json"]);
    command.env("CARGO", cargo).env("PORT", port.to_string());
    command.current_dir(directory.path());
    command.output().expect("the program runs")
}

#[test]
fn a_service_that_does_not_get_ready_is_a_failure() {
    for (build, run, expected) in [
        (101, 0, "could not be built"),
        (0, 0, "ended before it was ready"),
        (0, 2, "ended before it was ready"),
    ] {
        let output = new_and_run(build, run);
        assert_eq!(output.status.code(), Some(1), "{build} {run}");
        let text = String::from_utf8(output.stdout).expect("the object is text");
        assert!(text.contains("\"ok\":false"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}
