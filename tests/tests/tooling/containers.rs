use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use super::{NAME, Project, ROLES, check_schema};

fn words(list: &Value) -> Vec<&str> {
    let list = list.as_sequence().unwrap_or_else(|| panic!("{list:?}"));
    list.iter()
        .map(|word| word.as_str().expect("text"))
        .collect()
}

#[test]
fn dockerfile_is_as_hadolint_has_it() {
    let mut checked = BTreeSet::new();
    for project in Project::all() {
        if checked.insert(project.read("Dockerfile")) {
            project.run("Dockerfile", "hadolint", &["Dockerfile"]);
        }
    }
}

/// Whoever gets hold of the process gets hold of no shell user and of no file that counts.
#[test]
fn image_runs_as_nobody_in_particular_and_any_role() {
    for project in Project::all() {
        let file = project.read("Dockerfile");
        let (_, image) = file.rsplit_once("\nFROM ").expect("stages");
        assert!(image.contains("\nUSER 10001:10001\n"), "{image}");
        assert!(image.contains(&format!("\nENTRYPOINT [\"{NAME}\"]\n")));
        assert!(image.contains(&format!(" CMD [\"{NAME}\", \"health\"]\n")));
        assert!(image.contains("org.opencontainers.image.version"));
        assert!(!image.contains("\nRUN "), "nothing runs in the image");
    }
}

#[test]
fn image_is_built_of_what_the_build_reads_alone() {
    for project in Project::all() {
        let ignored = project.read(".dockerignore");
        let kept: BTreeSet<&str> = ignored
            .lines()
            .filter_map(|line| line.strip_prefix('!'))
            .collect();
        assert!(ignored.lines().any(|line| line == "*"));
        let needed = [
            ".cargo",
            "Cargo.lock",
            "Cargo.toml",
            "build.rs",
            "docs",
            "migrations",
            "src",
            "tests/integration/main.rs",
        ];
        assert_eq!(kept, BTreeSet::from(needed));
        // Cargo reads its settings where there are any.
        let settings = project.pair.slug().starts_with("sqlite-");
        for path in kept {
            assert_eq!(project.has(path), settings || path != ".cargo", "{path}");
        }
    }
}

#[test]
fn compose_files_are_what_compose_reads() {
    check_schema("vendor.compose-spec", "compose.yaml");
}

#[test]
fn containers_wait_for_what_they_need() {
    for project in Project::all() {
        let file = project.compose("compose.yaml");
        let services = file["services"].as_mapping().expect("services");
        let has = |name: &str| services.contains_key(name);
        let slug = project.pair.slug();
        assert_eq!(has("db"), !slug.starts_with("sqlite-"), "{slug}");
        assert_eq!(has("broker"), !slug.ends_with("-database"), "{slug}");
        for role in ROLES {
            let service = &services[role];
            assert_eq!(words(&service["command"]), [role]);
            assert_eq!(
                words(&service["healthcheck"]["test"]),
                ["CMD", NAME, "health", role]
            );
            let migrated = &service["depends_on"]["migrate"]["condition"];
            assert_eq!(migrated, "service_completed_successfully");
            let broker = &service["depends_on"]["broker"]["condition"];
            assert_eq!(broker == "service_healthy", has("broker"), "{slug}: {role}");
            assert_eq!(service["read_only"], true);
            assert_eq!(words(&service["cap_drop"]), ["ALL"]);
        }
        // Several that build the same image at once get in each other's way.
        let builds = |(name, service): (&Value, &Value)| {
            service
                .get("build")
                .map(|_| name.as_str().expect("a name").to_owned())
        };
        let built: Vec<String> = services.iter().filter_map(builds).collect();
        assert_eq!(built, ["migrate"], "{slug}");
        let database = &services["migrate"]["depends_on"]["db"]["condition"];
        assert_eq!(database == "service_healthy", has("db"), "{slug}");
        for name in ["db", "broker"].into_iter().filter(|name| has(name)) {
            assert!(
                services[name]["healthcheck"]["test"].is_sequence(),
                "{slug}: {name}"
            );
        }
    }
}

/// What compose builds does not know its version: under the name of the recipe it would take the place of what does.
#[test]
fn compose_leaves_the_image_of_the_recipe_alone() {
    for project in Project::all() {
        let recipe = project.just(&["--show", "image"]);
        assert!(recipe.contains(&format!("docker build --tag {NAME} ")));
        let file = project.compose("compose.yaml");
        let services = &file["services"];
        for name in ROLES.into_iter().chain(["migrate"]) {
            assert_eq!(services[name]["image"], format!("{NAME}:dev"));
        }
    }
}

