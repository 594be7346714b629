//! The kit `proxy`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value as Json;
use serde_yaml_ng::Value;
use template_tests::root;

use super::{NAME, Project, ROLES, check_schema};

const FILE: &str = "compose.prod.yaml";
const ENV_FILE: &str = "prod.env.example";
const CADDYFILE: &str = "proxy/Caddyfile";

/// The words of a list, or none.
fn words(list: Option<&Value>) -> BTreeSet<&str> {
    let list = list.and_then(Value::as_sequence).into_iter().flatten();
    list.map(|word| word.as_str().expect("text")).collect()
}

/// The variables that a compose file asks for, each with its default, if it has one.
fn interpolated(text: &str) -> BTreeMap<&str, Option<&str>> {
    let found = text.split("${").skip(1).map(|rest| {
        let inner = rest.split('}').next().expect("an end");
        let (name, rest) = inner.split_once(':').expect("a default or a message");
        (name, rest.strip_prefix('-'))
    });
    found.collect()
}

#[test]
fn compose_file_for_production_is_what_compose_reads() {
    check_schema("vendor.compose-spec", FILE);
}

#[test]
fn only_the_proxy_is_reached_from_outside() {
    for project in Project::all() {
        for (name, service) in project.services(FILE) {
            let ports = words(service.get("ports"));
            let wanted: &[&str] = match name.as_str() {
                "proxy" => &["80:80", "443:443", "443:443/udp", "127.0.0.1:8081:8081"],
                _ => &[],
            };
            assert_eq!(ports, wanted.iter().copied().collect(), "{name}");
            let outside = words(service.get("networks")).contains("front");
            assert_eq!(outside, ["api", "proxy"].contains(&name.as_str()), "{name}");
            assert!(service.get("network_mode").is_none(), "{name}");
        }
    }
}

#[test]
fn what_runs_in_production_may_do_little_and_is_kept_running() {
    for project in Project::all() {
        for (name, service) in project.services(FILE) {
            if name == "tools" {
                assert_eq!(words(service.get("profiles")), BTreeSet::from(["tools"]));
                continue;
            }
            assert_eq!(words(service.get("cap_drop")), BTreeSet::from(["ALL"]));
            let options = words(service.get("security_opt"));
            assert_eq!(options, BTreeSet::from(["no-new-privileges:true"]));
            assert_eq!(service["logging"]["driver"], "local", "{name}");
            let restart = match name.as_str() {
                "migrate" => "no",
                _ => "unless-stopped",
            };
            assert_eq!(service["restart"], restart, "{name}");
            let is_server = ["db", "broker"].contains(&name.as_str());
            assert_eq!(service.get("read_only").is_some(), !is_server, "{name}");
            let checked = service["healthcheck"].get("test").is_some();
            assert_eq!(checked, name != "migrate", "{name}");
        }
    }
}

/// Before any role, and by one of them at a time.
#[test]
fn production_migrates_once_and_runs_every_role_of_one_image() {
    for project in Project::all() {
        let services = project.services(FILE);
        assert_eq!(words(services["migrate"].get("command")).len(), 2);
        for role in ROLES {
            let service = &services[role];
            assert_eq!(words(service.get("command")), BTreeSet::from([role]));
            let test = words(service["healthcheck"].get("test"));
            assert_eq!(test, BTreeSet::from(["CMD", NAME, "health", role]));
            let migrated = &service["depends_on"]["migrate"]["condition"];
            assert_eq!(migrated, "service_completed_successfully");
            assert_eq!(service["image"], services["migrate"]["image"]);
            assert_eq!(service["env_file"], "prod.env");
        }
    }
}

/// The image of a server, without the pages for people that RabbitMQ has in development only.
fn server(image: &Value) -> &str {
    let image = image.as_str().expect("an image");
    image.trim_end_matches("-management")
}

