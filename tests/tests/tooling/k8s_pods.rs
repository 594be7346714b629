//! The kit `k8s`: its pods, and what goes by their names, labels and ports.

use std::collections::BTreeSet;

use serde_json::Value;

use super::k8s::{Stage, chooses, containers, keys, list, text, words};
use super::{NAME, Project};

/// The service's own deployments.
fn deployments(stage: &Stage) -> impl Iterator<Item = &Value> {
    let all = stage.of("Deployment");
    all.filter(|it| it["metadata"]["labels"]["app.kubernetes.io/name"] == NAME)
}

fn ports(container: &Value) -> Vec<u64> {
    let ports = list(&container["ports"]).iter();
    ports
        .map(|port| port["containerPort"].as_u64().expect("a number"))
        .collect()
}

/// What `compose.yaml` says of a service.
fn composed(project: &Project, service: &str, field: &str) -> Value {
    let compose = project.compose("compose.yaml");
    serde_json::to_value(&compose["services"][service][field]).expect("as in JSON")
}

/// As Kubernetes wants it of pods that it calls restricted.
#[test]
fn pods_may_do_no_more_than_the_image_needs() {
    for stage in Stage::all() {
        let dockerfile = stage.project.read("Dockerfile");
        for pod in stage.pods() {
            let spec = &pod["spec"];
            let security = &spec["securityContext"];
            assert_eq!(security["runAsNonRoot"], true);
            let (user, group) = (&security["runAsUser"], &security["runAsGroup"]);
            assert!(dockerfile.contains(&format!("\nUSER {user}:{group}\n")));
            assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault");
            let account = stage.find("ServiceAccount", &spec["serviceAccountName"]);
            assert_eq!(account["automountServiceAccountToken"], false);
            assert_eq!(spec["automountServiceAccountToken"], false);
            assert_eq!(spec["enableServiceLinks"], false);
            for container in containers(pod) {
                let security = &container["securityContext"];
                assert_eq!(security["allowPrivilegeEscalation"], false);
                assert_eq!(security["readOnlyRootFilesystem"], true);
                assert_eq!(words(&security["capabilities"]["drop"]), ["ALL"]);
                let resources = &container["resources"];
                assert_eq!(
                    keys(&resources["requests"]),
                    BTreeSet::from(["cpu", "memory"])
                );
                assert_eq!(keys(&resources["limits"]), BTreeSet::from(["memory"]));
            }
        }
    }
}

#[test]
fn pods_run_the_image_in_every_role() {
    for stage in Stage::all() {
        let manifest: toml::Table = toml::from_str(stage.project.read("Cargo.toml")).expect("TOML");
        let version = manifest["package"]["version"].as_str().expect("a version");
        let image = match stage.directory {
            "k8s/base" => NAME.to_owned(),
            "k8s/overlays/dev" => format!("{NAME}:dev"),
            _ => format!("registry.example.com/{NAME}:{version}"),
        };
        let mut roles = BTreeSet::new();
        for container in stage.pods().flat_map(containers) {
            assert_eq!(container["image"], image, "{}", stage.name());
            let role = text(&container["args"][0]);
            assert_eq!(container["name"], role);
            if role != "all" {
                let command = composed(stage.project, role, "command");
                assert_eq!(container["args"], command);
            }
            roles.insert(role);
        }
        let wanted: &[&str] = match stage.is_sqlite() {
            true => &["all", "migrate"],
            false => &["api", "migrate", "scheduler", "worker"],
        };
        assert!(roles.iter().eq(wanted), "{}: {roles:?}", stage.name());
    }
}

/// A misspelt setting would not be noticed, and a secret in a file would be, by others.
#[test]
fn settings_exist_and_secrets_are_elsewhere() {
    const URLS: [&str; 2] = ["BROKER_URL", "DATABASE_URL"];
    const OTHERS: [&str; 4] = ["_DSN", "_HEADERS", "_PASSWORD", "_SECRET"];
    for stage in Stage::all() {
        let (name, known) = (stage.name(), stage.project.settings());
        for container in stage.pods().flat_map(containers) {
            let [map, secret] = list(&container["envFrom"]) else {
                panic!("{name}: settings and, to win over them, secrets")
            };
            let map = stage.find("ConfigMap", &map["configMapRef"]["name"]);
            for setting in keys(&map["data"]) {
                assert!(known.contains_key(setting), "{name}: {setting}");
                let is_secret = OTHERS.iter().any(|end| setting.ends_with(end));
                assert!(!is_secret && !URLS.contains(&setting), "{name}: {setting}");
            }
            assert_eq!(secret["secretRef"]["name"], "secrets");
            for variable in list(&container["env"]) {
                assert!(known.contains_key(text(&variable["name"])), "{variable}");
            }
        }
        let secrets: Vec<&Value> = stage.of("Secret").collect();
        if !stage.is("dev") {
            assert!(secrets.is_empty(), "{name}");
            continue;
        }
        // These are no secrets: compose.yaml has them, too.
        let [secret] = secrets[..] else {
            panic!("{name}: one Secret")
        };
        assert_eq!(secret["metadata"]["name"], "secrets");
        let data = &secret["stringData"];
        let mut wanted = BTreeSet::from(["JWT_SECRET"]);
        wanted.extend((!stage.is_sqlite()).then_some("DATABASE_URL"));
        wanted.extend(known.contains_key("BROKER_URL").then_some("BROKER_URL"));
        assert_eq!(keys(data), wanted, "{name}");
        let environment = composed(stage.project, "api", "environment");
        for url in wanted.into_iter().filter(|it| URLS.contains(it)) {
            assert_eq!(data[url], environment[url], "{name}");
        }
    }
}

