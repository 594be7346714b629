//! The kit `k8s`: what a cluster would get of it, for every pair and every stage.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use template_tests::root;

use super::{NAME, Project, kits, kustomize};

/// The oldest Kubernetes that the kit speaks of, and the newest whose schemas are here.
const VERSIONS: [&str; 2] = ["1.25", "1.37"];

/// The base, and what may be deployed.
const DIRECTORIES: [&str; 4] = [
    "k8s/base",
    "k8s/overlays/dev",
    "k8s/overlays/prod",
    "k8s/overlays/prod-keda",
];

static STAGES: LazyLock<Vec<Stage>> = LazyLock::new(|| {
    let stages = Project::all().flat_map(|project| {
        let directories = DIRECTORIES.into_iter();
        let directories = directories.filter(move |directory| project.has(directory));
        directories.map(move |directory| Stage {
            project,
            directory,
            resources: kustomize::build(project, directory),
        })
    });
    stages.collect()
});

/// What a cluster would get of a directory.
pub(super) struct Stage {
    pub(super) project: &'static Project,
    pub(super) directory: &'static str,
    pub(super) resources: Vec<Value>,
}

impl Stage {
    /// Every one of each pair.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        STAGES.iter()
    }

    pub(super) fn name(&self) -> String {
        format!("{}: {}", self.project.pair, self.directory)
    }

    pub(super) fn is(&self, overlay: &str) -> bool {
        self.directory.rsplit('/').next() == Some(overlay)
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.project.pair.slug().starts_with("sqlite-")
    }

    /// The resources of a kind.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.resources.iter().filter(move |it| it["kind"] == kind)
    }

    pub(super) fn find(&self, kind: &str, name: &Value) -> &Value {
        let found = self.of(kind).find(|it| it["metadata"]["name"] == *name);
        found.unwrap_or_else(|| panic!("{}: no {kind} {name}", self.name()))
    }

    /// The templates of the service's own pods.
    pub(super) fn pods(&self) -> impl Iterator<Item = &Value> {
        let templates = self.resources.iter();
        let templates = templates.filter_map(|it| it.pointer("/spec/template"));
        templates.filter(|pod| pod["metadata"]["labels"]["app.kubernetes.io/name"] == NAME)
    }
}

/// The containers of a pod, with those that run before it.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let first = list(&pod["spec"]["initContainers"]).iter();
    first.chain(list(&pod["spec"]["containers"]))
}

/// A list, which is empty if it is not there.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

pub(super) fn words(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

pub(super) fn keys(value: &Value) -> BTreeSet<&str> {
    let fields = value
        .as_object()
        .unwrap_or_else(|| panic!("no object: {value}"));
    fields.keys().map(String::as_str).collect()
}

/// Whether a selector chooses what has these labels.
pub(super) fn chooses(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().expect("labels");
    let has = |(key, value): (&String, &Value)| labels.get(key) == Some(value);
    !wanted.is_empty() && wanted.iter().all(has)
}

#[test]
fn manifests_are_what_kubernetes_reads() {
    let resources = Stage::all().flat_map(|stage| &stage.resources);
    // KEDA's kind has no schema here: see below.
    let known = resources.filter(|it| it["kind"] != "ScaledObject");
    let documents: BTreeSet<String> = known.map(Value::to_string).collect();
    let documents: Vec<String> = documents.into_iter().collect();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("all.yaml");
    fs::write(&file, documents.join("\n---\n")).expect("a temporary directory");
    let output = Command::new("python3")
        .env(
            "PYTHONPATH",
            root().join("target/tools/kubernetes-validate"),
        )
        .args(["-m", "kubernetes_validate", "--strict", "--quiet"])
        .args(VERSIONS.into_iter().flat_map(|version| ["-k", version]))
        .arg(&file)
        .output()
        .expect("python3 can be started");
    // It only warns of a kind that it does not know.
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{output:?}: run `scripts/test`"
    );
    let oldest = format!("Kubernetes, {} or later", VERSIONS[0]);
    for project in Project::all() {
        assert!(
            project
                .read("k8s/base/kustomization.yaml")
                .contains(&oldest)
        );
    }
}