/// So a dump of one is for the other, and a newer server is a decision and no accident.
#[test]
fn servers_of_production_are_those_of_development() {
    for project in Project::all() {
        let (production, development) = (project.services(FILE), project.compose("compose.yaml"));
        for name in ["db", "broker"] {
            let own = production.get(name).map(|it| &it["image"]);
            let other = development["services"].get(name).map(|it| &it["image"]);
            let (own, other) = (own.map(server), other.map(server));
            assert_eq!(own, other, "{}: {name}", project.pair);
        }
        let tools = &production["tools"];
        let image = production.get("db").map(|it| &it["image"]);
        assert_eq!(tools.get("image"), image, "{}", project.pair);
        let script = tools["entrypoint"][1].as_str().expect("a script");
        let script = script.strip_prefix("/service/").expect("a script of ours");
        assert!(project.has(script), "{script}");
    }
}

/// Docker makes an empty directory of what is not there.
#[test]
fn what_production_mounts_is_there() {
    for project in Project::all() {
        for (name, service) in project.services(FILE) {
            for volume in words(service.get("volumes")) {
                let (source, _) = volume.split_once(':').expect("a place");
                let is_kept = |it: &str| project.compose(FILE)["volumes"].get(it).is_some();
                match source.strip_prefix("./") {
                    Some(path) => assert!(project.has(path), "{name}: {path}"),
                    None => assert!(is_kept(source), "{name}: {source}"),
                }
            }
        }
    }
}

#[test]
fn production_sets_what_exists_and_is_told_what_it_needs() {
    for project in Project::all() {
        let settings = project.settings();
        let told = project.variables(ENV_FILE);
        let asked = interpolated(project.read(FILE));
        for role in ROLES.into_iter().chain(["migrate"]) {
            let service = &project.services(FILE)[role];
            let environment = service["environment"].as_mapping().expect("settings");
            for name in environment.keys() {
                let name = name.as_str().expect("a name");
                assert!(settings.contains_key(name), "{name}");
                // It would be set in vain.
                assert!(!told.contains_key(name), "{name}");
            }
        }
        for name in told.keys() {
            let known = settings.contains_key(name) || asked.contains_key(name);
            assert!(known, "{}: {name}", project.pair);
        }
        for (name, default) in &asked {
            match (settings.get(name), default) {
                (Some(value), Some(default)) => assert_eq!(value, default, "{name}"),
                (Some(_), None) => panic!("{name} has a default"),
                (None, _) => assert!(told.contains_key(name), "{name}"),
            }
        }
        // What prod does not start without, and the image or the compose file does not say.
        let text = project.read(ENV_FILE);
        assert!(text.contains("\nJWT_SECRET=\n"), "{text}");
        assert!(text.contains("\n#OIDC_ISSUER_URL=\n#OIDC_AUDIENCE=\n"));
        let environment = &project.services(FILE)["api"]["environment"];
        for name in ["DATABASE_URL", "BROKER_URL"] {
            let is_set = environment.get(name).is_some();
            assert_eq!(is_set, settings.contains_key(name), "{name}");
        }
        assert!(project.read(".gitignore").lines().any(|it| it == "*.env"));
    }
}

/// The API believes whoever is in that network.
#[test]
fn the_proxy_is_trusted_by_its_network() {
    for project in Project::all() {
        let file = project.compose(FILE);
        let subnet = &file["networks"]["front"]["ipam"]["config"][0]["subnet"];
        assert!(subnet.is_string(), "{subnet:?}");
        let environment = &file["services"]["api"]["environment"];
        assert_eq!(&environment["TRUSTED_PROXIES"], subnet);
    }
}

/// What `prod.env` leaves out, as compose has it.
fn proxy_variables(project: &Project, tls: &str) -> BTreeMap<String, String> {
    let asked = interpolated(project.read(FILE));
    let environment = project.services(FILE)["proxy"]["environment"].clone();
    let names = environment.as_mapping().expect("variables").keys();
    let value = |name: &str| match name {
        "DOMAIN" => "shop.example".to_owned(),
        "TLS" => tls.to_owned(),
        name => asked[name].expect("a default").to_owned(),
    };
    let names = names.map(|name| name.as_str().expect("a name"));
    names.map(|name| (name.to_owned(), value(name))).collect()
}

