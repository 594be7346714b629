//! The kit `monitoring`: what is watched, and where the lines of the log go.

use std::collections::BTreeSet;
use std::process::Command;

use serde_yaml_ng::Value;
use tempfile::TempDir;

use super::documents::words;
use super::{NAME, Project, ROLES};

pub(super) const COMPOSE: &str = "compose.monitoring.yaml";
pub(super) const PROMETHEUS: &str = "monitoring/prometheus.yml";

/// The files of the kit, beside each other.
pub(super) fn stage(project: &Project) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for path in project.files.keys() {
        if path.starts_with("monitoring/") {
            project.write(path, directory.path());
        }
    }
    directory
}

/// Runs a program there, which must succeed, and returns what it printed.
pub(super) fn run(directory: &TempDir, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory.path().join("monitoring"))
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}: run `scripts/test`"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).expect("text")
}

pub(super) fn yaml(project: &Project, path: &str) -> Value {
    serde_yaml_ng::from_str(project.read(path)).expect("YAML")
}

/// The texts of a list, or none.
pub(super) fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_sequence().into_iter().flatten();
    list.map(|text| text.as_str().expect("text")).collect()
}

/// The hosts that Prometheus asks or tells.
pub(super) fn hosts(config: &Value) -> Vec<&str> {
    let targets = texts(&config["static_configs"][0]["targets"]).into_iter();
    let targets = targets.filter_map(|target| Some(target.split_once(':')?.0));
    let names = texts(&config["dns_sd_configs"][0]["names"]);
    targets.chain(names).collect()
}

/// The names of the files with rules.
fn rules(project: &Project) -> BTreeSet<&str> {
    let paths = project.files.keys();
    let names = paths.filter_map(|path| path.strip_prefix("monitoring/"));
    let names = names.filter(|name| name.starts_with("rules.") && name.ends_with(".yml"));
    names.filter(|name| !name.ends_with(".test.yml")).collect()
}

/// The name of the file that tests one.
fn test_of(rules: &str) -> String {
    rules.replace(".yml", ".test.yml")
}

/// The rest of the file after each word, for every file with rules.
pub(super) fn after<'a>(project: &'a Project, word: &'static str) -> Vec<&'a str> {
    let texts = rules(project).into_iter();
    let texts = texts.map(|name| project.read(&format!("monitoring/{name}")));
    texts.flat_map(|text| text.split(word).skip(1)).collect()
}

/// The names of all alerts.
pub(super) fn alerts(project: &Project) -> BTreeSet<&str> {
    let rest = after(project, "- alert: ").into_iter();
    rest.filter_map(|rest| rest.lines().next()).collect()
}

/// The alerts that a test expects to be raised.
fn raised(tests: &str) -> impl Iterator<Item = &str> {
    let named = tests.split("alertname: ").skip(1);
    let expected = |rest: &&str| {
        rest.lines()
            .nth(1)
            .is_some_and(|it| it.contains("exp_alerts:"))
    };
    named
        .filter(expected)
        .filter_map(|rest| rest.lines().next())
}

#[test]
fn alerts_are_told_when_they_should_be() {
    let mut tried = BTreeSet::new();
    for project in Project::all() {
        let directory = stage(project);
        run(
            &directory,
            "promtool",
            &["check", "config", "prometheus.yml"],
        );
        // What has a name is the same for all pairs that have it.
        for name in rules(project)
            .into_iter()
            .filter(|name| tried.insert(*name))
        {
            let tests = test_of(name);
            run(&directory, "promtool", &["check", "rules", name]);
            run(&directory, "promtool", &["test", "rules", &tests]);
        }
    }
    assert!(tried.len() >= 6, "{tried:?}");
}

/// An alert that no test has ever raised may be one that nothing can raise.
#[test]
fn every_alert_is_raised_in_a_test() {
    for project in Project::all() {
        let tests = rules(project).into_iter().map(test_of);
        let tests = tests.map(|name| project.read(&format!("monitoring/{name}")));
        let raised: BTreeSet<&str> = tests.flat_map(raised).collect();
        assert_eq!(raised, alerts(project), "{}", project.pair);
    }
}

/// Who is woken by an alert finds it on the page, with what to do.
#[test]
fn every_alert_is_on_the_page_of_the_objective_and_no_other() {
    for project in Project::all() {
        let rows = project.read("monitoring/slo.md").lines();
        let cells = rows.filter_map(|row| row.strip_prefix("| `")?.split('|').next());
        let named = cells.flat_map(|cell| cell.split('`').step_by(2));
        let named: BTreeSet<&str> = named.collect();
        assert_eq!(named, alerts(project), "{}", project.pair);
    }
}

