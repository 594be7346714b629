//! The workflows of this repository that run by the clock, and that of its pages: what they leave out nobody else tries.

use std::collections::BTreeSet;

use scaffold_cli::render::Pair;
use serde_yaml_ng::Value;

use super::repository::{parsed, read};
use super::workflows::commands;

fn workflow(name: &str) -> Value {
    parsed(&read(&format!(".github/workflows/{name}")))
}

/// The words of a list.
fn words(list: &Value) -> BTreeSet<&str> {
    let words = list.as_sequence().expect("a list").iter();
    words.map(|word| word.as_str().expect("text")).collect()
}

/// What `scripts/test` has four pairs of is tried for each of the others by itself.
#[test]
fn the_newest_dependencies_are_tried_with_every_pair() {
    let (drift, script) = (workflow("drift.yml"), read("scripts/test"));
    let mut tried = words(&drift["jobs"]["newest"]["strategy"]["matrix"]["of"]);
    assert!(tried.remove("cli") && tried.remove("compile"), "{tried:?}");
    let (_, short) = script.split_once("\nshort_pairs=\"").expect("pairs");
    for pair in short.split('"').next().unwrap_or_default().split(' ') {
        assert!(tried.insert(pair), "{pair} is there twice");
    }
    let pairs: Vec<String> = Pair::all().map(Pair::slug).collect();
    assert_eq!(tried, pairs.iter().map(String::as_str).collect());
}

/// The machine of the run is thrown away, and docs/matrix.md with it.
#[test]
fn what_came_out_of_a_pair_is_shown_even_if_it_failed() {
    let matrix = workflow("matrix.yml");
    let steps = matrix["jobs"]["matrix"]["steps"].as_sequence();
    let last = steps.expect("steps").last().expect("a step");
    let condition = last["if"].as_str().expect("a condition");
    assert!(condition.contains("!cancelled()"), "{condition}");
    let shown = last["run"].as_str().expect("a command");
    assert!(shown.contains("$GITHUB_STEP_SUMMARY"), "{shown}");
    assert!(shown.contains("'^| pair |' -e '^|---|' -e \"^| $DATABASE-$BROKER |\""));
    let written = read("scripts/lib/matrix.sh");
    for line in ["'| pair |%s", "'|---|%s", "'| %s |'"] {
        assert!(written.contains(&format!("printf {line}")), "{line}");
    }
}

/// They are held to the code, even where nothing else is changed.
#[test]
fn pages_that_ci_takes_no_notice_of_are_tried_with_the_site() {
    let (ci, site) = (workflow("ci.yml"), workflow("site.yml"));
    for event in ["push", "pull_request"] {
        let mut ignored = words(&ci["on"][event]["paths-ignore"]);
        ignored.remove("LICENSE");
        let watched = words(&site["on"][event]["paths"]);
        assert!(ignored.is_subset(&watched), "{ignored:?}");
    }
    let run = commands(&site["jobs"]["build"]);
    for tests in [
        "scaffold-cli --test cli documents::",
        "template-tests --test lint",
        "template-tests --test tooling site::",
    ] {
        let command = format!("cargo test --locked --package {tests}");
        assert!(run.contains(&command.as_str()), "{command}");
    }
}
