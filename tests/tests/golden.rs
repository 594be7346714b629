//! Rung 4: what is rendered for each pair, without compiling it.

#[path = "golden/brokers.rs"]
mod brokers;
#[path = "golden/code.rs"]
mod code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use scaffold_cli::render::{Pair, tags};
use snapbox::Data;
use snapbox::assert::{Action, DEFAULT_ACTION_ENV};
use snapbox::data::DataFormat;
use template_tests::{Tree, read_tree, render, root, scaffold_new, template};

const NAME: &str = "my-service";

/// What every pair is rendered as, once for all tests of this process.
static RENDERS: LazyLock<Vec<(Pair, Tree)>> =
    LazyLock::new(|| Pair::all().map(|pair| (pair, render(NAME, pair))).collect());

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    std::str::from_utf8(&tree[path]).unwrap()
}

fn table(tree: &Tree, path: &str) -> toml::Table {
    toml::from_str(text(tree, path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_pair_is_as_recorded() {
    for (pair, tree) in RENDERS.iter() {
        let parent = tempfile::tempdir().unwrap();
        let written = read_tree(&scaffold_new(parent.path(), NAME, *pair).unwrap());
        assert!(written == *tree, "{pair}: something else is written");
        let recorded = root().join("tests/golden").join(pair.slug());
        compare(&recorded, &record(tree));
    }
}

/// The list of files, and the text of each file that differs by option.
fn record(tree: &Tree) -> BTreeMap<String, String> {
    let list = tree.keys().map(|path| format!("{path}\n")).collect();
    optional_files()
        .into_iter()
        .filter(|path| tree.contains_key(path))
        .map(|path| (format!("files/{path}"), text(tree, &path).to_owned()))
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
    let template = template();
    for (pair, tree) in RENDERS.iter() {
        for file in &template.files {
            let path = file.rendered_path();
            if file.liquid().unwrap().is_none() || !tree.contains_key(path) {
                continue;
            }
            let text = text(tree, path);
            assert!(
                !text.contains("{{") && !text.contains("{%"),
                "{pair}: {path}"
            );
        }
    }
}

#[test]
fn toml_and_yaml_can_be_read() {
    let mut read = BTreeSet::new();
    for (pair, tree) in RENDERS.iter() {
        let mut found = 0;
        for (path, content) in tree {
            let is_toml = match path.rsplit_once('.') {
                Some((_, "toml" | "lock")) => true,
                Some((_, "yaml" | "yml")) => false,
                _ => continue,
            };
            found += 1;
            // Files that many pairs share are read once.
            match read.insert((is_toml, content)) {
                false => {}
                true if is_toml => drop(table(tree, path)),
                true => read_yaml(path, text(tree, path)),
            }
        }
        assert!(found >= 3, "{pair}: {found} files");
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
    for (pair, tree) in RENDERS.iter() {
        let record = table(tree, ".scaffold.toml");
        let answers = record["answers"].as_table().unwrap();
        assert_eq!(answers["name"].as_str(), Some(NAME));
        assert_eq!(answers["database"].as_str(), Some(pair.database.as_str()));
        assert_eq!(answers["broker"].as_str(), Some(pair.broker.as_str()));
        assert!(record["generated"].as_table().unwrap().is_empty());
    }
}

/// A stale lock would stop the user's first `cargo run --locked`.
#[test]
fn lock_knows_every_dependency() {
    for (pair, tree) in RENDERS.iter() {
        let manifest = table(tree, "Cargo.toml");
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let declared: BTreeSet<&str> = tables
            .iter()
            .filter_map(|table| manifest.get(*table)?.as_table())
            .flat_map(|table| table.keys().map(String::as_str))
            .collect();

        let lock = table(tree, "Cargo.lock");
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
