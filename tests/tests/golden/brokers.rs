use std::collections::BTreeSet;
use std::fs;

use clap::ValueEnum;
use scaffold_cli::answers::Database;
use template_tests::{Tree, root};

use super::RENDERS;

/// Have a table of the files that differ, with the reasons.
const TABLES: [&str; 2] = [
    "docs/decisions/0012-change-of-broker.md",
    "template/docs/runbooks.md.liquid",
];

#[test]
fn another_broker_changes_the_files_that_are_told() {
    let different = different();
    for page in TABLES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let named = named(&text);
        let unnamed: Vec<_> = different.difference(&named).collect();
        assert!(unnamed.is_empty(), "{page} lacks {unnamed:?}");
        let same: Vec<_> = named.difference(&different).collect();
        assert!(same.is_empty(), "{page} names {same:?}");
    }
}

/// The files that differ between two brokers with any database.
fn different() -> BTreeSet<&'static str> {
    let mut different = BTreeSet::new();
    for database in Database::value_variants() {
        let renders = RENDERS.iter();
        let renders = renders.filter(|(pair, _)| pair.database == *database);
        let trees: Vec<&Tree> = renders.map(|(_, tree)| tree).collect();
        different.extend(differences(&trees));
    }
    different
}

/// The files that are not in all trees the same.
fn differences<'a>(trees: &[&'a Tree]) -> BTreeSet<&'a str> {
    let paths = trees.iter().flat_map(|tree| tree.keys());
    paths
        .filter(|path| {
            trees
                .iter()
                .any(|tree| tree.get(*path) != trees[0].get(*path))
        })
        .map(String::as_str)
        .collect()
}

/// The paths in the first column of the table that is headed `files`.
fn named(page: &str) -> BTreeSet<&str> {
    let lines = page.lines().map(str::trim_start);
    let table = lines.skip_while(|line| !line.starts_with("| files |"));
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split(" | ").next())
        .flat_map(|files| files.split('`').skip(1).step_by(2))
        .collect()
}
