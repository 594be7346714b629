//! Rung 4, second half: the rendered files that other programs read, as those programs see them. Nothing is built. And what
//! programs read of this repository itself: its workflows and its site.

#[path = "tooling/containers.rs"]
mod containers;
#[path = "tooling/devcontainer.rs"]
mod devcontainer;
#[path = "tooling/documents.rs"]
mod documents;
#[path = "tooling/hooks.rs"]
mod hooks;
#[path = "tooling/k8s.rs"]
mod k8s;
#[path = "tooling/k8s_network.rs"]
mod k8s_network;
#[path = "tooling/k8s_pods.rs"]
mod k8s_pods;
#[path = "tooling/kits.rs"]
mod kits;
#[path = "tooling/kustomize.rs"]
mod kustomize;
#[path = "tooling/monitoring.rs"]
mod monitoring;
#[path = "tooling/monitoring_alerts.rs"]
mod monitoring_alerts;
#[path = "tooling/production.rs"]
mod production;
#[path = "tooling/recipes.rs"]
mod recipes;
#[path = "tooling/release.rs"]
mod release;
#[path = "tooling/repository.rs"]
mod repository;
#[path = "tooling/scheduled.rs"]
mod scheduled;
#[path = "tooling/site.rs"]
mod site;
#[path = "tooling/workflows.rs"]
mod workflows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use scaffold_cli::render::{Kit, Pair};
use serde_yaml_ng::Value;
use tempfile::TempDir;
use template_tests::{Tree, render, root};

/// The name of every project here.
const NAME: &str = "my-service";

/// What a service consists of when it runs as several processes.
const ROLES: [&str; 3] = ["api", "worker", "scheduler"];

static PROJECTS: LazyLock<Vec<Project>> = LazyLock::new(|| {
    let kits = Kit::embedded().expect("the kits are described");
    let project = |pair| {
        let mut files = render(NAME, pair);
        for kit in &kits {
            let rendered = kit.render(NAME, &NAME.replace('-', "_"), pair);
            let added = rendered.expect("the kit can be rendered").files.into_iter();
            files.extend(added.map(|(path, text)| (path, text.into_bytes())));
        }
        Project { pair, files }
    };
    Pair::all().map(project).collect()
});

/// A rendered project with all kits.
struct Project {
    pair: Pair,
    files: Tree,
}

impl Project {
    /// One of each pair.
    fn all() -> impl Iterator<Item = &'static Self> {
        PROJECTS.iter()
    }

    /// The text of a file.
    fn read(&self, path: &str) -> &str {
        let content = self.files.get(path);
        let content = content.unwrap_or_else(|| panic!("{}: no {path}", self.pair));
        std::str::from_utf8(content).expect("text")
    }

    /// Whether there is such a file or directory.
    fn has(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let mut paths = self.files.keys();
        paths.any(|it| it == path || it.starts_with(&inside))
    }

    /// Writes a file below a directory.
    fn write(&self, path: &str, directory: &Path) {
        let place = directory.join(path);
        let parent = place.parent().expect("a directory");
        fs::create_dir_all(parent).expect("a temporary directory");
        fs::write(place, self.read(path)).expect("a temporary directory");
    }

    /// Runs a program beside a file, which must succeed, and returns what it printed.
    fn run(&self, file: &str, program: &str, args: &[&str]) -> String {
        let directory = tempfile::tempdir().expect("a temporary directory");
        self.write(file, directory.path());
        let output = Command::new(program)
            .args(args)
            .current_dir(&directory)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}: run `scripts/test`"));
        let what = format!("{}: {program} {args:?}", self.pair);
        assert!(output.status.success(), "{what}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// A compose file, with what it merges.
    fn compose(&self, path: &str) -> Value {
        let mut file: Value = serde_yaml_ng::from_str(self.read(path)).expect("YAML");
        file.apply_merge().expect("merge keys name mappings");
        file
    }

    /// The services of a compose file, by name.
    fn services(&self, path: &str) -> BTreeMap<String, Value> {
        let services = self.compose(path)["services"].clone();
        serde_yaml_ng::from_value(services).expect("services")
    }

    /// What `compose.yaml` has for people to look into the servers, by name.
    fn tools(&self) -> BTreeMap<String, Value> {
        let mut services = self.services("compose.yaml");
        services.retain(|_, service| service.get("profiles").is_some());
        services
    }

    /// The names and values of lines such as `NAME=value` and `#NAME=value` in a file.
    fn variables(&self, path: &str) -> BTreeMap<&str, &str> {
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let lines = self
            .read(path)
            .lines()
            .filter_map(|line| line.split_once('='));
        lines
            .map(|(name, value)| (name.trim_start_matches('#'), value))
            .filter(|(name, _)| is_name(name))
            .collect()
    }

    /// The settings of the service with their defaults.
    fn settings(&self) -> BTreeMap<&str, &str> {
        self.variables(".env.example")
    }

    /// What a recipe runs, without what is added on the command line.
    fn command(&self, recipe: &str) -> String {
        let shown = self.just(&["--show", recipe]);
        let command = shown.lines().last().expect("a command").trim();
        command.trim_end_matches(" \"$@\"").to_owned()
    }

    /// Runs `just`.
    fn just(&self, args: &[&str]) -> String {
        self.run("justfile", "just", args)
    }
}

/// Holds a file of every project to one of the schemas that check-jsonschema brings along.
fn check_schema(schema: &str, path: &str) {
    let directories: Vec<TempDir> = Project::all()
        .map(|project| {
            let directory = tempfile::tempdir().expect("a temporary directory");
            project.write(path, directory.path());
            directory
        })
        .collect();
    check_files(schema, directories.iter().map(|it| it.path().join(path)));
}

/// The same for files that are there.
fn check_files(schema: &str, files: impl IntoIterator<Item = PathBuf>) {
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/check-jsonschema"))
        .args(["-m", "check_jsonschema", "--builtin-schema", schema])
        .args(files)
        .output()
        .expect("python3 can be started");
    assert!(output.status.success(), "{schema}: {output:?}");
}
