use std::collections::BTreeSet;
use std::fs;

use clap::ValueEnum;
use scaffold_cli::answers::Database;
use template_tests::{Tree, root};

use super::RENDERS;

/// Has a table of the files that differ, with the reasons.
const DECISION: &str = "docs/decisions/0012-change-of-broker.md";

#[test]
fn another_broker_changes_the_files_that_the_decision_names() {
    let decision = fs::read_to_string(root().join(DECISION)).unwrap();
    let mut different = BTreeSet::new();
    for database in Database::value_variants() {
        let renders = RENDERS.iter();
        let renders = renders.filter(|(pair, _)| pair.database == *database);
        let trees: Vec<&Tree> = renders.map(|(_, tree)| tree).collect();
        different.extend(differences(&trees));
    }
    let named = named(&decision);
    let unnamed: Vec<_> = different.difference(&named).collect();
    assert!(unnamed.is_empty(), "{DECISION} lacks {unnamed:?}");
    let same: Vec<_> = named.difference(&different).collect();
    assert!(same.is_empty(), "{DECISION} names {same:?}");
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

/// The paths in the first column of the table.
fn named(decision: &str) -> BTreeSet<&str> {
    let rows = decision.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split(" | ").next())
        .flat_map(|files| files.split('`').skip(1).step_by(2))
        .collect()
}
