//! What the forge and people run of this repository itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_yaml_ng::Value;
use template_tests::{read_tree, root};

use super::check_files;
use super::workflows::{actions, assert_modest, assert_pinned, assert_scripts, commands};

const RELEASE: &str = "release.yml";

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The text of each workflow, by the name of its file.
fn workflows() -> BTreeMap<String, String> {
    let files = read_tree(&root().join(".github/workflows")).into_iter();
    let files = files.map(|(name, text)| (name, String::from_utf8(text).expect("text")));
    files.collect()
}

pub(super) fn parsed(text: &str) -> Value {
    serde_yaml_ng::from_str(text).expect("YAML")
}

fn release() -> Value {
    parsed(&read(".github/workflows/release.yml"))
}

/// The manifest of the workspace.
fn manifest() -> toml::Table {
    toml::from_str(&read("Cargo.toml")).expect("TOML")
}

/// The paths of the files in a directory of `.github`.
fn files(directory: &str) -> Vec<PathBuf> {
    let directory = root().join(".github").join(directory);
    let names = read_tree(&directory).into_keys();
    names.map(|name| directory.join(name)).collect()
}

#[test]
fn what_the_forge_reads_is_as_it_reads_it() {
    check_files("vendor.github-workflows", files("workflows"));
    let dependabot = root().join(".github/dependabot.yml");
    check_files("vendor.dependabot", [dependabot]);
    let is_config = |path: &PathBuf| path.ends_with("config.yml");
    let (config, forms): (Vec<_>, Vec<_>) =
        files("ISSUE_TEMPLATE").into_iter().partition(is_config);
    check_files("vendor.github-issue-config", config);
    check_files("vendor.github-issue-forms", forms);
}

#[test]
fn what_is_to_be_renewed_is_where_it_is_looked_for() {
    let dependabot = parsed(&read(".github/dependabot.yml"));
    for update in dependabot["updates"].as_sequence().expect("a list") {
        for directory in update["directories"].as_sequence().expect("a list") {
            let directory = directory.as_str().expect("a path");
            let place = root().join(directory.trim_start_matches('/'));
            assert!(place.is_dir(), "{directory}");
        }
    }
}

#[test]
fn actions_are_pinned() {
    let workflows = workflows();
    let texts: Vec<&str> = workflows.values().map(String::as_str).collect();
    let used = actions(&texts);
    assert!(used.len() >= 6, "{used:?}");
    assert_pinned(&used);
}

/// What a job may write; every other may read.
fn may_write(workflow: &str, job: &str) -> BTreeSet<&'static str> {
    let writes: &[&str] = match (workflow, job) {
        ("drift.yml", "report") => &["issues"],
        (RELEASE, "release") => &["attestations", "contents", "id-token"],
        ("site.yml", "deploy") => &["id-token", "pages"],
        _ => &[],
    };
    writes.iter().copied().collect()
}

#[test]
fn jobs_may_do_little_and_not_for_long() {
    let workflows = workflows();
    assert!(workflows.len() >= 5, "{:?}", workflows.keys());
    for (name, text) in &workflows {
        assert_modest(&parsed(text), name, may_write);
    }
}

#[test]
fn scripts_of_workflows_are_as_shellcheck_has_them() {
    for (name, text) in workflows() {
        assert_scripts(&parsed(&text), &name);
    }
}

#[test]
fn scripts_are_as_shellcheck_has_them() {
    let listed = Command::new("git")
        .args(["ls-files", "bench", "scripts"])
        .current_dir(root())
        .output()
        .expect("git can be started");
    let listed = String::from_utf8(listed.stdout).expect("text");
    // The first line says so: that of a program, or for shellcheck that of what others source.
    let is_bash = |path: &&str| {
        read(path)
            .lines()
            .next()
            .is_some_and(|line| line.contains("bash"))
    };
    let scripts: Vec<&str> = listed.lines().filter(is_bash).collect();
    assert!(scripts.len() >= 15, "{scripts:?}");
    let output = Command::new("shellcheck")
        .arg("--external-sources")
        .args(&scripts)
        .current_dir(root())
        .output()
        .expect("`shellcheck` is installed: run `scripts/test`");
    let found = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{found}");
}