/// What one tries it with is what compose.yaml has, and is found by its name.
#[test]
fn servers_to_try_it_with_are_those_of_compose() {
    for stage in Stage::all().filter(|stage| stage.is("dev")) {
        let others = stage.of("Deployment");
        let others = others.filter(|it| it["metadata"]["labels"]["app.kubernetes.io/name"] != NAME);
        let mut names = BTreeSet::new();
        for server in others {
            let name = text(&server["metadata"]["name"]);
            let [container] = list(&server["spec"]["template"]["spec"]["containers"]) else {
                panic!("one container")
            };
            let image = composed(stage.project, name, "image");
            // In a cluster, nobody looks at the pages that RabbitMQ has for people.
            let image = text(&image).trim_end_matches("-management");
            assert_eq!(container["image"], image);
            stage.find("Service", &server["metadata"]["name"]);
            names.insert(name);
        }
        let compose = stage.project.compose("compose.yaml");
        let needed = ["broker", "db"].into_iter();
        let needed = needed.filter(|name| compose["services"].get(name).is_some());
        assert_eq!(names, needed.collect(), "{}", stage.name());
    }
}

#[test]
fn probes_ask_what_the_roles_answer() {
    for stage in Stage::all() {
        let known = stage.project.settings();
        let routes = stage.project.read("src/routes/health.rs");
        for deployment in deployments(stage) {
            let pod = &deployment["spec"]["template"];
            let container = &pod["spec"]["containers"][0];
            for probe in ["liveness", "readiness"] {
                let asked = &container[format!("{probe}Probe")]["httpGet"];
                assert_eq!(asked["path"], format!("/health/{probe}"));
                assert!(routes.contains(&format!("path = {}", asked["path"])));
                assert_eq!(asked["port"], container["ports"][0]["name"]);
            }
            // The worker and the scheduler listen on METRICS_PORT alone.
            let variables = list(&container["env"]).iter();
            let told = variables.filter(|it| it["name"] == "METRICS_PORT");
            let told: Vec<&str> = told.map(|it| text(&it["value"])).collect();
            let answers_requests = ["all", "api"].contains(&text(&container["name"]));
            assert_eq!(told.is_empty(), answers_requests, "{}", stage.name());
            let port = told.first().copied().unwrap_or(known["PORT"]);
            assert_eq!(ports(container), [port.parse::<u64>().expect("a port")]);
            let annotations = &pod["metadata"]["annotations"];
            assert_eq!(annotations["prometheus.io/port"], port);
        }
    }
}

#[test]
fn pods_have_the_time_to_stop_that_they_need() {
    for stage in Stage::all() {
        let map = stage.find("ConfigMap", &Value::from("settings"));
        let timeout = text(&map["data"]["SHUTDOWN_TIMEOUT_SECS"]);
        let timeout: u64 = timeout.parse().expect("seconds");
        for deployment in deployments(stage) {
            let pod = &deployment["spec"]["template"]["spec"];
            let pause = &pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"];
            let pause: u64 = match words(pause)[..] {
                [] => 0,
                ["sleep", secs] => secs.parse().expect("seconds"),
                ref command => panic!("{command:?}"),
            };
            let grace = pod["terminationGracePeriodSeconds"].as_u64();
            assert!(grace >= Some(timeout + pause + 10), "{}", stage.name());
            // Who is sent requests is told of them for a while after it was told to stop.
            let is_service = |it: &Value| {
                chooses(
                    &it["spec"]["selector"],
                    &deployment["spec"]["template"]["metadata"]["labels"],
                )
            };
            assert_eq!(pause > 0, stage.of("Service").any(is_service));
        }
    }
}
