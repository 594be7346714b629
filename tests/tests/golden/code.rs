use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use scaffold_cli::name::MAX_LENGTH;
use scaffold_cli::render::Pair;
use template_tests::{Tree, render};

use super::{RENDERS, table, text};

/// The files that no module names.
const ROOTS: [&str; 5] = [
    "build.rs",
    "examples/load.rs",
    "src/lib.rs",
    "src/main.rs",
    "tests/integration/main.rs",
];

/// As `cargo fmt --check` has it, but a file that many renders share is looked at once.
#[test]
fn rendered_code_is_formatted_whatever_the_name() {
    let long = "z".repeat(MAX_LENGTH);
    let named = ["a", &long].map(|name| render(name, Pair::DEFAULT));
    let pairs = RENDERS.iter().map(|(_, tree)| tree);
    // Where no settings of anybody's are found; a service has none.
    let directory = tempfile::tempdir().unwrap();
    let mut formatted = BTreeSet::new();
    for tree in named.iter().chain(pairs) {
        let manifest = table(tree, "Cargo.toml");
        let edition = manifest["package"]["edition"].as_str().unwrap();
        for path in code(tree) {
            if formatted.insert((edition.to_owned(), &tree[path])) {
                assert_formatted(directory.path(), edition, path, &tree[path]);
            }
        }
    }
}

fn code(tree: &Tree) -> impl Iterator<Item = &str> {
    let paths = tree.keys().map(String::as_str);
    paths.filter(|path| path.ends_with(".rs"))
}

fn assert_formatted(directory: &Path, edition: &str, path: &str, content: &[u8]) {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--check", "--edition", edition])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustfmt is installed");
    // Ends the input, for rustfmt reads all of it first.
    let written = rustfmt.stdin.take().unwrap().write_all(content);
    let output = rustfmt.wait_with_output().unwrap();
    let difference = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    // Of what it reads from its input, rustfmt prints the difference and ends well all the same.
    assert!(
        output.status.success() && difference.is_empty(),
        "{path}:\n{difference}{errors}"
    );
    written.unwrap();
}

/// An answer leaves out a file together with the line that names it.
#[test]
fn every_module_has_its_file_and_every_file_its_module() {
    for (pair, tree) in RENDERS.iter() {
        let named = code(tree).flat_map(|path| modules(tree, path));
        let roots = ROOTS.map(str::to_owned);
        let named: BTreeSet<String> = named.chain(roots).collect();
        let present: BTreeSet<String> = code(tree).map(str::to_owned).collect();
        let astray: Vec<&String> = present.symmetric_difference(&named).collect();
        assert!(astray.is_empty(), "{pair}: {astray:?}");
    }
}

/// The files that the lines `mod …;` of a file name.
fn modules(tree: &Tree, path: &str) -> Vec<String> {
    let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
    let directory = match name {
        "lib.rs" | "main.rs" | "mod.rs" => parent,
        _ => path.trim_end_matches(".rs"),
    };
    let declared = text(tree, path).lines().filter_map(|line| {
        let (visibility, name) = line.strip_suffix(';')?.split_once("mod ")?;
        let visible = visibility.is_empty() || visibility.starts_with("pub");
        visible.then_some(name)
    });
    declared
        .map(|name| {
            let deep = format!("{directory}/{name}/mod.rs");
            let flat = format!("{directory}/{name}.rs");
            if tree.contains_key(&deep) { deep } else { flat }
        })
        .collect()
}
