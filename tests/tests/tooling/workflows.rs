use serde_yaml_ng::Value;

use super::{Project, check_schema};

const WORKFLOW: &str = ".github/workflows/ci.yml";

fn workflow(project: &Project) -> Value {
    serde_yaml_ng::from_str(project.read(WORKFLOW)).expect("YAML")
}

/// What the steps of a job run, one after the other.
fn commands(job: &Value) -> Vec<&str> {
    let steps = job["steps"].as_sequence().expect("steps").iter();
    steps.filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn workflows_are_what_the_forge_reads() {
    check_schema("vendor.github-workflows", WORKFLOW);
    check_schema("vendor.dependabot", ".github/dependabot.yml");
}

/// A tag can be moved to other code, a commit cannot.
#[test]
fn actions_are_pinned_and_may_do_little() {
    for project in Project::all() {
        let text = project.read(WORKFLOW);
        let pinned = |used: &str| {
            let (_, rest) = used.split_once('@').expect("a version");
            let (commit, version) = rest.split_once(" # v").expect("a version to read");
            commit.len() == 40
                && commit.chars().all(|c| c.is_ascii_hexdigit())
                && version.split('.').count() == 3
        };
        let used: Vec<&str> = text
            .split("uses: ")
            .skip(1)
            .filter_map(|it| it.lines().next())
            .collect();
        assert!(used.len() >= 3, "{used:?}");
        assert!(used.iter().all(|used| pinned(used)), "{used:?}");
        let workflow = workflow(project);
        assert!(
            workflow["permissions"]
                .as_mapping()
                .expect("none")
                .is_empty()
        );
        for (name, job) in workflow["jobs"].as_mapping().expect("jobs") {
            let permissions = job["permissions"].as_mapping().expect("permissions");
            assert!(permissions.iter().all(|(_, may)| may == "read"), "{name:?}");
            assert!(job["timeout-minutes"].is_number(), "{name:?}");
        }
    }
}

/// `just check` is what people run before they push.
#[test]
fn ci_runs_what_the_recipes_run() {
    for project in Project::all() {
        let workflow = workflow(project);
        let jobs = &workflow["jobs"];
        let checks = [commands(&jobs["test"]), commands(&jobs["audit"])].concat();
        for recipe in ["fmt-check", "lint", "openapi-check", "test", "audit"] {
            let shown = project.just(&["--show", recipe]);
            let command = shown.lines().last().expect("a command").trim();
            let command = command.trim_end_matches(" \"$@\"");
            assert!(checks.contains(&command), "{recipe}: {command}");
        }
    }
}

#[test]
fn ci_has_the_toolchain_of_the_manifest_and_the_servers_of_compose() {
    for project in Project::all() {
        let workflow = workflow(project);
        let manifest: toml::Table = toml::from_str(project.read("Cargo.toml")).expect("TOML");
        let wanted = manifest["package"]["rust-version"]
            .as_str()
            .expect("a version");
        assert_eq!(workflow["env"]["RUSTUP_TOOLCHAIN"], wanted);
        assert!(
            project
                .read("Dockerfile")
                .contains(&format!("\nFROM rust:{wanted}-"))
        );
        let compose: Value = serde_yaml_ng::from_str(project.read("compose.yaml")).expect("YAML");
        let service = workflow["jobs"]["test"]
            .get("services")
            .map(|it| &it["db"]["image"]);
        let composed = compose["services"].get("db").map(|it| &it["image"]);
        assert_eq!(service, composed, "{}", project.pair);
    }
}
