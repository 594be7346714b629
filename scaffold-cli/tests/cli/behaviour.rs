//! What holds for every command.

use serde_json::Value;

use crate::project::TestProject;

/// One use of each command.
const COMMANDS: [&[&str]; 6] = [
    &["add-route", "reports"],
    &[
        "add-route",
        "reports",
        "--method",
        "get,put",
        "--path",
        "/reports/{id}",
    ],
    &[
        "add-route",
        "bills",
        "--method",
        "get,post",
        "--scope",
        "bills:read",
    ],
    &[
        "add-task",
        "send_mail",
        "user_id:uuid",
        "note:text?",
        "--queue",
        "mail",
    ],
    &[
        "add-migration",
        "create_users",
        "email:string!",
        "age:integer?^",
    ],
    &["add-migration", "backfill_users"],
];

#[test]
fn a_second_run_changes_no_byte() {
    let project = TestProject::new();
    for command in COMMANDS {
        let before = project.files();
        project.succeed(command);
        assert_ne!(project.files(), before, "{command:?} does something");
    }
    let before = project.files();
    for command in COMMANDS {
        let output = project.succeed(command);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            !stderr.contains("Create") && !stderr.contains("Insert"),
            "{stderr}"
        );
    }
    assert_eq!(project.files(), before);
}

#[test]
fn a_dry_run_prints_the_diff_and_writes_nothing() {
    for command in COMMANDS {
        let project = TestProject::new();
        let before = project.files();
        let output = project.succeed(&[command, &["--dry-run"]].concat());
        assert_eq!(project.files(), before, "{command:?}");
        assert!(!project.root().join(".scaffold").exists());
        let diff = String::from_utf8(output.stdout).expect("the diff is text");
        assert!(diff.contains("--- /dev/null\n+++ b/"), "{diff}");
        assert!(diff.contains("\n+++ b/.scaffold.toml\n"), "{diff}");
    }
}

#[test]
fn what_a_dry_run_prints_is_what_patch_applies() {
    for command in COMMANDS
        .into_iter()
        .filter(|command| command[0] != "add-migration")
    {
        let (patched, project) = (TestProject::new(), TestProject::new());
        let output = patched.succeed(&[command, &["--dry-run"]].concat());
        patched.write("change.diff", &String::from_utf8_lossy(&output.stdout));
        let mut patch = std::process::Command::new("git");
        let patch = patch
            .args(["apply", "change.diff"])
            .current_dir(patched.root());
        assert!(patch.status().expect("git is installed").success());
        std::fs::remove_file(patched.root().join("change.diff")).expect("it is there");
        project.succeed(command);
        assert_eq!(patched.files(), project.files(), "{command:?}");
    }
}

#[test]
fn json_is_one_object_with_the_same_keys_always() {
    let project = TestProject::new();
    let keys = ["command", "diff", "error", "files", "next_steps", "ok"];
    let cases: [(&[&str], i32); 5] = [
        (&["add-route", "reports", "--json"], 0),
        (&["add-route", "reports", "--json", "--dry-run"], 0),
        (&["add-route", "persons", "--json"], 1),
        (&["add-task", "type", "--json"], 1),
        (&["add-task", "--json"], 2),
    ];
    for (args, code) in cases {
        let output = project.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        assert!(output.stderr.is_empty(), "{args:?}");
        let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
        let found: Vec<&String> = value.as_object().expect("an object").keys().collect();
        assert_eq!(found, keys, "{args:?}");
        assert_eq!(value["ok"], code == 0);
        assert_eq!(value["error"].is_null(), code == 0);
    }
}

#[test]
fn deleted_files_are_made_again_without_doubling_lines() {
    let project = TestProject::new();
    for command in COMMANDS {
        project.succeed(command);
    }
    let complete = project.files();
    for path in [
        "src/tasks/send_mail.rs",
        "tests/integration/tasks/send_mail.rs",
        "src/routes/bills.rs",
    ] {
        std::fs::remove_file(project.root().join(path)).expect("it is there");
    }
    for command in COMMANDS {
        project.succeed(command);
    }
    assert_eq!(project.files(), complete);
}

#[test]
fn a_file_that_its_owner_edited_is_left_alone() {
    let project = TestProject::new();
    for (command, path) in [
        (COMMANDS[0], "src/routes/reports.rs"),
        (COMMANDS[3], "src/tasks/send_mail.rs"),
    ] {
        project.succeed(command);
        let generated = project.read(path);
        let edited = format!("{generated}\n// mine\n");
        project.write(path, &edited);
        let output = project.succeed(command);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(&format!("        Skip {path}")), "{stderr}");
        assert_eq!(project.read(path), edited);
        project.succeed(&[command, &["--force"]].concat());
        assert_eq!(project.read(path), generated);
    }
}

#[test]
fn a_file_of_somebody_else_is_in_the_way() {
    let project = TestProject::new();
    project.write("src/tasks/send_mail.rs", "// mine\n");
    let message = project.fail(&["add-task", "send_mail"]);
    assert!(
        message.contains("Conflict src/tasks/send_mail.rs"),
        "{message}"
    );
    assert!(message.contains("--force"), "{message}");
    project.succeed(&["add-task", "send_mail", "--force"]);
    assert!(
        project
            .read("src/tasks/send_mail.rs")
            .contains("impl Task for SendMail")
    );
}

