//! The cases in `tests/cmd`, each in a default project of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use trycmd::TestCases;
use trycmd::schema::Bin;

use crate::project::{SCAFFOLD, copy, rendered};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmd");

/// Runs the cases of one folder. With `TRYCMD=overwrite` it writes down what it sees.
fn run(folder: &str) {
    let stage = TempDir::new().expect("a temporary directory");
    let cases = cases(&Path::new(CASES).join(folder));
    for case in &cases {
        fs::copy(case, staged(&stage, case)).expect("the case is copied");
        prepare(folder, case, &staged(&stage, case).with_extension("in"));
    }
    let tests = TestCases::new();
    tests.register_bin("scaffold", Bin::Path(PathBuf::from(SCAFFOLD)));
    tests.case(stage.path().join("*.trycmd"));
    tests.run();
    if std::env::var_os("TRYCMD").is_some_and(|value| value == "overwrite") {
        for case in &cases {
            let seen = fs::read_to_string(staged(&stage, case)).expect("the case is there");
            fs::write(case, without_stamps(&seen)).expect("the case is copied back");
        }
    }
}

/// The stamps of new migrations differ from run to run; those of the template do not.
pub(crate) fn without_stamps(text: &str) -> String {
    let mut parts = text.split("migrations/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let stamp = part.get(.."2026-11-20-000000-0000".len());
        let is_new = stamp
            .is_some_and(|stamp| stamp.starts_with("20") && !stamp.starts_with("2026-11-20-0000"));
        let rest = stamp.map_or(part, |stamp| &part[stamp.len()..]);
        if is_new {
            format!("{text}migrations/[..]{rest}")
        } else {
            format!("{text}migrations/{part}")
        }
    })
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the cases are there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "trycmd"))
        .collect()
}

fn staged(stage: &TempDir, case: &Path) -> PathBuf {
    stage
        .path()
        .join(case.file_name().expect("a case has a name"))
}

/// Makes the project of a case.
fn prepare(folder: &str, case: &Path, project: &Path) {
    let name = case.file_stem().unwrap_or_default().to_string_lossy();
    if name == "not_a_project" {
        fs::create_dir(project).expect("a directory");
        return;
    }
    copy(rendered(), project);
    let replace = |file: &str, from: &str, to: &str| {
        let path = project.join(file);
        let text = fs::read_to_string(&path).expect("the file is there");
        let changed = text.replace(from, to);
        assert_ne!(text, changed, "{file} has {from}");
        fs::write(path, changed).expect("the file is written");
    };
    match (folder, name.as_ref()) {
        ("add_route", "anchor_missing") => replace("src/router.rs", "routes!(", "all!("),
        ("add_task", "anchor_missing") => replace("src/tasks/mod.rs", "fn register", "fn list"),
        ("add_task", "conflict" | "force") => {
            let path = project.join("src/tasks/send_mail.rs");
            fs::write(path, "// not ours\n").expect("the file is written");
        }
        ("add_kit", "conflict" | "force") => {
            let path = project.join("compose.keycloak.yaml");
            fs::write(path, "# not ours\n").expect("the file is written");
        }
        ("undo", "edited") => {
            let mut command = Command::new(SCAFFOLD);
            let command = command.args(["add-task", "send_mail", "--quiet"]);
            let status = command.current_dir(project).status();
            assert!(status.expect("the program runs").success());
            let path = project.join("src/tasks/send_mail.rs");
            fs::write(path, "// mine\n").expect("the file is written");
        }
        ("add_migration", "conflict") => {
            let path = project.join("migrations/2026-11-20-000009-0000_create_users");
            fs::create_dir(&path).expect("a directory");
            for file in ["up.sql", "down.sql"] {
                fs::write(path.join(file), "-- not ours\n").expect("the file is written");
            }
        }
        _ => {}
    }
}

#[test]
fn add_route() {
    run("add_route");
}

#[test]
fn add_resource() {
    run("add_resource");
}

#[test]
fn add_schedule() {
    run("add_schedule");
}

#[test]
fn add_task() {
    run("add_task");
}

#[test]
fn add_kit() {
    run("add_kit");
}

#[test]
fn add_migration() {
    run("add_migration");
}

#[test]
fn undo() {
    run("undo");
}

#[test]
fn list() {
    run("list");
}

#[test]
fn remove() {
    run("remove");
}

#[test]
fn doctor() {
    run("doctor");
}

#[test]
fn completions() {
    run("completions");
}

#[test]
fn man() {
    run("man");
}