/// By hand, after KEDA's reference: who scales what, between which numbers, and a trigger whose values are all texts.
#[test]
fn workers_are_scaled_by_a_metric_that_the_service_has() {
    let exported = kits::exported();
    let mut scaled = 0;
    for stage in Stage::all() {
        let found: Vec<&Value> = stage.of("ScaledObject").collect();
        assert_eq!(
            found.len(),
            usize::from(stage.is("prod-keda")),
            "{}",
            stage.name()
        );
        for object in found {
            scaled += 1;
            assert_eq!(object["apiVersion"], "keda.sh/v1alpha1");
            let spec = &object["spec"];
            let wanted = [
                "advanced",
                "fallback",
                "maxReplicaCount",
                "minReplicaCount",
                "pollingInterval",
                "scaleTargetRef",
                "triggers",
            ];
            assert_eq!(keys(spec), BTreeSet::from(wanted));
            assert_eq!(keys(&spec["scaleTargetRef"]), BTreeSet::from(["name"]));
            assert_eq!(
                keys(&spec["fallback"]),
                BTreeSet::from(["failureThreshold", "replicas"])
            );
            let (least, most) = (&spec["minReplicaCount"], &spec["maxReplicaCount"]);
            assert!(least.as_u64() >= Some(1) && least.as_u64() < most.as_u64());
            let worker = stage.find("Deployment", &spec["scaleTargetRef"]["name"]);
            assert_eq!(
                words(&worker["spec"]["template"]["spec"]["containers"][0]["args"]),
                ["worker"]
            );
            let namespace = &object["metadata"]["namespace"];
            assert_eq!(&worker["metadata"]["namespace"], namespace);

            let [trigger] = list(&spec["triggers"]) else {
                panic!("one trigger")
            };
            assert_eq!(trigger["type"], "prometheus");
            assert_eq!(trigger["metricType"], "AverageValue");
            let trigger = &trigger["metadata"];
            assert_eq!(
                keys(trigger),
                BTreeSet::from(["ignoreNullValues", "query", "serverAddress", "threshold"])
            );
            assert!(text(&trigger["threshold"]).parse::<u32>().is_ok());
            assert!(text(&trigger["serverAddress"]).starts_with("http://"));
            assert_eq!(trigger["ignoreNullValues"], "false");
            let query = text(&trigger["query"]);
            let read = kits::metrics(query);
            assert_eq!(read, BTreeSet::from(["task_queue_depth".to_owned()]));
            assert!(exported.contains("\"task_queue_depth\""));
            assert!(query.contains(&format!("namespace={namespace}")), "{query}");
        }
    }
    assert_eq!(scaled, 8, "all pairs but those of SQLite");
}

/// A file that no list names would never be applied.
#[test]
fn every_file_is_named_where_it_stands() {
    for project in Project::all() {
        let mut named = BTreeSet::new();
        for directory in DIRECTORIES.into_iter().filter(|it| project.has(it)) {
            named.insert(format!("{directory}/kustomization.yaml"));
            let resources = kustomize::resources(project, directory);
            let files = resources.iter().filter(|it| it.ends_with(".yaml"));
            named.extend(files.map(|file| format!("{directory}/{file}")));
        }
        let there = project.files.keys().filter(|it| it.starts_with("k8s/"));
        assert_eq!(there.cloned().collect::<BTreeSet<_>>(), named);
    }
}

/// What people are told to type is there.
#[test]
fn comments_name_directories_that_exist() {
    for project in Project::all() {
        let files = project.files.keys().filter(|it| it.starts_with("k8s/"));
        let mut named = BTreeSet::new();
        for file in files {
            let parts = project.read(file).split([' ', '\n', '`']);
            named.extend(parts.filter(|part| part.starts_with("k8s/")));
        }
        assert!(named.contains("k8s/overlays/prod"), "{named:?}");
        for path in named {
            assert!(project.has(path), "{}: {path}", project.pair);
        }
    }
}
