//! What a command has made is taken away by its inverse.

use crate::project::TestProject;

/// Commands and their inverses.
const PAIRS: [(&[&str], &[&str]); 15] = [
    (
        &[
            "add-task",
            "draw_report",
            "at:time?",
            "data:binary",
            "paper:enum(a4,us_letter)",
            "--route",
        ],
        &["remove", "task", "draw_report"],
    ),
    (
        &[
            "add-resource",
            "invoice",
            "number:string!",
            "total:decimal^",
            "due_on:date?",
            "status:enum(draft,sent)=draft",
            "owner:references(persons)",
        ],
        &["remove", "resource", "invoice", "--not-applied"],
    ),
    (
        &[
            "add-resource",
            "person_of_note",
            "name:string",
            "--plural",
            "persons_of_note",
            "--table",
            "a_table",
            "--public",
        ],
        &["remove", "resource", "PersonOfNote", "--not-applied"],
    ),
    (
        &["add-schedule", "nightly_report", "--cron", "30 2 * * *"],
        &["remove", "schedule", "nightly_report"],
    ),
    (
        &[
            "add-schedule",
            "a_poll",
            "--every",
            "30s",
            "--task",
            "purge_finished_tasks",
        ],
        &["remove", "schedule", "a_poll"],
    ),
    (
        &[
            "add-schedule",
            "write_monthly_figures",
            "--cron",
            "0 12 1 * *",
            "--timezone",
            "Europe/Berlin",
        ],
        &["remove", "schedule", "write_monthly_figures"],
    ),
    (
        &["add-task", "count_money", "sum:decimal", "data:binary"],
        &["remove", "task", "count_money"],
    ),
    (&["add-route", "reports"], &["remove", "route", "reports"]),
    (
        &["add-route", "zebras", "--public", "--method", "get,post"],
        &["remove", "route", "zebras"],
    ),
    (
        &[
            "add-route",
            "bills",
            "--method",
            "get,post,put,delete",
            "--scope",
            "bills:read",
        ],
        &["remove", "route", "bills"],
    ),
    (
        &["add-route", "aa_notes", "--path", "/persons/{id}/notes"],
        &["remove", "route", "aa-notes"],
    ),
    (
        &["add-task", "send_mail", "user_id:uuid", "--queue", "mail"],
        &["remove", "task", "SendMail"],
    ),
    (
        &[
            "add-migration",
            "create_users",
            "email:string!",
            "age:integer?^",
        ],
        &["remove", "migration", "create_users", "--not-applied"],
    ),
    (
        &[
            "add-migration",
            "add_review_to_persons",
            "review:text?",
            "reviewer:references(tasks)?",
        ],
        &[
            "remove",
            "migration",
            "add_review_to_persons",
            "--not-applied",
        ],
    ),
    (
        &["add-migration", "backfill_users"],
        &["remove", "migration", "backfill_users", "--not-applied"],
    ),
];

const LISTS: [&str; 12] = [
    "src/lib.rs",
    "src/models/mod.rs",
    "src/router.rs",
    "src/routes/mod.rs",
    "src/schedules.rs",
    "src/schema.rs",
    "src/tasks/mod.rs",
    "tests/integration/routes/mod.rs",
    "tests/integration/schedules/mod.rs",
    "tests/integration/tasks/mod.rs",
    "tests/integration/util/factory.rs",
    "tests/integration/util/mod.rs",
];

#[test]
fn what_was_added_is_gone_byte_for_byte() {
    for (add, remove) in PAIRS {
        let project = TestProject::new();
        let before = project.files();
        project.succeed(add);
        assert_ne!(project.files(), before);
        project.succeed(remove);
        assert_same(&project, &before, remove);
    }
}

/// Names the files that differ.
#[track_caller]
fn assert_same(project: &TestProject, before: &[(String, String)], remove: &[&str]) {
    let after = project.files();
    let differs = |file: &&(String, String)| !before.contains(file);
    let changed: Vec<_> = after.iter().filter(differs).collect();
    assert!(changed.is_empty(), "{remove:?}: {changed:?}");
    assert_eq!(after.len(), before.len(), "{remove:?}");
}

