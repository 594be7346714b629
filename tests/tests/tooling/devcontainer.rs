//! The kit `devcontainer`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{NAME, Project, check_schema};

const CONTAINER: &str = ".devcontainer/devcontainer.json";
const COMPOSE: &str = ".devcontainer/compose.dev.yaml";

/// What is started anew after a change.
const ROLES: [&str; 4] = ["all", "api", "scheduler", "worker"];

fn json(project: &Project, path: &str) -> Value {
    let value = serde_json::from_str(project.read(path));
    value.unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn compose_file_for_development_is_what_compose_reads() {
    check_schema("vendor.compose-spec", COMPOSE);
}

#[test]
fn the_container_is_the_stage_of_the_image_and_has_the_servers_of_compose() {
    for project in Project::all() {
        let container = json(project, CONTAINER);
        assert_eq!(container["name"], NAME);
        let files = container["dockerComposeFile"].as_array().expect("a list");
        assert_eq!(files[0], "../compose.yaml");
        assert_eq!(files[1], "compose.dev.yaml");
        assert_eq!(container["runServices"][0], container["service"]);

        let own = project.compose("compose.yaml");
        let added = project.compose(COMPOSE);
        let service = &added["services"]["dev"];
        let stage = service["build"]["target"].as_str().expect("a stage");
        let image = project.read("Dockerfile");
        assert!(image.contains(&format!(" AS {stage}\nWORKDIR /src\n")));
        assert_eq!(container["workspaceFolder"], "/src");
        assert_eq!(service["volumes"][0], ".:/src");
        for name in ["db", "broker"] {
            let there = own["services"].get(name).is_some();
            let needed = service.get("depends_on").and_then(|it| it.get(name));
            assert_eq!(needed.is_some(), there, "{}: {name}", project.pair);
        }
        let environment = &own["services"]["api"]["environment"];
        for setting in ["DATABASE_URL", "BROKER_URL"] {
            // SQLite's file is one of the project.
            if let Some(value) = service["environment"].get(setting) {
                assert_eq!(Some(value), environment.get(setting), "{setting}");
            }
        }
        let has_broker = own["services"].get("broker").is_some();
        let told = service["environment"].get("BROKER_URL");
        assert_eq!(told.is_some(), has_broker, "{}", project.pair);
    }
}

/// The image of the compiler has none of these.
#[test]
fn the_container_gets_the_programs_that_recipes_run() {
    for project in Project::all() {
        let container = json(project, CONTAINER);
        let command = container["postCreateCommand"].as_str().expect("a command");
        let (_, rest) = command
            .split_once(" --no-install-recommends ")
            .expect("packages");
        let packages = rest.split(" && ").next().unwrap_or_default();
        let packages: BTreeSet<&str> = packages.split(' ').collect();
        for program in ["curl", "git", "just"] {
            assert!(packages.contains(program), "{program}: {packages:?}");
        }
    }
}

#[test]
fn the_editor_knows_recipes_roles_and_extensions_that_exist() {
    for project in Project::all() {
        let tasks = json(project, ".vscode/tasks.json");
        for task in tasks["tasks"].as_array().expect("a list") {
            assert_eq!(task["command"], "just");
            let recipe = task["args"][0].as_str().expect("a recipe");
            project.just(&["--show", recipe]);
        }
        let launch = json(project, ".vscode/launch.json");
        let configurations = launch["configurations"].as_array().expect("a list");
        let names = configurations
            .iter()
            .map(|it| it["name"].as_str().expect("a name"));
        let names: BTreeSet<&str> = names.collect();
        assert!(ROLES.iter().all(|role| names.contains(role)), "{names:?}");
        for it in configurations.iter().filter(|it| it["name"] != "tests") {
            assert_eq!(it["args"][0], it["name"]);
        }
        for name in launch["compounds"][0]["configurations"]
            .as_array()
            .expect("a list")
        {
            assert!(names.contains(name.as_str().expect("a name")), "{name}");
        }
        json(project, ".vscode/settings.json");
        let extensions = &json(project, ".vscode/extensions.json")["recommendations"];
        let container = json(project, CONTAINER);
        let installed = &container["customizations"]["vscode"]["extensions"];
        assert_eq!(extensions, installed);
    }
}

/// It starts none of them.
#[test]
fn procfile_says_which_servers_have_to_run() {
    for project in Project::all() {
        let lines = project.read("Procfile").lines();
        let comment: Vec<&str> = lines.filter(|line| line.starts_with('#')).collect();
        let comment = comment.join("\n");
        let own = project.compose("compose.yaml");
        let mut has_servers = false;
        for (name, setting) in [("db", "DATABASE_URL"), ("broker", "BROKER_URL")] {
            let there = own["services"].get(name).is_some();
            has_servers |= there;
            assert_eq!(comment.contains(&format!("`{name}`")), there, "{comment}");
            assert_eq!(comment.contains(setting), there, "{comment}");
        }
        assert_eq!(comment.contains("`just servers`"), has_servers, "{comment}");
    }
}

#[test]
fn procfile_and_bacon_run_what_the_recipes_run() {
    for project in Project::all() {
        let lines = project.read("Procfile").lines();
        let lines = lines.filter(|line| !line.starts_with('#'));
        let processes: BTreeMap<&str, &str> = lines
            .map(|line| line.split_once(": ").expect("a process"))
            .collect();
        let names: Vec<&str> = processes.keys().copied().collect();
        assert_eq!(names, ["api", "scheduler", "worker"]);
        for (name, process) in processes {
            let process = process.strip_prefix("env -u PORT ").expect("a command");
            assert_eq!(process, project.command(name));
        }

        let bacon: toml::Table = toml::from_str(project.read("bacon.toml")).expect("TOML");
        let jobs = bacon["jobs"].as_table().expect("jobs");
        assert!(jobs.contains_key(bacon["default_job"].as_str().expect("a job")));
        assert!(ROLES.iter().all(|role| jobs.contains_key(*role)));
        for (name, job) in jobs {
            let words = job["command"].as_array().expect("words").iter();
            let words: Vec<&str> = words.map(|it| it.as_str().expect("a word")).collect();
            assert_eq!(words.join(" "), project.command(name));
            let starts_anew = job.get("on_change_strategy").is_some();
            assert_eq!(starts_anew, ROLES.contains(&name.as_str()), "{name}");
        }
        for path in bacon["watch"].as_array().expect("paths") {
            let path = path.as_str().expect("a path");
            assert!(project.has(path), "{path}");
        }
        assert!(
            project
                .read(".env.example")
                .contains("\nSHUTDOWN_TIMEOUT_SECS=")
        );
    }
}
