//! Projects whose files are not as the template has them, each with its expected result.
//!
//! A folder of `tests/hostile` is a project: the default one with the files of `in/` in place of its
//! own, and without those that `gone` names. `command` has an argument on each line. `expected` is what it
//! says, what it changes in files that were there, and what is left of that when it is taken away again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use similar::TextDiff;
use snapbox::Data;
use snapbox::assert::{Action, DEFAULT_ACTION_ENV};
use snapbox::data::DataFormat;

use crate::cmd::without_stamps;
use crate::project::{TestProject, copy};

pub(crate) const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");

#[test]
fn hostile_projects_end_as_expected() {
    let assert = snapbox::Assert::new()
        .action(Action::Verify)
        .action_env(DEFAULT_ACTION_ENV);
    for case in cases() {
        let expected = case.join("expected");
        let expected = Data::read_from(&expected, Some(DataFormat::Text)).raw();
        assert.eq(Data::text(run(&case)).raw(), expected);
    }
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(CASES).expect("the cases are there");
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    assert!(cases.len() > 40, "{} cases", cases.len());
    cases
}

/// Runs the command of a case, and whatever has to hold then.
fn run(case: &Path) -> String {
    let project = prepare(case);
    let before = project.files();
    let command = fs::read_to_string(case.join("command")).expect("there is a command");
    let args: Vec<&str> = command.lines().collect();
    let output = project.run(&args);
    let after = project.files();
    let record = told(&output) + &changes(&before, &after);
    if !output.status.success() {
        assert_eq!(after, before, "{}", case.display());
        return record;
    }
    check_inserted(&before, &after);
    project.succeed(&args);
    assert_eq!(project.files(), after, "{}: twice is once", case.display());
    project.succeed(&["undo"]);
    assert_eq!(project.files(), before, "{}: undo", case.display());
    project.succeed(&args);
    match inverse(&args) {
        Some(args) => {
            let output = project.run(&args);
            let begin = if output.status.success() {
                &before
            } else {
                &after
            };
            let left = changes(begin, &project.files());
            format!(
                "{record}\n$ scaffold {}\n{}{left}",
                args.join(" "),
                told(&output)
            )
        }
        None => record,
    }
}

pub(crate) fn prepare(case: &Path) -> TestProject {
    let project = TestProject::new();
    copy(&case.join("in"), project.root());
    let gone = fs::read_to_string(case.join("gone")).unwrap_or_default();
    for path in gone.lines() {
        fs::remove_file(project.root().join(path)).expect("the project has the file");
    }
    project
}

/// What takes away what a command has made.
fn inverse<'a>(args: &[&'a str]) -> Option<Vec<&'a str>> {
    let kind = args[0].strip_prefix("add-")?;
    let mut inverse = vec!["remove", kind, args[1]];
    match kind {
        "resource" => inverse.push("--not-applied"),
        "migration" => return None,
        _ => {}
    }
    Some(inverse)
}

fn told(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let code = output.status.code().expect("the command ends by itself");
    without_stamps(&format!("exit {code}\n{out}{err}"))
}

/// What became of the files that were there.
fn changes(before: &[(String, String)], after: &[(String, String)]) -> String {
    let mut changes = String::new();
    for (path, old) in before.iter().filter(|(path, _)| path != ".scaffold.toml") {
        let new = after.iter().find(|(other, _)| other == path);
        let new = new.map_or("", |(_, text)| text);
        if new != old {
            let diff = TextDiff::from_lines(old.as_str(), new);
            let mut diff = diff.unified_diff();
            changes += &format!("\n{}", diff.context_radius(2).header(path, path));
        }
    }
    changes
        .replace('\u{feff}', "<BOM>")
        .replace('\r', "<CR>")
        .replace('\t', "<TAB>")
}

/// Not one byte of what was there is gone or in another place.
fn check_inserted(before: &[(String, String)], after: &[(String, String)]) {
    for (path, old) in before.iter().filter(|(path, _)| path != ".scaffold.toml") {
        let new = after.iter().find(|(other, _)| other == path);
        let mut bytes = new.map_or("", |(_, text)| text).bytes();
        assert!(old.bytes().all(|old| bytes.any(|new| new == old)), "{path}");
    }
}
