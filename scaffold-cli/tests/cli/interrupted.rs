//! Commands at the same time, and one after a command that was killed.

use std::process::{Child, Command, Stdio};

use crate::project::{SCAFFOLD, TestProject};

fn start(project: &TestProject, args: &[&str]) -> Child {
    let mut command = Command::new(SCAFFOLD);
    command.args(args).current_dir(project.root());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

#[test]
fn commands_at_the_same_time_do_not_lose_each_others_lines() {
    let project = TestProject::new();
    let names: Vec<String> = (0..8).map(|number| format!("work_{number}")).collect();
    let children: Vec<Child> = names
        .iter()
        .map(|name| start(&project, &["add-task", name]))
        .collect();
    let mut done = 0;
    for (name, mut child) in names.iter().zip(children) {
        let succeeded = child.wait().expect("it ends").success();
        done += usize::from(succeeded);
        let listed = project
            .read("src/tasks/mod.rs")
            .contains(&format!("mod {name};"));
        // One that found the files changed under it has written nothing.
        assert_eq!(listed, succeeded, "{name}");
        let file = project.root().join(format!("src/tasks/{name}.rs"));
        assert_eq!(file.exists(), succeeded, "{name}");
    }
    assert!(done > 0);
}

#[test]
fn a_dry_run_does_not_touch_what_was_interrupted() {
    let project = TestProject::new();
    let path = ".scaffold/journal/pending.json";
    project.write(path, "{\"files\":[]}");
    let message = project.fail(&["add-route", "reports", "--dry-run"]);
    assert!(
        message.contains("an earlier command was interrupted"),
        "{message}"
    );
    assert!(project.root().join(path).exists());
    project.succeed(&["add-route", "reports"]);
    assert!(!project.root().join(path).exists());
}

#[test]
fn what_was_changed_since_it_was_interrupted_is_named() {
    let project = TestProject::new();
    let entry = "{\"path\":\"src/lib.rs\",\"before\":\"old\",\"after_hash\":\"new\"}";
    let journal = format!("{{\"files\":[{entry}]}}");
    project.write(".scaffold/journal/pending.json", &journal);
    let before = project.read("src/lib.rs");
    let output = project.succeed(&["list", "tasks"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("did not take back") && message.contains("src/lib.rs"),
        "{message}"
    );
    assert_eq!(project.read("src/lib.rs"), before);
}