/// Prometheus looks for the processes by the names that they have in the compose files.
#[test]
fn every_role_is_watched_and_what_it_needs() {
    for project in Project::all() {
        let prometheus = yaml(project, PROMETHEUS);
        let (own, added) = (project.services("compose.yaml"), project.services(COMPOSE));
        let mut watched = BTreeSet::new();
        for job in prometheus["scrape_configs"].as_sequence().expect("a list") {
            watched.insert(job["job_name"].as_str().expect("a name"));
            let hosts = hosts(job);
            let is_there = |host: &&str| own.contains_key(*host) || added.contains_key(*host);
            assert!(hosts.len() == 1 && hosts.iter().all(is_there), "{hosts:?}");
        }
        let mut wanted = BTreeSet::from(ROLES);
        wanted.insert("alertmanager");
        wanted.extend(own.contains_key("db").then_some("database"));
        wanted.extend(own.contains_key("broker").then_some("broker"));
        assert_eq!(watched, wanted, "{}", project.pair);
    }
}

/// What Prometheus does not read, and what is not mounted, nobody is told of.
#[test]
fn the_rules_of_the_database_and_the_broker_are_read() {
    for project in Project::all() {
        let prometheus = yaml(project, PROMETHEUS);
        let read: BTreeSet<&str> = texts(&prometheus["rule_files"]).into_iter().collect();
        assert_eq!(read, rules(project), "{}", project.pair);
        let added = project.services(COMPOSE);
        let mounted = texts(&added["prometheus"]["volumes"]);
        for name in read {
            let mount = format!("./monitoring/{name}:/etc/prometheus/{name}:ro");
            assert!(mounted.contains(&mount.as_str()), "{mount}");
        }
        let known = alerts(project);
        let own = project.services("compose.yaml");
        assert_eq!(known.contains("DatabaseDown"), own.contains_key("db"));
        assert_eq!(known.contains("BrokerDown"), own.contains_key("broker"));
    }
}

/// `latest` is another image tomorrow.
#[test]
fn what_watches_has_versions_and_says_how_it_is() {
    for project in Project::all() {
        for (name, service) in project.services(COMPOSE) {
            let Some(image) = service.get("image").and_then(Value::as_str) else {
                continue;
            };
            let (_, version) = image.rsplit_once(':').expect("a version");
            let version = version.trim_start_matches('v');
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{image}");
            assert_eq!(version.split('.').count(), 3, "{image}");
            // Which has no program in its image that could ask.
            let is_mute = image.starts_with("natsio/");
            assert_ne!(service.get("healthcheck").is_some(), is_mute, "{name}");
            let ports = texts(&service["ports"]);
            let is_local = ports.iter().all(|port| port.starts_with("127.0.0.1:"));
            assert!(is_local, "{name}: {ports:?}");
        }
    }
}

#[test]
fn the_logs_are_there_for_whoever_asks_for_them() {
    for project in Project::all() {
        let added = project.services(COMPOSE);
        for (name, service) in &added {
            let is_of_logs = ["alloy", "loki"].contains(&name.as_str());
            let wanted: &[&str] = if is_of_logs { &["logs"] } else { &[] };
            assert_eq!(texts(&service["profiles"]), wanted, "{name}");
        }
        for role in ROLES {
            let format = added[role]["environment"]["LOG_FORMAT"].as_str();
            assert_eq!(format, Some("json"), "{role}");
        }
        let sources = yaml(project, "monitoring/grafana/datasource.yml");
        let sources = sources["datasources"]
            .as_sequence()
            .expect("a list")
            .clone();
        assert_eq!(sources.len(), 2);
        for source in sources {
            let url = source["url"].as_str().expect("a URL");
            let host = url.trim_start_matches("http://").split(':').next();
            assert!(added.contains_key(host.unwrap_or_default()), "{url}");
        }
    }
}

/// A field that no line has finds none, and a container that is not chosen has no lines.
#[test]
fn lines_of_every_container_are_found_by_fields_that_they_have() {
    for project in Project::all() {
        let alloy = project.read("monitoring/logs.alloy");
        let compose = project.compose("compose.yaml");
        assert_eq!(compose["name"].as_str(), Some(NAME));
        assert!(alloy.contains(&format!("com.docker.compose.project={NAME}\"")));
        let (_, rest) = alloy.split_once("regex ").expect("a choice");
        let gathered = rest.split('"').nth(1).expect("names").split('|');
        let gathered: BTreeSet<&str> = gathered.collect();
        for (name, container) in project.services("compose.yaml") {
            let is_tool = container["profiles"][0].as_str() == Some("tools");
            assert_ne!(gathered.contains(name.as_str()), is_tool, "{name}");
        }
        let (_, rest) = alloy.split_once("expressions = {").expect("fields");
        let fields = rest.split('}').next().expect("an end").split('"');
        let fields: Vec<&str> = fields.skip(1).step_by(2).collect();
        assert!(fields.len() >= 4, "{fields:?}");
        let documented = words(project.read("docs/logs.md"));
        for field in fields {
            assert!(documented.contains(&field), "{field}");
        }
    }
}
