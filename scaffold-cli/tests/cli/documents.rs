//! What the README says, and what comes with the package.

use std::process::Command;

use scaffold_cli::render::Kit;
use tempfile::TempDir;

use crate::project::{SCAFFOLD, TestProject};

const README: &str = include_str!("../../README.md");

/// What a rendered service says of the commands.
const PAGES: [&str; 3] = [
    include_str!("../../template/AGENTS.md"),
    include_str!("../../template/README.md.liquid"),
    include_str!("../../template/docs/grow.md"),
];

#[test]
fn the_commands_of_the_readme_run() {
    assert!(run_commands(README) >= 7);
}

/// But for the hour in the name of a migration, and how many files the template has today.
#[test]
fn the_session_of_the_readme_is_what_is_printed() {
    let (_, session) = README.split_once("```console\n$ ").expect("a session");
    let (session, _) = session.split_once("\n```\n").expect("an end");
    let directory = TempDir::new().expect("a temporary directory");
    let mut place = directory.path().to_owned();
    let without_digits = |text: &str| text.trim_end().replace(|c: char| c.is_ascii_digit(), "");
    let mut compared = 0;
    for step in session.split("\n$ ") {
        let (line, shown) = step.split_once('\n').unwrap_or((step, ""));
        if let Some(directory) = line.strip_prefix("cd ") {
            place.push(directory);
            continue;
        }
        let mut command = Command::new(SCAFFOLD);
        command.args(&words(line)[1..]).current_dir(&place);
        let output = command.output().expect("the program runs");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(without_digits(shown), without_digits(&printed), "{line}");
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
}

#[test]
fn the_commands_of_the_guide_run() {
    for page in PAGES {
        assert!(run_commands(page) >= 3, "{page}");
    }
}

/// Runs what a page says, one after the other in one project. Returns how many commands that are.
fn run_commands(page: &str) -> usize {
    let blocks = page.split("```console\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let commands: Vec<&str> = lines.filter(|line| line.starts_with("scaffold ")).collect();
    let project = TestProject::new();
    for command in &commands {
        project.succeed(&words(command)[1..]);
    }
    commands.len()
}

#[test]
fn the_readme_has_a_row_for_every_kit() {
    for kit in Kit::embedded().expect("the kits are described") {
        let row = format!("\n| `{}` | {} |\n", kit.name, kit.summary());
        assert!(README.contains(&row), "{row}");
    }
}

/// The words of a command line, as a shell reads it that knows only `'`.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect()
}

#[test]
fn readme_and_licence_come_with_the_package() {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "package",
        "--list",
        "--allow-dirty",
        "--offline",
        "--locked",
    ]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("cargo is there");
    let list = String::from_utf8_lossy(&output.stdout);
    for file in ["README.md", "LICENSE", "kits/monitoring/kit.toml"] {
        assert!(
            list.lines().any(|line| line == file),
            "{file} is not in: {list}"
        );
    }
}
