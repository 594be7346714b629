//! The kit `monitoring`: who is told of an alert, and when nobody is.

use std::collections::BTreeSet;
use std::fs;

use serde_yaml_ng::Value;

use super::Project;
use super::monitoring::{COMPOSE, PROMETHEUS, after, alerts, hosts, run, stage, texts, yaml};

const ALERTMANAGER: &str = "monitoring/alertmanager.yml";

/// Where the container of Alertmanager has the secrets.
const SECRETS: &str = "/etc/alertmanager/secrets";

/// The receivers that the page has for whoever wants to be told.
fn receivers(project: &Project) -> &str {
    let mut parts = project
        .read("monitoring/README.md")
        .split("```yaml\n")
        .skip(1);
    let part = parts.next().expect("a block of YAML");
    part.split("```").next().expect("a block of YAML")
}

/// The alerts that Alertmanager is to know by their names.
fn chosen(matchers: &Value) -> BTreeSet<&str> {
    let matchers = texts(matchers).into_iter();
    let names = matchers.filter(|matcher| matcher.starts_with("alertname "));
    let names = names.filter_map(|matcher| matcher.split('"').nth(1));
    names.flat_map(|names| names.split('|')).collect()
}

#[test]
fn alerts_reach_whom_they_are_for() {
    for project in Project::all() {
        let prometheus = yaml(project, PROMETHEUS);
        let told = &prometheus["alerting"]["alertmanagers"][0];
        assert_eq!(hosts(told), ["alertmanager"]);

        let directory = stage(project);
        let (routes, _) = project
            .read(ALERTMANAGER)
            .split_once("\nreceivers:")
            .expect("receivers");
        let with_receivers = format!("{routes}\n{}", receivers(project));
        let file = directory.path().join("monitoring/with-receivers.yml");
        fs::write(file, with_receivers).expect("a temporary directory");
        for file in ["alertmanager.yml", "with-receivers.yml"] {
            run(&directory, "amtool", &["check-config", file]);
            let config = format!("--config.file={file}");
            for (severity, receiver) in [("page", "pages"), ("ticket", "tickets")] {
                let label = format!("severity={severity}");
                let test = ["config", "routes", "test", &config, &label];
                assert_eq!(run(&directory, "amtool", &test).trim(), receiver);
            }
        }
        for rest in after(project, "severity: ") {
            assert!(rest.starts_with("page }") || rest.starts_with("ticket }"));
        }
    }
}

#[test]
fn secrets_of_receivers_are_files_that_git_leaves_alone() {
    for project in Project::all() {
        let receivers = receivers(project);
        let files: Vec<&str> = receivers.split("_file: ").skip(1).collect();
        assert!(files.len() >= 3, "{receivers}");
        assert!(files.iter().all(|file| file.starts_with(SECRETS)));
        let added = project.services(COMPOSE);
        let mount = format!("./monitoring/secrets:{SECRETS}:ro");
        let mounted = texts(&added["alertmanager"]["volumes"]);
        assert!(mounted.contains(&mount.as_str()), "{mounted:?}");
        let ignored = project.read("monitoring/secrets/.gitignore");
        assert_eq!(ignored, "*\n!.gitignore\n");
    }
}

/// A name that no alert has silences nothing, and nobody would notice.
#[test]
fn what_is_not_told_follows_from_an_alert_that_is() {
    for project in Project::all() {
        let alerts = alerts(project);
        let config = yaml(project, ALERTMANAGER);
        let inhibited = config["inhibit_rules"].as_sequence().expect("a list");
        for rule in inhibited {
            let causes = chosen(&rule["source_matchers"]);
            let symptoms = chosen(&rule["target_matchers"]);
            assert!(!causes.is_empty() && !symptoms.is_empty(), "{rule:?}");
            assert!(causes.is_disjoint(&symptoms), "{rule:?}");
            assert!(causes.is_subset(&alerts), "{}: {causes:?}", project.pair);
            assert!(
                symptoms.is_subset(&alerts),
                "{}: {symptoms:?}",
                project.pair
            );
        }
    }
}