#[test]
fn recipes_are_laid_out() {
    let output = Command::new("just")
        .args(["--unstable", "--fmt", "--check"])
        .current_dir(root())
        .output()
        .expect("`just` is installed: run `scripts/test`");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn workflows_have_the_toolchain_of_the_manifest() {
    let manifest = manifest();
    let wanted = &manifest["workspace"]["package"]["rust-version"];
    let wanted = format!("\"{}\"\n", wanted.as_str().expect("a version"));
    let mut stable = Vec::new();
    for (name, text) in workflows() {
        for rest in text.split("RUSTUP_TOOLCHAIN: ").skip(1) {
            if rest.starts_with("stable\n") {
                stable.push(name.clone());
            } else {
                assert!(rest.starts_with(&wanted), "{name}");
            }
        }
    }
    // And what users have by now is tried in one place.
    assert_eq!(stable, ["drift.yml"]);
}

/// Whether a job waits for another.
fn needs(workflow: &Value, job: &str, other: &str) -> bool {
    match &workflow["jobs"][job]["needs"] {
        Value::String(needed) => needed == other,
        Value::Sequence(needed) => needed.iter().any(|needed| needed == other),
        _ => false,
    }
}

#[test]
fn nothing_is_published_that_was_not_tried_and_agreed_on() {
    let release = release();
    let steps = [
        ("ci", "version"),
        ("binary", "ci"),
        ("archives", "binary"),
        ("registry", "archives"),
        ("release", "registry"),
    ];
    for (job, before) in steps {
        assert!(needs(&release, job, before), "{job} needs {before}");
    }
    let jobs = &release["jobs"];
    assert_eq!(jobs["ci"]["uses"], "./.github/workflows/ci.yml");
    assert_eq!(jobs["registry"]["environment"], "registry");
    assert_eq!(jobs["registry"]["if"], "github.ref_type == 'tag'");
    let ci = parsed(&read(".github/workflows/ci.yml"));
    assert!(ci["on"].get("workflow_call").is_some());
    assert!(commands(&ci["jobs"]["package"]).contains(&"scripts/package"));
}

/// Where a job may write or holds the token, nothing runs that is built of what others wrote.
#[test]
fn what_publishes_builds_nothing() {
    let workflows = workflows();
    let secrets = workflows
        .values()
        .map(|text| text.matches("secrets.").count());
    assert_eq!(secrets.sum::<usize>(), 1);
    let release = release();
    let jobs = &release["jobs"];
    assert!(!commands(&jobs["release"]).concat().contains("cargo"));
    let commands = commands(&jobs["registry"]).into_iter();
    let of_cargo = commands.filter(|command| command.contains("cargo"));
    assert!(of_cargo.eq(["cargo publish --locked --no-verify --package scaffold-cli"]));
}

/// More or longer words are refused, and that on the day of a release.
#[test]
fn the_crate_is_described_in_words_that_a_registry_takes() {
    let manifest: toml::Table = toml::from_str(&read("scaffold-cli/Cargo.toml")).expect("TOML");
    for list in ["keywords", "categories"] {
        let words = manifest["package"][list].as_array().expect("a list");
        assert!((1..=5).contains(&words.len()), "{list}: {words:?}");
        for word in words.iter().filter(|_| list == "keywords") {
            let word = word.as_str().expect("a word");
            assert!(word.len() <= 20 && !word.contains(' '), "{word}");
        }
    }
}

/// A package brings no profiles along.
#[test]
fn binaries_are_built_with_the_profile_of_the_manifest() {
    let text = |value: &toml::Value| match value {
        toml::Value::Boolean(is) => is.to_string(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::String(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    let manifest = manifest();
    let profile = manifest["profile"]["release"]
        .as_table()
        .expect("a profile");
    let wanted = profile.iter().map(|(name, value)| {
        let name = name.to_uppercase().replace('-', "_");
        (format!("CARGO_PROFILE_RELEASE_{name}"), text(value))
    });
    let wanted: BTreeMap<String, String> = wanted.collect();
    let release = release();
    let env = release["jobs"]["binary"]["env"]
        .as_mapping()
        .expect("settings");
    let env = env.iter().map(|(name, value)| {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        (text(name), text(value))
    });
    let set = env.filter(|(name, _)| name.starts_with("CARGO_PROFILE_"));
    assert_eq!(set.collect::<BTreeMap<_, _>>(), wanted);
}
