//! What is forgotten, doubled or apart.

use serde_json::Value;

use crate::behaviour::COMMANDS;
use crate::project::TestProject;

fn findings(project: &TestProject) -> Vec<(String, String)> {
    let output = project.run(&["doctor", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let items = value["items"].as_array().expect("a list").iter();
    let text = |item: &Value, key: &str| item[key].as_str().expect("a text").to_owned();
    let findings: Vec<_> = items
        .map(|item| {
            let line = item["line"].as_u64().expect("a number");
            (text(item, "code"), format!("{}:{line}", text(item, "file")))
        })
        .collect();
    assert_eq!(output.status.code(), Some(i32::from(!findings.is_empty())));
    assert_eq!(value["ok"], findings.is_empty());
    findings
}

/// Changes a file and finds exactly this.
#[track_caller]
fn check(file: &str, change: impl Fn(&str) -> String, expected: &[(&str, &str)]) {
    let project = TestProject::new();
    let text = project.read(file);
    let changed = change(&text);
    assert_ne!(changed, text);
    project.write(file, &changed);
    let found = findings(&project);
    let found: Vec<_> = found
        .iter()
        .map(|(code, place)| (code.as_str(), place.as_str()))
        .collect();
    assert_eq!(found, expected);
}

fn without(line: &str) -> impl Fn(&str) -> String {
    move |text| text.replacen(line, "", 1)
}

fn twice(line: &str) -> impl Fn(&str) -> String {
    move |text| text.replacen(line, &format!("{line}{line}"), 1)
}

#[test]
fn a_new_project_is_well() {
    assert_eq!(findings(&TestProject::new()), []);
}

#[test]
fn a_project_that_has_grown_lacks_only_what_is_left_to_its_owner() {
    let project = TestProject::new();
    for command in COMMANDS {
        project.succeed(command);
    }
    let found = findings(&project);
    let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
    // The stub has to be written.
    assert_eq!(codes, ["no_down_migration"]);
}

#[test]
fn modules_are_listed_once() {
    let list = "src/tasks/mod.rs";
    check(
        list,
        twice("mod add_one_year;\n"),
        &[("module_twice", "src/tasks/mod.rs:6")],
    );
    check(
        "tests/integration/tasks/mod.rs",
        without("mod add_one_year;\n"),
        &[(
            "unlisted_module",
            "tests/integration/tasks/add_one_year.rs:1",
        )],
    );
    let conditional = "#[cfg(unix)]\nmod add_one_year;\n#[cfg(not(unix))]\nmod add_one_year;\n";
    check(
        list,
        |text| text.replace("mod add_one_year;\n", conditional),
        &[],
    );
}

#[test]
fn routes_are_listed_once_and_do_not_collide() {
    let persons = "src/routes/persons.rs";
    let routes = TestProject::new().read(persons);
    let line = |text: &str| 1 + routes.lines().position(|line| line.contains(text)).unwrap();
    let (create, find) = (line("fn create_person"), line("fn find_person"));
    let router = TestProject::new().read("src/router.rs");
    let call = "        .routes(routes!(persons::create_person))\n";
    let second = 2 + router
        .lines()
        .position(|line| call.contains(line) && !line.is_empty())
        .unwrap();
    check(
        "src/router.rs",
        without(call),
        &[("unlisted_route", &format!("{persons}:{create}"))],
    );
    check(
        "src/router.rs",
        twice(call),
        &[("route_twice", &format!("src/router.rs:{second}"))],
    );
    check(
        persons,
        |text| {
            text.replacen(
                "get, path = \"/persons/{id}\"",
                "get, path = \"/persons\"",
                1,
            )
        },
        &[("route_conflict", &format!("{persons}:{find}"))],
    );
    check(
        "src/routes/health.rs",
        |text| {
            text.replacen(
                "get, path = ",
                "get, operation_id = \"create_person\", path = ",
                1,
            )
        },
        &[("operation_id_twice", &format!("{persons}:{create}"))],
    );
}

#[test]
fn parameters_of_a_place_have_one_name() {
    let project = TestProject::new();
    let persons = project.read("src/routes/persons.rs");
    let delete = "delete, path = \"/persons/{id}\"";
    assert!(persons.contains(delete));
    let other = persons.replace(delete, "delete, path = \"/persons/{person_id}\"");
    project.write("src/routes/persons.rs", &other);
    assert!(
        findings(&project)
            .iter()
            .all(|(code, _)| code == "route_conflict")
    );
    assert!(!findings(&project).is_empty());
}

#[test]
fn tasks_are_listed_once() {
    let list = "src/tasks/mod.rs";
    let line = "    tasks.add::<AddOneYear>();\n";
    check(
        list,
        without(line),
        &[("unlisted_task", "src/tasks/add_one_year.rs:18")],
    );
    let text = TestProject::new().read(list);
    let second = 2 + text
        .lines()
        .position(|it| line.contains(it) && !it.is_empty())
        .unwrap();
    check(
        list,
        twice(line),
        &[("task_twice", &format!("{list}:{second}"))],
    );
    check(
        "src/tasks/add_one_year.rs",
        |text| text.replace("\"add_one_year\"", "\"purge_finished_tasks\""),
        &[("task_name_twice", "src/tasks/purge_finished_tasks.rs:12")],
    );
}

#[test]
fn the_example_and_the_settings_agree() {
    let example = TestProject::new().read(".env.example");
    let settings = TestProject::new().read("src/config/server.rs");
    let line =
        |text: &str, word: &str| 1 + text.lines().position(|line| line.contains(word)).unwrap();
    let port = line(&example, "PORT=8000");
    check(
        ".env.example",
        |text| text.replace("\nPORT=8000", "\nPROT=8000"),
        &[
            (
                "settings",
                &format!(
                    "src/config/server.rs:{}",
                    line(&settings, "Variable::new(\"PORT\"")
                ),
            ),
            ("settings", &format!(".env.example:{port}")),
        ],
    );
}

#[test]
fn the_schema_and_the_migrations_agree() {
    let schema = "src/schema.rs";
    let text = TestProject::new().read(schema);
    let table = |name: &str| {
        let name = text
            .lines()
            .position(|line| line.contains(&format!("    {name} (id)")));
        format!("{schema}:{}", name.expect("it is there"))
    };
    check(
        schema,
        without("        age -> Integer,\n"),
        &[("schema", &table("persons"))],
    );
    check(
        schema,
        |text| {
            text.replace(
                "age -> Integer,",
                "age -> Integer,\n        size -> Integer,",
            )
        },
        &[("schema", &table("persons"))],
    );
    check(
        schema,
        |text| text.replace("    task_workers (id)", "    workers (id)"),
        &[
            (
                "schema",
                "migrations/2026-11-20-000001-0000_create_tasks/up.sql:1",
            ),
            ("schema", &table("task_workers")),
        ],
    );
    let down = "migrations/2026-11-20-000000-0000_create_persons/down.sql";
    check(
        down,
        |_| "-- later\n".to_owned(),
        &[("no_down_migration", &format!("{down}:1"))],
    );
}

#[test]
fn another_version_of_the_template_is_told() {
    for version in ["0.0.9", "99.0.0"] {
        check(
            ".scaffold.toml",
            |text| text.replace(env!("CARGO_PKG_VERSION"), version),
            &[("template_version", ".scaffold.toml:1")],
        );
    }
}
