//! What `kubectl kustomize` makes of a directory: as much of it as the kit `k8s` uses. All else is an error, for here it would be
//! left out in silence. The hash behind the names of what is generated is left out, too.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Project;

/// The file that such a directory has.
const FILE: &str = "kustomization.yaml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Kustomization {
    api_version: String,
    kind: String,
    namespace: Option<String>,
    resources: Vec<String>,
    #[serde(default)]
    images: Vec<Image>,
    #[serde(default)]
    replicas: Vec<Replicas>,
    #[serde(default)]
    patches: Vec<Patch>,
    #[serde(default)]
    generator_options: GeneratorOptions,
    #[serde(default)]
    config_map_generator: Vec<Generator>,
    #[serde(default)]
    secret_generator: Vec<Generator>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Image {
    name: String,
    new_name: Option<String>,
    new_tag: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replicas {
    name: String,
    count: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    target: Target,
    patch: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    kind: String,
    name: String,
}

/// A step of a patch (RFC 6902).
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Operation {
    Remove { path: String },
    Replace { path: String, value: Value },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GeneratorOptions {
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generator {
    name: String,
    behavior: Option<String>,
    literals: Vec<String>,
}

/// What a cluster would get of a directory.
pub(super) fn build(project: &Project, directory: &str) -> Vec<Value> {
    let file = read(project, directory);
    let mut built = Vec::new();
    for resource in &file.resources {
        let path = join(directory, resource);
        if resource.ends_with(".yaml") {
            built.extend(documents(project.read(&path)));
        } else {
            built.extend(build(project, &path));
        }
    }
    let labels = &file.generator_options.labels;
    for generator in &file.config_map_generator {
        generator.add("ConfigMap", "data", labels, &mut built);
    }
    for generator in &file.secret_generator {
        generator.add("Secret", "stringData", labels, &mut built);
    }
    for patch in &file.patches {
        let target = find(&mut built, &patch.target.kind, &patch.target.name);
        let steps: Vec<Operation> = serde_yaml_ng::from_str(&patch.patch).expect("a list of steps");
        steps.into_iter().for_each(|step| step.apply(target));
    }
    for replicas in &file.replicas {
        find(&mut built, "Deployment", &replicas.name)["spec"]["replicas"] = json!(replicas.count);
    }
    for resource in &mut built {
        file.images.iter().for_each(|image| image.set(resource));
        if let Some(namespace) = &file.namespace {
            resource["metadata"]["namespace"] = json!(namespace);
        }
    }
    built
}

/// The names that a directory gives to what it is made of: files, and directories elsewhere.
pub(super) fn resources(project: &Project, directory: &str) -> Vec<String> {
    read(project, directory).resources
}

fn read(project: &Project, directory: &str) -> Kustomization {
    let path = format!("{directory}/{FILE}");
    let file = serde_yaml_ng::from_str(project.read(&path));
    let file: Kustomization =
        file.unwrap_or_else(|error| panic!("{}: {path}: {error}", project.pair));
    assert_eq!(file.api_version, "kustomize.config.k8s.io/v1beta1");
    assert_eq!(file.kind, "Kustomization");
    file
}

/// The documents of a file.
fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml_ng::Deserializer::from_str(text);
    documents
        .map(|document| Value::deserialize(document).expect("YAML"))
        .collect()
}

fn join(directory: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = directory.split('/').collect();
    for part in relative.split('/') {
        if part == ".." {
            parts.pop().expect("inside of the project");
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn find<'a>(built: &'a mut [Value], kind: &str, name: &str) -> &'a mut Value {
    let is_meant = |it: &&mut Value| it["kind"] == kind && it["metadata"]["name"] == name;
    let mut found = built.iter_mut().filter(is_meant);
    let found = found.next();
    found.unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

impl Generator {
    fn add(
        &self,
        kind: &str,
        field: &str,
        labels: &BTreeMap<String, String>,
        built: &mut Vec<Value>,
    ) {
        match self.behavior.as_deref() {
            None => built.push(json!({
                "apiVersion": "v1",
                "kind": kind,
                "metadata": { "name": self.name, "labels": labels },
                field: {},
            })),
            Some("merge") => {}
            Some(behavior) => panic!("{}: {behavior}", self.name),
        }
        let generated = find(built, kind, &self.name);
        for literal in &self.literals {
            let (key, value) = literal.split_once('=').expect("NAME=value");
            generated[field][key] = json!(value);
        }
    }
}

impl Operation {
    fn apply(self, target: &mut Value) {
        match self {
            Self::Remove { path } => {
                let (parent, key) = path.rsplit_once('/').expect("a path");
                let parent = target.pointer_mut(parent).and_then(Value::as_object_mut);
                let removed = parent.and_then(|it| it.remove(key));
                assert!(removed.is_some(), "{path} is not there");
            }
            Self::Replace { path, value } => {
                let place = target.pointer_mut(&path);
                *place.unwrap_or_else(|| panic!("{path} is not there")) = value;
            }
        }
    }
}

impl Image {
    fn set(&self, resource: &mut Value) {
        let name = self.new_name.as_ref().unwrap_or(&self.name);
        for list in ["initContainers", "containers"] {
            let containers = resource.pointer_mut(&format!("/spec/template/spec/{list}"));
            let containers = containers.and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                if container["image"] == self.name {
                    container["image"] = json!(format!("{name}:{}", self.new_tag));
                }
            }
        }
    }
}
