use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scaffold_cli::render::Kit;
use serde_json::Value;
use template_tests::root;

use super::{NAME, Project, check_schema};

/// Words of the language that look like the names of metrics.
const FUNCTIONS: [&str; 2] = ["histogram_quantile", "min_over_time"];

fn monitoring() -> PathBuf {
    root().join("kits/monitoring/monitoring")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every expression of the rules and of the dashboard.
fn expressions() -> Vec<String> {
    let rules: Value = serde_yaml_ng::from_str(&read(&monitoring().join("rules.yml"))).unwrap();
    let dashboard = read(&monitoring().join("grafana/dashboard.json"));
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let mut found = Vec::new();
    for value in [&rules, &dashboard] {
        find_expressions(value, &mut found);
    }
    found
}

fn find_expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let expression = fields.get("expr").and_then(Value::as_str);
            found.extend(expression.map(str::to_owned));
            fields.values().for_each(|it| find_expressions(it, found));
        }
        Value::Array(items) => items.iter().for_each(|it| find_expressions(it, found)),
        _ => {}
    }
}

/// The metrics that an expression reads, without what stands in quotes and what rules record.
pub(super) fn metrics(expression: &str) -> BTreeSet<String> {
    let unquoted: String = expression.split('"').step_by(2).collect();
    let words = unquoted.split(|c: char| !(c.is_ascii_alphanumeric() || "_:$".contains(c)));
    words
        .filter(|word| word.contains('_') && !word.contains([':', '$']))
        .filter(|word| !FUNCTIONS.contains(word))
        .map(|word| word.trim_end_matches("_bucket").to_owned())
        .collect()
}

/// The labels that an expression compares, each with the words that it is compared with.
fn labels(expression: &str) -> Vec<(String, String)> {
    let mut parts = expression.split('"');
    let mut found = Vec::new();
    while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
        let name = before.trim_end_matches(['=', '~', '!', ' ']);
        let name = name.rsplit(|c: char| !c.is_ascii_lowercase()).next();
        found.push((name.unwrap_or_default().to_owned(), value.to_owned()));
    }
    found
}

/// The names in the service's source.
pub(super) fn exported() -> String {
    let directory = root().join("template/src/metrics");
    let files = fs::read_dir(&directory).expect("a directory");
    let files = files.map(|file| file.expect("a file").path());
    let texts = files.chain([directory.with_extension("rs")]);
    texts.map(|path| read(&path)).collect()
}

#[test]
fn monitoring_reads_metrics_that_the_service_has() {
    let exported = exported();
    let read: BTreeSet<String> = expressions().iter().flat_map(|it| metrics(it)).collect();
    assert!(read.len() > 20, "{read:?}");
    for metric in read {
        assert!(exported.contains(&format!("\"{metric}\"")), "{metric}");
    }
}

/// A label that nobody sets compares with nothing, and the alert would never be told.
#[test]
fn monitoring_compares_labels_that_the_service_sets() {
    let exported = exported();
    let outcomes = read(&root().join("template/src/queue/execution.rs"));
    let compared: Vec<_> = expressions().iter().flat_map(|it| labels(it)).collect();
    assert!(compared.len() > 10, "{compared:?}");
    for (name, value) in compared.iter().filter(|(name, _)| name != "job") {
        assert!(exported.contains(&format!("\"{name}\"")), "{name}");
        let known = |word: &str| outcomes.contains(&format!("\"{word}\""));
        assert!(name != "outcome" || value.split('|').all(known), "{value}");
    }
}

#[test]
fn forms_are_what_the_forge_reads() {
    for form in ["bug.yml", "idea.yml"] {
        let path = format!(".github/ISSUE_TEMPLATE/{form}");
        check_schema("vendor.github-issue-forms", &path);
    }
    let config = ".github/ISSUE_TEMPLATE/config.yml";
    check_schema("vendor.github-issue-config", config);
}

/// Where `just release` writes the version, and the workflow of a release finds the notes.
#[test]
fn a_changelog_begins_with_what_is_not_released() {
    for project in Project::all() {
        let changelog = project.read("CHANGELOG.md");
        assert_eq!(changelog.matches("\n## ").count(), 1, "{changelog}");
        assert!(changelog.ends_with("\n## Unreleased\n"), "{changelog}");
    }
}

/// A badge of a workflow that is not there is never green.
#[test]
fn badge_that_is_proposed_is_of_a_workflow_that_is_there() {
    let kits = Kit::embedded().expect("the kits are described");
    let kit = kits.iter().find(|kit| kit.name == "repository");
    let kit = kit.expect("the kit is there");
    for project in Project::all() {
        let rendered = kit.render(NAME, "my_service", project.pair);
        let steps = rendered.expect("the kit can be rendered").steps_when_added;
        let steps = steps.concat();
        let (_, image) = steps
            .split_once("](../../actions/workflows/")
            .expect("an image");
        let (workflow, _) = image.split_once("/badge.svg)").expect("an image");
        assert!(project.has(&format!(".github/workflows/{workflow}")));
    }
}

/// The compose files that kits add to `compose.yaml`, or that stand for themselves.
const COMPOSE_FILES: [&str; 2] = ["compose.keycloak.yaml", "compose.monitoring.yaml"];

#[test]
fn compose_files_of_kits_are_what_compose_reads() {
    for path in COMPOSE_FILES {
        check_schema("vendor.compose-spec", path);
    }
}

/// Docker makes an empty directory of what is mounted and not there, and does not start what has no image.
#[test]
fn compose_files_of_kits_mount_what_is_there_and_extend_what_is_there() {
    for project in Project::all() {
        let own = project.services("compose.yaml");
        for path in COMPOSE_FILES {
            for (name, service) in project.services(path) {
                let is_new = service.get("image").is_some();
                assert_ne!(is_new, own.contains_key(&name), "{path}: {name}");
                let volumes = service.get("volumes").and_then(|it| it.as_sequence());
                let volumes = volumes.into_iter().flatten();
                for volume in volumes.filter_map(|it| it.as_str()?.strip_prefix("./")) {
                    let source = volume.split(':').next().unwrap_or_default();
                    assert!(project.has(source), "{path}: {source}");
                }
            }
        }
    }
}
