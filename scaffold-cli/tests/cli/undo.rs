//! Taking back what commands did.

use serde_json::Value;

use crate::behaviour::COMMANDS;
use crate::project::TestProject;

const LISTS: [&str; 6] = [
    "src/router.rs",
    "src/routes/mod.rs",
    "src/tasks/mod.rs",
    ".scaffold.toml",
    "tests/integration/routes/mod.rs",
    "tests/integration/tasks/mod.rs",
];

/// Does everything, then takes it back one by one: every state comes again, byte for byte.
#[track_caller]
fn check(project: &TestProject) {
    let mut states = Vec::new();
    for command in COMMANDS {
        states.push(project.files());
        project.succeed(command);
    }
    while let Some(state) = states.pop() {
        project.succeed(&["undo"]);
        assert_eq!(project.files(), state);
    }
    let output = project.succeed(&["undo"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("nothing to take back"), "{message}");
}

#[test]
fn every_command_is_taken_back() {
    check(&TestProject::new());
}

#[test]
fn files_of_any_shape_are_what_they_were() {
    for dress in [
        |text: &str| text.replace('\n', "\r\n"),
        |text: &str| format!("\u{feff}{}", text.trim_end()),
        |text: &str| text.replace("    ", "\t"),
    ] {
        let project = TestProject::new();
        for path in LISTS.iter().filter(|path| path.ends_with(".rs")) {
            project.write(path, &dress(&project.read(path)));
        }
        check(&project);
    }
}

#[test]
fn directories_that_a_command_made_go_with_it() {
    let project = TestProject::new();
    let migrations = project.root().join("migrations");
    let count = || std::fs::read_dir(&migrations).expect("it is there").count();
    let before = count();
    project.succeed(&["add-migration", "backfill_users"]);
    assert_eq!(count(), before + 1);
    project.succeed(&["undo"]);
    assert_eq!(count(), before);
}

#[test]
fn a_command_that_changed_nothing_is_not_in_the_history() {
    let project = TestProject::new();
    project.succeed(&["add-task", "one"]);
    project.succeed(&["add-task", "one"]);
    project.succeed(&["add-task", "two", "--dry-run"]);
    let before = project.files();
    project.succeed(&["undo"]);
    assert_ne!(project.files(), before);
    assert!(!project.root().join("src/tasks/one.rs").exists());
}

#[test]
fn a_file_that_changed_since_is_named_and_nothing_is_written() {
    let project = TestProject::new();
    let before = project.files();
    project.succeed(&["add-route", "reports"]);
    let router = project.read("src/router.rs");
    project.write("src/router.rs", &(router.clone() + "// mine\n"));
    let message = project.fail(&["undo"]);
    assert!(message.contains("Conflict src/router.rs"), "{message}");
    project.succeed(&["undo", "--force"]);
    assert_eq!(project.files(), before);
}

#[test]
fn what_its_owner_took_back_already_is_no_obstacle() {
    let project = TestProject::new();
    let before = project.files();
    project.succeed(&["add-task", "one"]);
    std::fs::remove_file(project.root().join("src/tasks/one.rs")).expect("it is there");
    project.succeed(&["undo"]);
    assert_eq!(project.files(), before);
}

#[test]
fn the_history_says_what_was_typed() {
    let project = TestProject::new();
    project.succeed(&["add-task", "one", "--queue=mail"]);
    project.succeed(&["add-route", "reports", "--quiet"]);
    let output = project.succeed(&["undo", "--list", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let items = value["items"].as_array().expect("a list").iter();
    let commands: Vec<&str> = items.filter_map(|item| item["command"].as_str()).collect();
    assert_eq!(
        commands,
        ["add-route reports --quiet", "add-task one --queue=mail"]
    );
    assert_eq!(value["items"][1]["files"][0], "src/tasks/one.rs");
    let output = project.succeed(&["undo", "--list"]);
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(table.starts_with("NUMBER  DONE AT"), "{table}");
    assert_eq!(table.lines().count(), 3);
}
