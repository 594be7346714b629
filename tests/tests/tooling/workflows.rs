use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_yaml_ng::Value;

use super::{Project, check_schema};

const WORKFLOW: &str = ".github/workflows/ci.yml";
const RELEASE: &str = ".github/workflows/release.yml";

fn workflow(project: &Project, path: &str) -> Value {
    serde_yaml_ng::from_str(project.read(path)).expect("YAML")
}

/// What the steps of a job run, one after the other.
pub(super) fn commands(job: &Value) -> Vec<&str> {
    let steps = job["steps"].as_sequence().expect("steps").iter();
    steps.filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn workflows_are_what_the_forge_reads() {
    check_schema("vendor.github-workflows", WORKFLOW);
    check_schema("vendor.github-workflows", RELEASE);
    check_schema("vendor.dependabot", ".github/dependabot.yml");
}

/// The actions that workflows use, but for what is their own.
pub(super) fn actions<'a>(texts: &[&'a str]) -> BTreeSet<&'a str> {
    let used = texts.iter().copied();
    used.flat_map(|text| text.split("uses: ").skip(1))
        .filter_map(|it| it.lines().next())
        .filter(|used| !used.starts_with("./"))
        .collect()
}

/// A tag can be moved to other code, a commit cannot.
pub(super) fn assert_pinned(used: &BTreeSet<&str>) {
    let pinned = |used: &str| {
        let (_, rest) = used.split_once('@').expect("a version");
        let (commit, version) = rest.split_once(" # v").expect("a version to read");
        commit.len() == 40
            && commit.chars().all(|c| c.is_ascii_hexdigit())
            && version.split('.').count() == 3
    };
    assert!(used.iter().all(|used| pinned(used)), "{used:?}");
    // One version of each, so that all are renewed.
    let names: BTreeSet<_> = used.iter().map(|used| used.split('@').next()).collect();
    assert_eq!(names.len(), used.len(), "{used:?}");
}

#[test]
fn actions_are_pinned() {
    for project in Project::all() {
        let texts = [WORKFLOW, RELEASE].map(|path| project.read(path));
        let used = actions(&texts);
        assert!(used.len() >= 6, "{used:?}");
        assert_pinned(&used);
    }
}

/// Every job says what it may and when it is over, and writes only what is listed for it.
pub(super) fn assert_modest(
    workflow: &Value,
    path: &str,
    may_write: fn(&str, &str) -> BTreeSet<&'static str>,
) {
    let permissions = workflow["permissions"].as_mapping().expect("none");
    assert!(permissions.is_empty(), "{path}");
    for (name, job) in workflow["jobs"].as_mapping().expect("jobs") {
        let name = name.as_str().expect("a name");
        let permissions = job["permissions"].as_mapping().expect("permissions");
        let writes = permissions.iter().filter(|(_, may)| *may != "read");
        let writes: BTreeSet<&str> = writes
            .map(|(what, _)| what.as_str().expect("a permission"))
            .collect();
        assert_eq!(writes, may_write(path, name), "{path}: {name}");
        let is_called = job.get("uses").is_some();
        assert_ne!(
            is_called,
            job["timeout-minutes"].is_number(),
            "{path}: {name}"
        );
    }
}

/// What a job of a release may write; every other may read.
fn may_write(path: &str, job: &str) -> BTreeSet<&'static str> {
    let writes: &[&str] = match (path, job) {
        (RELEASE, "image") => &["packages"],
        (RELEASE, "publish") => &["attestations", "contents", "id-token", "packages"],
        _ => &[],
    };
    writes.iter().copied().collect()
}

#[test]
fn jobs_may_do_little_and_not_for_long() {
    for project in Project::all() {
        for path in [WORKFLOW, RELEASE] {
            assert_modest(&workflow(project, path), path, may_write);
        }
    }
}

/// Where a job may write, nothing runs that the service is made of.
#[test]
fn what_writes_a_release_builds_nothing() {
    for project in Project::all() {
        let release = workflow(project, RELEASE);
        let jobs = &release["jobs"];
        let commands = commands(&jobs["publish"]).concat();
        assert!(!commands.contains("cargo") && !commands.contains("buildx build"));
        // Nothing has a name before all of CI has passed.
        assert_eq!(jobs["ci"]["uses"], format!("./{WORKFLOW}"));
        let needed = jobs["image"]["needs"].as_sequence().expect("a list");
        assert!(needed.iter().any(|it| it == "ci"), "{needed:?}");
        let called = workflow(project, WORKFLOW);
        assert!(called["on"].get("workflow_call").is_some());
    }
}

/// The workflow is the same for all, and the arguments are those of the image.
#[test]
fn a_release_builds_the_image_as_the_recipe_does() {
    let project = Project::all().next().expect("a project");
    let release = workflow(project, RELEASE);
    let built = commands(&release["jobs"]["image"]).concat();
    let recipe = project.just(&["--show", "image"]);
    for argument in ["VERSION", "REVISION"] {
        assert!(built.contains(&format!("--build-arg {argument}=")));
        assert!(recipe.contains(&format!("--build-arg {argument}=")));
    }
    let version = "cargo pkgid --locked | sed 's/.*[#@]//'";
    let checked = commands(&release["jobs"]["version"]).concat();
    assert!(recipe.contains(version) && checked.contains(version));
}

