//! A command in a project that has something of what it wants already.

use crate::behaviour::COMMANDS;
use crate::project::TestProject;

const SEND_MAIL: &[&str] = &["add-task", "send_mail"];
const NIGHTLY: &[&str] = &["add-schedule", "nightly", "--every", "1h"];

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
    // Every old line is there, in its old order, but for two imports that name more than before.
    let grows =
        |line: &&str| line.starts_with("use crate::auth::") || *line == "use serde::Serialize;";
    let mut lines = after.lines();
    for line in before.lines().filter(|line| !grows(line)) {
        assert!(lines.any(|other| other == line), "{line}");
    }
}

#[test]
fn other_arguments_are_a_conflict_also_after_the_owner_edited() {
    let project = TestProject::new();
    for (first, second, path) in [
        (
            &["add-task", "send_mail", "a:text"],
            &["add-task", "send_mail", "b:text"],
            "src/tasks/send_mail.rs",
        ),
        (
            &["add-route", "reports", "--scope=read"],
            &["add-route", "reports", "--public"],
            "src/routes/reports.rs",
        ),
    ] {
        project.succeed(first);
        project.write(path, &(project.read(path) + "\n// mine\n"));
        project.succeed(first);
        let message = project.fail(second);
        assert!(message.contains(&format!("Conflict {path}")), "{message}");
    }
}

#[test]
fn force_keeps_a_file_that_has_more_than_the_command_makes() {
    let project = TestProject::new();
    let command = ["add-route", "reports", "--force"];
    project.succeed(&command);
    let path = "src/routes/reports.rs";
    let grown = project.read(path) + "\nfn mine() {}\n";
    project.write(path, &grown);
    project.succeed(&command);
    assert_eq!(project.read(path), grown);
}

#[test]
fn what_its_owner_has_put_below_a_condition_stays_there() {
    let call = "    tasks.add::<SendMail>();\n";
    let every = "    schedules.every(\"nightly\", std::time::Duration::from_secs(3600), || {\n        \
                 Nightly {}\n    });\n";
    for (add, path, line, instead) in [
        (
            SEND_MAIL,
            "src/tasks/mod.rs",
            call,
            format!("    if x() {{\n    {call}    }}\n"),
        ),
        (
            SEND_MAIL,
            "src/tasks/mod.rs",
            call,
            format!("}}\n\npub fn more(tasks: &mut TaskList) {{\n{call}"),
        ),
        (
            SEND_MAIL,
            "src/tasks/mod.rs",
            call,
            "    TaskList::add::<SendMail>(tasks);\n".to_owned(),
        ),
        (
            NIGHTLY,
            "src/schedules.rs",
            every,
            format!("    if x() {{\n{every}    }}\n"),
        ),
    ] {
        let project = TestProject::new();
        project.succeed(add);
        let list = project.read(path);
        assert!(list.contains(line), "{list}");
        project.write(path, &list.replacen(line, &instead, 1));
        let before = project.files();
        project.succeed(add);
        assert_eq!(project.files(), before, "{instead}");
        let output = project.succeed(&["list", "tasks"]);
        let tasks = String::from_utf8_lossy(&output.stdout);
        assert!(!tasks.contains(" no "), "{tasks}");
    }
}
