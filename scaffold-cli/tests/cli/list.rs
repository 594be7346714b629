//! What there is, read from the source.

use serde_json::{Value, json};

use crate::project::TestProject;

fn items(project: &TestProject, kind: &str) -> Vec<Value> {
    let output = project.succeed(&["list", kind, "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(value["ok"], true);
    value["items"].as_array().expect("a list").clone()
}

/// The line of a file that has a text.
fn line(project: &TestProject, file: &str, text: &str) -> usize {
    let lines = project.read(file);
    1 + lines
        .lines()
        .position(|line| line.contains(text))
        .expect("it has it")
}

#[test]
fn what_is_added_is_listed_with_its_place() {
    let project = TestProject::new();
    project.succeed(&["add-route", "reports", "--method", "get,post"]);
    project.succeed(&["add-task", "send_mail", "--queue", "mail"]);
    project.succeed(&["add-migration", "backfill_users"]);
    let file = "src/routes/reports.rs";
    let expected = json!({
        "method": "POST", "path": "/reports", "handler": "reports::create_report",
        "access": "scope write", "file": file, "line": line(&project, file, "fn create_report"),
    });
    assert!(items(&project, "routes").contains(&expected));
    let file = "src/tasks/send_mail.rs";
    let expected = json!({
        "name": "send_mail", "type": "SendMail", "queue": "mail", "listed": true,
        "file": file, "line": line(&project, file, "impl Task"),
    });
    assert!(items(&project, "tasks").contains(&expected));
    let migrations = items(&project, "migrations");
    let last = migrations.last().expect("there are some");
    assert_eq!(
        (&last["name"], &last["down"]),
        (&json!("backfill_users"), &json!(false))
    );
}

#[test]
fn the_template_is_listed() {
    let project = TestProject::new();
    let routes = items(&project, "routes");
    let access = |handler: &str| {
        let of = routes.iter().find(|route| route["handler"] == handler);
        of.expect("it is there")["access"].clone()
    };
    assert_eq!(access("persons::list_persons"), "public");
    assert_eq!(access("persons::create_person"), "scope write");
    assert_eq!(access("health::check_liveness"), "public");
    assert!(
        routes.iter().all(|route| !route["access"].is_null()),
        "{routes:?}"
    );
    let schedules = items(&project, "schedules");
    assert_eq!(schedules[0]["name"], "purge_finished_tasks");
    assert_eq!(schedules[0]["task"], "PurgeFinishedTasks");
    let resources = items(&project, "resources");
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0]["table"], "persons");
    assert_eq!(resources[0]["model"], "Person");
    let handlers = resources[0]["handlers"].as_array().expect("a list");
    let of_persons = |route: &&Value| route["file"] == "src/routes/persons.rs";
    assert_eq!(handlers.len(), routes.iter().filter(of_persons).count());
}

#[test]
fn a_resource_has_its_routes_whatever_its_table_is_called() {
    let project = TestProject::new();
    for (name, table) in [("invoice", "bills"), ("shop_2", "outlets")] {
        project.succeed(&["add-resource", name, "note:text", "--table", table]);
    }
    // The name of a table is not to be taken for that of a module.
    project.succeed(&["add-route", "bills"]);
    let resources = items(&project, "resources");
    let handlers = |table: &str| {
        let of = resources.iter().find(|resource| resource["table"] == table);
        let handlers = of.expect("it is there")["handlers"].as_array();
        handlers.expect("a list").clone()
    };
    for (table, handler) in [("bills", "list_invoices"), ("outlets", "list_shop_2s")] {
        assert_eq!(handlers(table).len(), 5, "{table}");
        assert!(handlers(table).contains(&handler.into()), "{table}");
    }
}

#[test]
fn what_no_list_names_is_told() {
    let project = TestProject::new();
    project.succeed(&["add-route", "reports"]);
    project.succeed(&["add-task", "send_mail"]);
    for (file, text) in [
        (
            "src/router.rs",
            "        .routes(routes!(reports::list_reports))\n",
        ),
        ("src/tasks/mod.rs", "    tasks.add::<SendMail>();\n"),
    ] {
        project.write(file, &project.read(file).replace(text, ""));
    }
    let routes = items(&project, "routes");
    let report = routes.iter().find(|route| route["path"] == "/reports");
    assert!(report.expect("it is there")["access"].is_null());
    let tasks = items(&project, "tasks");
    assert!(
        tasks
            .iter()
            .any(|task| task["name"] == "send_mail" && task["listed"] == false)
    );
}

#[test]
fn routers_of_any_shape_are_read() {
    let project = TestProject::new();
    project.succeed(&["add-route", "reports", "--method", "get,post"]);
    let router = project.read("src/router.rs");
    let router = router
        .replace("        .routes(routes!(reports::list_reports))\n", "")
        .replace(
            "        .routes(routes!(reports::create_report))\n",
            "        .merge(more())\n",
        )
        + "fn more() -> OpenApiRouter<AppState> {\n    use crate::routes::reports as r;\n    \
           OpenApiRouter::new().routes(routes!(crate::routes::reports::list_reports, \
           crate::routes::reports::create_report))\n}\n";
    project.write("src/router.rs", &router);
    let routes = items(&project, "routes");
    let reports: Vec<_> = routes
        .iter()
        .filter(|route| route["path"] == "/reports")
        .collect();
    assert_eq!(reports.len(), 2);
    assert!(
        reports.iter().all(|route| !route["access"].is_null()),
        "{reports:?}"
    );
}

#[test]
fn a_file_that_does_not_parse_is_named() {
    let project = TestProject::new();
    project.write("src/tasks/add_one_year.rs", "fn (");
    let message = project.fail(&["list", "tasks"]);
    assert!(
        message.contains("src/tasks/add_one_year.rs: not valid Rust"),
        "{message}"
    );
}