const FILES: [&str; 4] = ["--adapter", "caddyfile", "--config", "Caddyfile"];

/// Runs Caddy on our file, which must succeed, and returns what it printed.
fn caddy(command: &str, arguments: &[&str], tls: &str) -> String {
    let project = Project::all().next().expect("a project");
    let directory = tempfile::tempdir().expect("a temporary directory");
    project.write(CADDYFILE, directory.path());
    let output = Command::new("caddy")
        .arg(command)
        .args(arguments)
        .current_dir(directory.path().join("proxy"))
        .env("HOME", directory.path())
        .envs(proxy_variables(project, tls))
        .output()
        .expect("`caddy` is installed: run `scripts/test`");
    assert!(output.status.success(), "{command} {tls}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn caddy_reads_what_is_written_for_it() {
    for tls in ["internal", "ada@example.com"] {
        caddy("validate", &FILES, tls);
    }
    let project = Project::all().next().expect("a project");
    let formatted = caddy("fmt", &["Caddyfile"], "internal");
    assert_eq!(formatted, project.read(CADDYFILE));
    // Nothing is left to the defaults of a variable that nobody sets.
    let used: BTreeSet<&str> = project
        .read(CADDYFILE)
        .split("{$")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect();
    let set = proxy_variables(project, "internal");
    assert_eq!(used, set.keys().map(String::as_str).collect());
}

/// The first object that has this field, however deep.
fn find<'a>(value: &'a Json, field: &str) -> Option<&'a Json> {
    match value {
        Json::Object(fields) => {
            let inside = fields.values().find_map(|it| find(it, field));
            fields.get(field).or(inside)
        }
        Json::Array(items) => items.iter().find_map(|it| find(it, field)),
        _ => None,
    }
}

/// The one that gives up first decides what the client reads.
#[test]
fn the_limits_of_the_proxy_are_in_step_with_those_of_the_service() {
    let adapted = caddy("adapt", &FILES, "/certs/cert.pem /certs/key.pem");
    let adapted: Json = serde_json::from_str(&adapted).expect("JSON");
    let certificate = find(&adapted, "load_files").expect("a certificate");
    assert_eq!(certificate[0]["key"], "/certs/key.pem");
    let server = &adapted["apps"]["http"]["servers"]["srv0"];
    let number = |field: &str| {
        let found = find(server, field).and_then(Json::as_u64);
        found.unwrap_or_else(|| panic!("{field}: {server}"))
    };
    let project = Project::all().next().expect("a project");
    let settings = project.settings();
    let setting = |name: &str| settings[name].parse::<u64>().expect("a number");
    let nanoseconds = |secs: u64| secs * 1_000_000_000;

    assert_eq!(number("max_size"), setting("MAX_BODY_BYTES"));
    let longest = setting("REQUEST_TIMEOUT_SECS") + setting("TASK_WAIT_TIMEOUT_SECS");
    assert!(number("response_header_timeout") > nanoseconds(longest));
    let keep_alive = find(server, "keep_alive").expect("a time");
    let unused = keep_alive["idle_timeout"].as_u64().expect("a number");
    assert!(unused < nanoseconds(setting("HEADER_READ_TIMEOUT_SECS")));
    // A client that goes away would not be noticed.
    assert!(find(server, "flush_interval").is_none());
}

#[test]
fn metrics_and_the_dashboard_are_for_operators() {
    let project = Project::all().next().expect("a project");
    let text = project.read(CADDYFILE);
    let (_, public) = text.split_once("\n{$DOMAIN} {").expect("the site");
    let (public, operators) = public.split_once("\nhttp://:8081 {").expect("another");
    for path in ["/metrics", "/admin"] {
        assert!(public.contains(&format!(" {path} {path}/*")), "{path}");
    }
    assert!(!operators.contains("error"));
    let routes = root().join("template/src/routes");
    let read = |file: &str| std::fs::read_to_string(routes.join(file)).expect("a file");
    assert!(read("dashboard.rs").contains("\"/admin/tasks\""));
    assert!(read("metrics.rs").contains("\"/metrics\""));
}
