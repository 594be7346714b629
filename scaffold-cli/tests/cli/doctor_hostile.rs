//! What is wired, listed or described in a form that is not read is not called forgotten.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::hostile::{CASES, prepare};
use crate::project::TestProject;

/// What is said of the code in a file, with the line that it is said of.
fn findings(project: &TestProject) -> Vec<(String, String)> {
    let output = project.run(&["doctor", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let items = value["items"].as_array().expect("a list").iter();
    let finding = |item: &Value| {
        let text = |key: &str| item[key].as_str().expect("a text").to_owned();
        let line = item["line"].as_u64().expect("a number");
        let source = project.read(&text("file"));
        let named = source.lines().nth(line as usize - 1).unwrap_or_default();
        (text("code"), named.to_owned())
    };
    items.map(finding).collect()
}

fn hostile(case: &str) -> TestProject {
    prepare(&Path::new(CASES).join(case))
}

#[test]
fn handlers_that_a_router_names_in_its_own_way_are_wired() {
    for (case, wired) in [
        (
            "route_inside_a_macro_by_hand",
            ["find_person", "create_person", "list_tasks"],
        ),
        (
            "route_with_a_macro_of_ones_own",
            ["find_person", "find_task", "list_tasks"],
        ),
        (
            "route_with_helper_functions_by_hand",
            ["find_person", "create_person", "list_tasks"],
        ),
        (
            "route_with_plain_axum",
            ["list_persons", "list_persons", "list_tasks"],
        ),
        (
            "route_into_one_of_two_conditional_functions",
            ["find_person", "delete_person", "list_tasks"],
        ),
    ] {
        let project = hostile(case);
        let router = project.read("src/router.rs");
        let found = findings(&project);
        for handler in wired {
            assert!(
                router.contains(&format!("::{handler}")),
                "{case}: {handler}"
            );
            let function = format!("fn {handler}(");
            let said: Vec<_> = found
                .iter()
                .filter(|(_, line)| line.contains(&function))
                .collect();
            assert!(said.is_empty(), "{case}: {said:?}");
        }
        assert!(
            found.iter().all(|(code, _)| code != "route_twice"),
            "{case}: {found:?}"
        );
        // What no router names is told all the same.
        let is_told = |(code, line): &(String, String)| {
            code == "unlisted_route" && line.contains("fn search_persons(")
        };
        assert!(found.iter().any(is_told), "{case}: {found:?}");
    }
}

#[test]
fn routers_with_prefixes_of_their_own_do_not_collide() {
    let project = TestProject::new();
    let path = "src/router.rs";
    let line = "        .routes(routes!(persons::create_person))\n";
    let nested =
        "        .nest(\"/old\", OpenApiRouter::new().routes(routes!(persons::create_person)))\n";
    let router = project.read(path);
    project.write(path, &router.replace(line, &format!("{line}{nested}")));
    assert_eq!(findings(&project), []);
    project.write(path, &router.replace(line, &line.repeat(2)));
    assert_eq!(findings(&project).len(), 1);
}

#[test]
fn tasks_that_are_registered_in_another_way_are_listed() {
    for (case, is_listed) in [
        ("task_list_as_a_chain", ["AddOneYear", "PurgeFinishedTasks"]),
        ("task_list_inside_a_macro", ["AddOneYear", "AddOneYear"]),
        (
            "task_list_with_conditions",
            ["AddOneYear", "PurgeFinishedTasks"],
        ),
        (
            "task_list_with_qualified_types",
            ["AddOneYear", "PurgeFinishedTasks"],
        ),
    ] {
        let found = findings(&hostile(case));
        let said = |ty: &str| {
            let mut lines = found.iter().map(|(_, line)| line);
            lines.any(|line| line.contains(&format!("for {ty} ")))
        };
        assert!(!is_listed.iter().any(|ty| said(ty)), "{case}: {found:?}");
        assert!(said("HandleWebhook"), "{case}: {found:?}");
    }
}

#[test]
fn a_task_is_listed_once_for_each_condition() {
    let project = TestProject::new();
    let path = "src/tasks/mod.rs";
    let line = "    tasks.add::<AddOneYear>();\n";
    let two = format!("    #[cfg(unix)]\n{line}    #[cfg(not(unix))]\n{line}");
    project.write(path, &project.read(path).replace(line, &two));
    assert_eq!(findings(&project), []);
}

#[test]
fn modules_of_a_macro_are_listed_and_hidden_files_are_none() {
    let project = hostile("modules_inside_a_macro_by_hand");
    // What some file systems write is no text.
    fs::write(project.root().join("src/models/._person.rs"), [0, 0xff]).expect("a file");
    // To read the line of a finding there would fail.
    let told: Vec<_> = findings(&project)
        .into_iter()
        .filter(|(code, _)| code == "unlisted_module")
        .map(|(_, line)| line)
        .collect();
    let first = |module: &str| {
        let text = project.read(&format!("src/routes/{module}.rs"));
        text.lines().next().unwrap_or_default().to_owned()
    };
    assert!(!told.contains(&first("persons")), "{told:?}");
    assert!(told.contains(&first("socket")), "{told:?}");
}

#[test]
fn tables_of_a_macro_are_not_missed() {
    let found = findings(&hostile("table_inside_a_macro"));
    assert!(found.iter().all(|(code, _)| code != "schema"), "{found:?}");
}

#[test]
fn a_setting_that_is_asked_for_in_another_way_is_one() {
    let project = TestProject::new();
    let example = project.read(".env.example");
    project.write(".env.example", &format!("{example}OWN_SETTING=1\n"));
    assert_eq!(findings(&project).len(), 1);
    let home = project.read("src/routes/home.rs");
    let code = "fn own() {\n    let _ = std::env::var(\"OWN_SETTING\");\n}\n";
    project.write("src/routes/home.rs", &(home + code));
    assert_eq!(findings(&project), []);
}
