//! What holds for every command.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::project::{SCAFFOLD, TestProject};

/// One use of each command.
pub(crate) const COMMANDS: [&[&str]; 11] = [
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
    &["add-task", "draw_report", "report_id:uuid", "--route"],
    &[
        "add-route",
        "old_reports",
        "--deprecated",
        "--sunset",
        "2099-12-31",
    ],
    &[
        "add-migration",
        "create_users",
        "email:string!",
        "age:integer?^",
    ],
    &["add-migration", "backfill_users"],
    &["add-migration", "add_note_to_persons", "note:text?"],
    &[
        "add-resource",
        "invoice",
        "number:string!",
        "total:decimal^",
        "status:enum(draft,sent)=draft",
        "owner:references(persons)",
    ],
    &["add-schedule", "nightly_report", "--cron", "30 2 * * *"],
];

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
    // A migration is named after the second it is made in, so the two of these may differ.
    let is_stamped = |command: &&[&str]| ["add-migration", "add-resource"].contains(&command[0]);
    for command in COMMANDS.into_iter().filter(|command| !is_stamped(command)) {
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

#[test]
fn a_dry_run_refuses_what_the_command_would() {
    let project = TestProject::new();
    let path = project.root().join("src/router.rs");
    let mut permissions = std::fs::metadata(&path).expect("it is there").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("it is ours");
    for options in [&[][..], &["--dry-run"]] {
        let message = project.fail(&[&["add-route", "reports"], options].concat());
        assert!(message.contains("src/router.rs: is read-only"), "{message}");
    }
}

#[test]
fn usage_errors_name_the_command_that_was_typed() {
    let project = TestProject::new();
    for (args, command) in [
        (&["--json", "add-route", "new", "--bogus"][..], "add-route"),
        (&["--json", "--project", "new", "add-task"], "add-task"),
        (&["new", "shop", "--json", "--force"], "new"),
        (&["new", "shop", "--json", "--project", "add-task"], "new"),
    ] {
        let output = project.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
        assert_eq!(value["command"], command, "{args:?}");
    }
}

#[test]
fn messages_do_not_repeat_what_is_endless() {
    let project = TestProject::new();
    let long = "a".repeat(10_000);
    let path = format!("/{long}");
    for args in [
        &["new", &long, "--yes"][..],
        &["add-task", &long],
        &["add-task", "mail", "--queue", &long],
        &["add-task", "mail", &long],
        &["add-route", "mail", "--path", &path],
        &["add-route", "mail", "--method", &long],
        &["add-route", "mail", "--scope", &long],
        &["add-migration", "create_mails", &format!("{long}:text")],
    ] {
        let message = project.fail(args);
        assert!(message.len() < 400, "{} {message}", args[0]);
    }
}

#[test]
fn a_list_in_the_file_of_another_layout_is_named() {
    for (expected, other) in [
        ("src/routes/mod.rs", "src/routes.rs"),
        ("src/router.rs", "src/router/mod.rs"),
    ] {
        let project = TestProject::new();
        project.write(other, &project.read(expected));
        std::fs::remove_file(project.root().join(expected)).expect("it is there");
        let message = project.fail(&["add-route", "reports"]);
        let wanted = format!("{expected}: there is no such file; move {other} there");
        assert!(message.contains(&wanted), "{message}");
    }
}

#[test]
fn a_merge_that_was_not_finished_is_named() {
    let project = TestProject::new();
    let marker = project.read(".scaffold.toml");
    let line = marker.lines().count() + 1;
    let both = "<<<<<<< ours\n\"a.rs\" = \"1\"\n=======\n\"b.rs\" = \"2\"\n>>>>>>> theirs\n";
    project.write(".scaffold.toml", &format!("{marker}{both}"));
    let message = project.fail(&["add-route", "reports"]);
    let wanted = format!(".scaffold.toml: a merge was not finished at line {line}:");
    assert!(message.contains(&wanted), "{message}");
}

#[test]
fn the_way_into_a_new_project_may_be_typed() {
    let directory = TempDir::new().expect("a temporary directory");
    std::fs::create_dir(directory.path().join("a b")).expect("it is made");
    let mut command = Command::new(SCAFFOLD);
    command.args(["new", "svc", "--yes", "--no-git", "--path", "a b"]);
    let output = command.current_dir(directory.path()).output();
    let output = output.expect("the program runs");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("  cd 'a b/svc'\n"), "{message}");
}