/// A misspelt setting would not be noticed, and a port on every interface would be, by others.
#[test]
fn containers_have_settings_that_exist_and_ports_of_this_machine() {
    for project in Project::all() {
        let file = project.compose("compose.yaml");
        let settings = project.settings();
        for (name, service) in file["services"].as_mapping().expect("services") {
            let name = name.as_str().expect("a name");
            if ROLES.contains(&name) || name == "migrate" {
                for key in service["environment"]
                    .as_mapping()
                    .expect("settings")
                    .keys()
                {
                    let key = key.as_str().expect("a name");
                    assert!(settings.contains_key(key), "{key}");
                }
            }
            if let Some(ports) = service.get("ports") {
                assert!(
                    words(ports)
                        .iter()
                        .all(|port| port.starts_with("127.0.0.1:"))
                );
            }
            for volume in service.get("volumes").map(words).unwrap_or_default() {
                let (volume, _) = volume.split_once(':').expect("a place");
                let volumes = file["volumes"].as_mapping().expect("volumes");
                assert!(volumes.contains_key(volume), "{name}: {volume}");
            }
        }
    }
}

/// So `just servers` starts what a service with its defaults finds.
#[test]
fn servers_are_where_the_defaults_expect_them() {
    for project in Project::all() {
        let file = project.compose("compose.yaml");
        let example = project.read(".env.example");
        for (name, setting) in [("db", "DATABASE_URL"), ("broker", "BROKER_URL")] {
            let Some(ports) = file["services"].get(name).map(|it| &it["ports"]) else {
                continue;
            };
            let default = value(example, setting);
            let (inside, _) = words(ports)[0].rsplit_once(':').expect("two ports");
            assert!(default.contains(inside), "{default}: {inside}");
            let environment = &file["services"]["api"]["environment"];
            let in_containers = environment[setting].as_str().expect("a URL");
            assert_eq!(
                in_containers.replace(&format!("{name}:"), "127.0.0.1:"),
                default
            );
        }
    }
}

/// Recipes open a file beside the code, which is another database.
#[test]
fn the_database_in_a_volume_is_reached_as_the_guide_says() {
    for project in Project::all() {
        let file = project.compose("compose.yaml");
        let service = &file["services"]["api"];
        let page = project.read("docs/runbooks.md");
        let command = page.split_once("\ndocker run --rm --interactive ");
        let Some(volumes) = service.get("volumes") else {
            assert!(command.is_none(), "{}", project.pair);
            continue;
        };
        let (_, command) = command.expect("a command");
        let (command, _) = command.split_once("\n```").expect("an end");
        let name = file["name"].as_str().expect("a name");
        let volume = words(volumes)[0];
        assert!(command.contains(&format!("--volume {name}_{volume} ")));
        let url = service["environment"]["DATABASE_URL"].as_str();
        let url = url.expect("a URL");
        assert!(command.contains(&format!("--env DATABASE_URL={url} ")));
        let script = command.split("bash ").nth(1).expect("a script");
        let script = script.split(' ').next().unwrap_or_default();
        assert!(project.has(script), "{script}");
    }
}

/// They are for people, so they do not start with the rest; and who starts them finds their addresses.
#[test]
fn tools_start_when_they_are_asked_for() {
    for project in Project::all() {
        let tools = project.tools();
        if tools.is_empty() {
            continue;
        }
        let started = project.command("tools");
        let (_, started) = started.split_once(" --wait ").expect("names");
        assert!(started.split(' ').eq(tools.keys()), "{started}");
        for (name, tool) in &tools {
            let image = tool["image"].as_str().expect("an image");
            let (_, version) = image.split_once(':').expect("a version");
            assert!(version.contains('.'), "{name}: {image}");
            for port in words(&tool["ports"]) {
                let (address, _) = port.rsplit_once(':').expect("two ports");
                let link = format!("<http://{address}");
                assert!(project.read("README.md").contains(&link), "{name}: {link}");
            }
        }
    }
}

fn value<'a>(example: &'a str, setting: &str) -> &'a str {
    let mut lines = example.lines();
    let found = lines.find_map(|line| line.strip_prefix(setting)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("{setting}"))
}