#[test]
fn the_order_does_not_matter() {
    let project = TestProject::new();
    let before = project.files();
    for (add, _) in PAIRS {
        project.succeed(add);
    }
    for (_, remove) in PAIRS {
        project.succeed(remove);
    }
    assert_same(&project, &before, &[]);
}

#[test]
fn files_of_any_shape_are_what_they_were() {
    for dress in [
        |text: &str| text.replace('\n', "\r\n"),
        |text: &str| format!("\u{feff}{}", text.trim_end()),
        |text: &str| text.replace("    ", "\t"),
    ] {
        let project = TestProject::new();
        for path in LISTS {
            project.write(path, &dress(&project.read(path)));
        }
        let before = project.files();
        for (add, remove) in PAIRS {
            project.succeed(add);
            project.succeed(remove);
            assert_same(&project, &before, remove);
        }
    }
}

#[test]
fn lists_shrink_as_they_have_grown() {
    let project = TestProject::new();
    let before = project.files();
    let words = ["m10", "m9", "m_1", "ma", "zz", "aa", "m01", "m_b"];
    let names: Vec<String> = (0..words.len())
        .map(|index| format!("{}_{}", words[index], "x".repeat(7 * (index % 4))))
        .map(|name| name.trim_end_matches('_').to_owned())
        .collect();
    let mut states = Vec::new();
    for name in &names {
        states.push(project.files());
        project.succeed(&["add-route", name]);
    }
    for name in names.iter().rev() {
        project.succeed(&["remove", "route", name]);
        assert_eq!(Some(project.files()), states.pop(), "{name}");
    }
    assert_eq!(project.files(), before);
}

