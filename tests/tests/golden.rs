//! Rung 4: what is rendered for each pair, without compiling it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use scaffold_cli::name::MAX_LENGTH;
use scaffold_cli::render::{Pair, tags};
use snapbox::Data;
use snapbox::assert::{Action, DEFAULT_ACTION_ENV};
use snapbox::data::DataFormat;
use template_tests::{Tree, read_tree, root, scaffold_new, template};

const NAME: &str = "my-service";

fn render(pair: Pair) -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let project = scaffold_new(parent.path(), NAME, pair).unwrap();
    (parent, project)
}

#[test]
fn every_pair_is_as_recorded() {
    for pair in Pair::all() {
        let (_parent, project) = render(pair);
        let recorded = root().join("tests/golden").join(pair.slug());
        compare(&recorded, &record(&read_tree(&project)));
    }
}

/// The list of files, and the text of each file that differs by option.
fn record(tree: &Tree) -> BTreeMap<String, String> {
    let text = |path: &str| String::from_utf8(tree[path].clone()).unwrap();
    let list = tree.keys().map(|path| format!("{path}\n")).collect();
    optional_files()
        .into_iter()
        .filter(|path| tree.contains_key(path))
        .map(|path| (format!("files/{path}"), text(&path)))
        .chain([("tree.txt".to_owned(), list)])
        .collect()
}

/// The rendered paths of the files whose text depends on the pair.
fn optional_files() -> BTreeSet<String> {
    let template = template();
    let depends = |source: &str| {
        let tags = tags(source).unwrap();
        let mut variables = tags.iter().flat_map(|tag| tag.variables());
        variables.any(|variable| matches!(variable, "database" | "broker"))
    };
    let files = template.files.iter();
    files
        .filter(|file| file.liquid().unwrap().is_some_and(depends))
        .map(|file| file.rendered_path().to_owned())
        .collect()
}

fn compare(recorded: &Path, actual: &BTreeMap<String, String>) {
    let overwrite = std::env::var(DEFAULT_ACTION_ENV).is_ok_and(|action| action == "overwrite");
    if overwrite && recorded.exists() {
        fs::remove_dir_all(recorded).unwrap();
    }
    let assert = snapbox::Assert::new()
        .action(Action::Verify)
        .action_env(DEFAULT_ACTION_ENV);
    for (path, text) in actual {
        let expected = Data::read_from(&recorded.join(path), Some(DataFormat::Text));
        assert.eq(Data::text(text).raw(), expected.raw());
    }
    let stale: Vec<String> = read_tree(recorded)
        .into_keys()
        .filter(|path| !actual.contains_key(path))
        .collect();
    assert_eq!(stale, [] as [&str; 0], "recorded but no longer rendered");
}

#[test]
fn no_tag_is_left() {
    for pair in Pair::all() {
        let (_parent, project) = render(pair);
        let tree = read_tree(&project);
        for file in template().files {
            let Some(content) = tree.get(file.rendered_path()) else {
                continue;
            };
            if file.liquid().unwrap().is_some() {
                let text = String::from_utf8_lossy(content);
                assert!(
                    !text.contains("{{") && !text.contains("{%"),
                    "{}",
                    file.path
                );
            }
        }
    }
}

#[test]
fn toml_and_yaml_can_be_read() {
    for pair in Pair::all() {
        let (_parent, project) = render(pair);
        let mut parsed = 0;
        for (path, content) in read_tree(&project) {
            let text = || String::from_utf8(content.clone()).unwrap();
            match path.rsplit_once('.').map(|(_, extension)| extension) {
                Some("toml" | "lock") => {
                    toml::from_str::<toml::Table>(&text())
                        .unwrap_or_else(|e| panic!("{path}: {e}"));
                }
                Some("yaml" | "yml") => read_yaml(&path, &text()),
                _ => continue,
            }
            parsed += 1;
        }
        assert!(parsed >= 3, "{pair}: {parsed} files");
    }
}

fn read_yaml(path: &str, text: &str) {
    for document in serde_yaml_ng::Deserializer::from_str(text) {
        let value: Result<serde_yaml_ng::Value, _> = serde::Deserialize::deserialize(document);
        value.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[test]
fn record_of_the_answers_is_written() {
    for pair in Pair::all() {
        let (_parent, project) = render(pair);
        let record = fs::read_to_string(project.join(".scaffold.toml")).unwrap();
        let record: toml::Table = toml::from_str(&record).unwrap();
        let answers = record["answers"].as_table().unwrap();
        assert_eq!(answers["name"].as_str(), Some(NAME));
        assert_eq!(answers["database"].as_str(), Some(pair.database.as_str()));
        assert_eq!(answers["broker"].as_str(), Some(pair.broker.as_str()));
        assert!(record["generated"].as_table().unwrap().is_empty());
    }
}

#[test]
fn rendered_code_is_formatted_whatever_the_name() {
    let long = "z".repeat(MAX_LENGTH);
    let names = ["a", NAME, &long].map(|name| (name, Pair::DEFAULT));
    let pairs = Pair::all().map(|pair| (NAME, pair));
    for (name, pair) in names.into_iter().chain(pairs.skip(1)) {
        let parent = tempfile::tempdir().unwrap();
        let project = scaffold_new(parent.path(), name, pair).unwrap();
        let output = Command::new("cargo")
            .args(["fmt", "--check"])
            .current_dir(&project)
            .output()
            .unwrap();
        let difference = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{name}, {pair}:\n{difference}{errors}"
        );
    }
}

/// A stale lock would stop the user's first `cargo run --locked`.
#[test]
fn lock_knows_every_dependency() {
    for pair in Pair::all() {
        let (_parent, project) = render(pair);
        let read = |file: &str| fs::read_to_string(project.join(file)).unwrap();
        let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let declared: BTreeSet<&str> = tables
            .iter()
            .filter_map(|table| manifest.get(*table)?.as_table())
            .flat_map(|table| table.keys().map(String::as_str))
            .collect();

        let lock: toml::Table = toml::from_str(&read("Cargo.lock")).unwrap();
        let packages = lock["package"].as_array().unwrap();
        let own = packages
            .iter()
            .find(|package| package["name"].as_str() == Some(NAME))
            .unwrap();
        let locked: BTreeSet<&str> = own["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            // With a version behind it where there are two of one name.
            .filter_map(|dependency| dependency.as_str()?.split(' ').next())
            .collect();
        assert_eq!(locked, declared, "{pair}: run scripts/update-locks");
    }
}
