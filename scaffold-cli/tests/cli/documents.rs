//! What the README says, and what comes with the package.

use std::process::Command;

use scaffold_cli::render::Kit;

use crate::project::TestProject;

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