#[test]
fn a_second_removal_finds_nothing_to_do() {
    let project = TestProject::new();
    project.succeed(&["add-task", "send_mail"]);
    project.succeed(&["remove", "task", "send_mail"]);
    let before = project.files();
    let output = project.succeed(&["remove", "task", "send_mail"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("there is no task `send_mail`"),
        "{message}"
    );
    assert_eq!(project.files(), before);
}

#[test]
fn what_was_edited_is_named_and_kept_unless_forced() {
    for (path, from, to) in [
        ("src/tasks/send_mail.rs", "Ok(())", "Ok(()) // mine"),
        (
            "src/tasks/mod.rs",
            "mod send_mail;",
            "#[cfg(unix)]\nmod send_mail;",
        ),
        (
            "src/tasks/mod.rs",
            "mod send_mail;",
            "mod send_mail; // mine",
        ),
    ] {
        let project = TestProject::new();
        let before = project.files();
        project.succeed(&["add-task", "send_mail"]);
        let text = project.read(path);
        let line = 1 + text.lines().position(|line| line == from).unwrap_or(0);
        project.write(path, &text.replace(from, to));
        let message = project.fail(&["remove", "task", "send_mail"]);
        let place = match path.ends_with("mod.rs") {
            true => format!("{path}:{line}"),
            false => path.to_owned(),
        };
        assert!(
            message.contains(&format!("Conflict {place}\n")),
            "{message}"
        );
        project.succeed(&["remove", "task", "send_mail", "--force"]);
        assert_eq!(project.files(), before, "{to}");
    }
}

#[test]
fn a_list_that_its_owner_sorted_anew_is_no_obstacle() {
    let project = TestProject::new();
    project.succeed(&["add-task", "send_mail"]);
    let list = "src/tasks/mod.rs";
    let moved = project.read(list).replace("mod send_mail;\n", "");
    project.write(
        list,
        &moved.replace("mod add_one_year;", "mod send_mail;\nmod add_one_year;"),
    );
    project.succeed(&["remove", "task", "send_mail"]);
    assert!(!project.read(list).to_lowercase().contains("send"));
}

#[test]
fn what_other_code_needs_is_named() {
    let project = TestProject::new();
    project.succeed(&["add-task", "send_mail"]);
    let schedules = project.read("src/schedules.rs");
    let list = "pub fn register(schedules: &mut ScheduleList) {\n";
    let line = "    schedules.cron(\"mail\", \"1 2 * * *\", || crate::tasks::SendMail {});\n";
    project.write(
        "src/schedules.rs",
        &schedules.replace(list, &format!("{list}{line}")),
    );
    let message = project.fail(&["remove", "task", "send_mail"]);
    assert!(message.contains("src/schedules.rs:8"), "{message}");
    let output = project.succeed(&["remove", "task", "send_mail", "--force"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("take out what needs `send_mail` in src/schedules.rs:8"),
        "{message}"
    );
    project.succeed(&["undo"]);

    project.succeed(&["add-route", "reports"]);
    project.write(
        "src/routes/home.rs",
        &(project.read("src/routes/home.rs") + "fn f() {\n    super::reports::g();\n}\n"),
    );
    let message = project.fail(&["remove", "route", "reports"]);
    assert!(
        message.contains("is needed in src/routes/home.rs:"),
        "{message}"
    );
}

#[test]
fn what_its_own_list_needs_is_named() {
    for (add, path, line, instead, needed) in [
        (
            &["add-task", "send_mail"][..],
            "src/tasks/mod.rs",
            "    tasks.add::<SendMail>();\n",
            "    if x() {\n        tasks.add::<SendMail>();\n    }\n",
            "tasks.add::<SendMail>();",
        ),
        (
            &["add-task", "send_mail"],
            "src/tasks/mod.rs",
            "pub use send_mail::SendMail;\n",
            "pub use send_mail::*;\n",
            "pub use send_mail::*;",
        ),
        (
            &["add-resource", "invoice", "number:string"],
            "src/models/mod.rs",
            "pub use invoice::{",
            "pub type Bill = Invoice;\npub use invoice::{",
            "pub type Bill = Invoice;",
        ),
        (
            &["add-resource", "invoice", "number:string"],
            "src/models/mod.rs",
            "pub use invoice::{Invoice,",
            "pub use invoice::{Invoice as Bill,",
            "pub use invoice::{Invoice as Bill,",
        ),
        (
            &["add-schedule", "nightly", "--every", "1h"],
            "src/schedules.rs",
            "    schedules.every(\"nightly\", std::time::Duration::from_secs(3600), || {\n        \
             Nightly {}\n    });\n",
            "    if x() {\n        schedules.every(\"nightly\", X, || Nightly {});\n    }\n",
            "schedules.every(\"nightly\", X",
        ),
    ] {
        let project = TestProject::new();
        project.succeed(add);
        let list = project.read(path);
        assert!(list.contains(line), "{list}");
        let list = list.replacen(line, instead, 1);
        project.write(path, &list);
        let mut remove = vec!["remove", add[0].trim_start_matches("add-"), add[1]];
        if remove[1] == "resource" {
            remove.push("--not-applied");
        }
        let message = project.fail(&remove);
        let line = list.lines().position(|line| line.contains(needed));
        let line = 1 + line.expect("it is in the list");
        assert!(
            message.contains(&format!("is needed in {path}:{line}")),
            "{message}"
        );
    }
}

#[test]
fn what_no_command_has_made_is_not_taken_away() {
    let project = TestProject::new();
    let message = project.fail(&["remove", "task", "add_one_year"]);
    assert!(
        message.contains("Conflict src/tasks/add_one_year.rs"),
        "{message}"
    );
    let message = project.fail(&["remove", "route", "persons", "--force"]);
    assert!(
        message.contains("src/routes/persons has files of its own"),
        "{message}"
    );
}

#[test]
fn a_removal_is_taken_back() {
    let project = TestProject::new();
    for (add, _) in PAIRS {
        project.succeed(add);
    }
    let before = project.files();
    for (_, remove) in PAIRS {
        project.succeed(remove);
    }
    for _ in PAIRS {
        project.succeed(&["undo"]);
    }
    assert_eq!(project.files(), before);
}