#[test]
fn other_arguments_for_the_same_name_are_a_conflict() {
    let project = TestProject::new();
    project.succeed(&["add-task", "send_mail", "a:text"]);
    project.fail(&["add-task", "send_mail", "b:text"]);
    project.succeed(&["add-migration", "create_users", "a:text"]);
    project.fail(&["add-migration", "create_users", "b:text"]);
}

#[test]
fn an_existing_file_gets_more_handlers() {
    let project = TestProject::new();
    let before = project.read("src/routes/persons.rs");
    let path = "/persons/{id}/notes";
    project.succeed(&[
        "add-route",
        "persons",
        "--method",
        "get,post",
        "--path",
        path,
    ]);
    let after = project.read("src/routes/persons.rs");
    assert!(after.contains("pub async fn list_notes("), "{after}");
    let added = after.lines().filter(|line| !before.contains(*line)).count();
    assert!(added > 20, "{added}");
    // Every old line is there, in its old order.
    let mut lines = after.lines();
    for line in before
        .lines()
        .filter(|line| !line.starts_with("use crate::auth::"))
    {
        assert!(lines.any(|other| other == line), "{line}");
    }
}

#[test]
fn names_and_routes_that_are_taken_are_refused() {
    let project = TestProject::new();
    for (args, expected) in [
        (
            &["add-route", "persons"] as &[&str],
            "`GET /persons` is answered by `persons::list_persons`",
        ),
        (
            &["add-route", "people", "--path", "/persons"],
            "`GET /persons` is answered by",
        ),
        (
            &["add-route", "reports", "--path", "/persons/{person_id}"],
            "which is the same route",
        ),
        (
            &["add-route", "list", "--path", "/other/persons"],
            "`persons::list_persons` is defined",
        ),
        (&["add-migration", "create_persons"], "create_persons"),
        (&["add-migration", "create_tasks"], "create_tasks"),
    ] {
        let output = project.run(args);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?} {message}");
        assert!(message.contains(expected), "{args:?} {message}");
    }
}

#[test]
fn a_task_must_not_take_a_name_or_type_from_another() {
    let project = TestProject::new();
    project.succeed(&["add-task", "report_2"]);
    let message = project.fail(&["add-task", "report2"]);
    assert!(
        message.contains("the type `Report2` is used in"),
        "{message}"
    );
    let other = project
        .read("src/tasks/report_2.rs")
        .replace("\"report_2\"", "\"later\"");
    project.write("src/tasks/report_2.rs", &other);
    let message = project.fail(&["add-task", "later"]);
    assert!(
        message.contains("the task name `later` is used in"),
        "{message}"
    );
}

#[test]
fn an_unknown_place_writes_nothing_and_names_the_line() {
    let project = TestProject::new();
    let router = project
        .read("src/router.rs")
        .replace(".routes(routes!(", ".route(((");
    project.write("src/router.rs", &router.replace(".route(((", ".other(x!("));
    let message = project.fail(&["add-route", "reports"]);
    let line = ".routes(routes!(crate::routes::reports::list_reports))";
    assert!(message.contains("src/router.rs"), "{message}");
    assert!(message.contains(line), "{message}");
    let output = project.run(&["add-route", "reports", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!(value["error"]["code"], "anchor_missing");
    assert_eq!(value["error"]["file"], "src/router.rs");
    assert_eq!(value["error"]["line"], line);
}

#[test]
fn a_missing_list_names_the_line() {
    let project = TestProject::new();
    std::fs::remove_file(project.root().join("src/routes/mod.rs")).expect("it is there");
    let message = project.fail(&["add-route", "reports"]);
    assert!(
        message.contains("src/routes/mod.rs: there is no such file"),
        "{message}"
    );
    assert!(message.contains("pub mod reports;"), "{message}");
}

#[test]
fn windows_line_endings_are_kept() {
    let project = TestProject::new();
    let lists = [
        "src/router.rs",
        "src/routes/mod.rs",
        "src/tasks/mod.rs",
        ".scaffold.toml",
        "tests/integration/routes/mod.rs",
        "tests/integration/tasks/mod.rs",
    ];
    for path in lists {
        project.write(path, &project.read(path).replace('\n', "\r\n"));
    }
    for command in COMMANDS {
        project.succeed(command);
    }
    for path in lists {
        let text = project.read(path);
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{path}"
        );
    }
}

#[test]
fn the_project_is_found_from_below_and_by_flag() {
    let project = TestProject::new();
    let below = project.root().join("src/routes");
    let run = |directory: &std::path::Path, args: &[&str]| {
        let mut command = std::process::Command::new(crate::project::SCAFFOLD);
        command
            .args(args)
            .current_dir(directory)
            .output()
            .expect("it runs")
    };
    assert!(run(&below, &["add-task", "one"]).status.success());
    let outside = project.root().parent().expect("a parent");
    assert_eq!(run(outside, &["add-task", "two"]).status.code(), Some(1));
    let args = ["add-task", "two", "--project", "my-service"];
    assert!(run(outside, &args).status.success());
    assert!(
        project
            .read("src/tasks/mod.rs")
            .contains("tasks.add::<Two>();")
    );
}