/// With the secrets for another registry, which may be missing: that of the forge takes the token of the run.
#[test]
fn a_release_says_who_pushes() {
    let project = Project::all().next().expect("a project");
    let release = workflow(project, RELEASE);
    for job in ["image", "publish"] {
        let steps = release["jobs"][job]["steps"].as_sequence();
        let mut steps = steps.expect("steps").iter();
        let is_login = |step: &&Value| {
            let run = step["run"].as_str();
            run.is_some_and(|it| it.starts_with("docker login "))
        };
        let login = steps.find(is_login).expect("a login");
        for (name, otherwise) in [
            ("REGISTRY_USER", "github.actor"),
            ("REGISTRY_PASSWORD", "github.token"),
        ] {
            let value = format!("${{{{ secrets.{name} || {otherwise} }}}}");
            assert_eq!(login["env"][name], value, "{job}");
            let told = format!("`{name}`");
            assert!(project.read("docs/versioning.md").contains(&told));
        }
    }
}

/// cargo-cyclonedx writes `.json` behind the name that it is given.
#[test]
fn list_of_crates_is_written_where_it_is_looked_for() {
    let project = Project::all().next().expect("a project");
    let release = workflow(project, RELEASE);
    let jobs = &release["jobs"];
    let written = commands(&jobs["sbom"]).concat();
    let (_, name) = written.split_once(" --override-filename ").expect("a name");
    let file = format!("{}.json", name.trim());
    let steps = jobs["sbom"]["steps"].as_sequence().expect("steps");
    let kept = steps.last().expect("a step");
    assert_eq!(kept["with"]["path"], file);
    let published = commands(&jobs["publish"]).concat();
    assert!(published.contains(&format!(" {file}")), "{file}");
}

/// What the steps of a workflow run is as shellcheck has it.
pub(super) fn assert_scripts(workflow: &Value, path: &str) {
    for (name, job) in workflow["jobs"].as_mapping().expect("jobs") {
        if job.get("steps").is_none() {
            continue;
        }
        for script in commands(job) {
            // An expression of the forge would be text that somebody else may have written.
            assert!(!script.contains("${{"), "{path}: {name:?}: {script}");
            let directory = tempfile::tempdir().expect("a temporary directory");
            let file = directory.path().join("step.sh");
            // As the forge runs them.
            fs::write(&file, format!("set -e\n{script}")).expect("the file is written");
            let output = Command::new("shellcheck")
                .args(["--shell=bash", "--severity=warning"])
                .arg(&file)
                .output()
                .expect("`shellcheck` is installed: run `scripts/test`");
            assert!(output.status.success(), "{path}: {name:?}: {output:?}");
        }
    }
}

#[test]
fn scripts_of_workflows_are_as_shellcheck_has_them() {
    let project = Project::all().next().expect("a project");
    for path in [WORKFLOW, RELEASE] {
        assert_scripts(&workflow(project, path), path);
    }
}

/// What CI and `just check` have in common.
const CHECKS: [&str; 6] = ["fmt-check", "lint", "doc", "openapi-check", "test", "audit"];

/// `just check` is what people run before they push.
#[test]
fn ci_runs_what_the_recipes_run() {
    for project in Project::all() {
        let workflow = workflow(project, WORKFLOW);
        let jobs = &workflow["jobs"];
        let checks = [commands(&jobs["test"]), commands(&jobs["audit"])].concat();
        for recipe in CHECKS {
            let command = project.command(recipe);
            assert!(checks.contains(&command.as_str()), "{recipe}: {command}");
        }
        let check = project.just(&["--show", "check"]);
        assert!(check.contains("\ncheck: ") && CHECKS.iter().all(|it| check.contains(it)));
        let coverage = commands(&jobs["coverage"]);
        let shown = project.just(&["--show", "coverage"]);
        assert!(coverage.iter().any(|it| shown.contains(it)), "{coverage:?}");
    }
}

#[test]
fn ci_has_the_toolchain_of_the_manifest_and_the_servers_of_compose() {
    for project in Project::all() {
        let release = workflow(project, RELEASE);
        let workflow = workflow(project, WORKFLOW);
        let manifest: toml::Table = toml::from_str(project.read("Cargo.toml")).expect("TOML");
        let wanted = manifest["package"]["rust-version"]
            .as_str()
            .expect("a version");
        assert_eq!(workflow["env"]["RUSTUP_TOOLCHAIN"], wanted);
        assert_eq!(release["env"]["RUSTUP_TOOLCHAIN"], wanted);
        assert!(
            project
                .read("README.md")
                .contains(&format!("Rust {wanted} or later"))
        );
        // See decision 26.
        assert!(!project.has("rust-toolchain.toml"));
        assert!(
            project
                .read("Dockerfile")
                .contains(&format!("\nFROM rust:{wanted}-"))
        );
        let compose = project.compose("compose.yaml");
        let service = workflow["jobs"]["test"]
            .get("services")
            .map(|it| &it["db"]["image"]);
        let composed = compose["services"].get("db").map(|it| &it["image"]);
        assert_eq!(service, composed, "{}", project.pair);
    }
}
