use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use template_tests::root;

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
fn metrics(expression: &str) -> BTreeSet<String> {
    let unquoted: String = expression.split('"').step_by(2).collect();
    let words = unquoted.split(|c: char| !(c.is_ascii_alphanumeric() || "_:$".contains(c)));
    words
        .filter(|word| word.contains('_') && !word.contains([':', '$']))
        .filter(|word| !FUNCTIONS.contains(word))
        .map(|word| word.trim_end_matches("_bucket").to_owned())
        .collect()
}

/// The names in the service's source.
fn exported() -> String {
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

#[test]
fn alerts_are_told_when_they_should_be() {
    for arguments in [
        ["check", "config", "prometheus.yml"],
        ["check", "rules", "rules.yml"],
        ["test", "rules", "rules.test.yml"],
    ] {
        let output = Command::new("promtool")
            .args(arguments)
            .current_dir(monitoring())
            .output()
            .expect("`promtool` is installed: run `scripts/test`");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}

/// An alert that no test has ever raised may be one that nothing can raise.
#[test]
fn every_alert_is_raised_in_a_test() {
    let rules = read(&monitoring().join("rules.yml"));
    let tests = read(&monitoring().join("rules.test.yml"));
    let raised: BTreeSet<&str> = tests
        .split("alertname: ")
        .skip(1)
        .filter(|rest| {
            rest.lines()
                .nth(1)
                .is_some_and(|line| line.contains("exp_alerts:"))
        })
        .filter_map(|rest| rest.lines().next())
        .collect();
    let alerts = rules
        .split("- alert: ")
        .skip(1)
        .filter_map(|rest| rest.lines().next());
    assert_eq!(alerts.collect::<BTreeSet<_>>(), raised);
}
