//! Schedules and resources are taken away whole.

use crate::project::TestProject;

const INVOICE: [&str; 5] = [
    "add-resource",
    "invoice",
    "number:string!",
    "total:decimal",
    "status:enum(draft,sent)=draft",
];
const NO_INVOICE: [&str; 4] = ["remove", "resource", "invoice", "--not-applied"];

#[test]
fn a_resource_that_was_edited_is_kept_unless_forced() {
    for (path, from, to) in [
        ("src/models/invoice.rs", "//! ", "//! Mine. "),
        ("src/models/invoice/status.rs", "/// ", "/// Mine. "),
        ("src/routes/invoices/list.rs", "/// ", "/// Mine. "),
        (
            "src/schema.rs",
            "    invoices (id)",
            "    /// Mine.\n    invoices (id)",
        ),
        (
            "src/models/mod.rs",
            "pub use invoice::",
            "#[rustfmt::skip]\npub use invoice::",
        ),
    ] {
        let project = TestProject::new();
        let before = project.files();
        project.succeed(&INVOICE);
        let text = project.read(path);
        assert!(text.contains(from), "{path}");
        project.write(path, &text.replacen(from, to, 1));
        let message = project.fail(&NO_INVOICE);
        assert!(message.contains(&format!("Conflict {path}")), "{message}");
        project.succeed(&[NO_INVOICE.as_slice(), &["--force"]].concat());
        assert_eq!(project.files(), before, "{path}");
    }
}

#[test]
fn a_resource_that_another_refers_to_stays() {
    let project = TestProject::new();
    project.succeed(&INVOICE);
    let before = project.files();
    let line = [
        "add-resource",
        "line",
        "invoice:references",
        "price:decimal",
    ];
    project.succeed(&line);
    let message = project.fail(&NO_INVOICE);
    for place in ["_create_lines/up.sql", "tests/integration/routes/lines.rs:"] {
        assert!(message.contains(place), "{place}: {message}");
    }
    // What both need stays with the other.
    project.succeed(&["remove", "resource", "line", "--not-applied"]);
    assert_eq!(project.files(), before);
    project.succeed(&NO_INVOICE);
}

#[test]
fn files_that_no_command_has_made_stay() {
    let project = TestProject::new();
    project.succeed(&INVOICE);
    project.write("src/models/invoice/mine.rs", "");
    let message = project.fail(&[NO_INVOICE.as_slice(), &["--force"]].concat());
    assert!(
        message.contains("src/models/invoice has files of its own"),
        "{message}"
    );
    let message = project.fail(&["remove", "resource", "person", "--force", "--not-applied"]);
    assert!(
        message.contains("src/routes/persons has files of its own"),
        "{message}"
    );
}

#[test]
fn a_table_that_a_database_has_is_dropped_by_a_migration() {
    let project = TestProject::new();
    let schema = project.read("src/schema.rs");
    project.succeed(&INVOICE);
    project.succeed(&["remove", "resource", "invoice", "--applied"]);
    assert_eq!(project.read("src/schema.rs"), schema);
    let files = project.files();
    let of = |end: &str| files.iter().find(|(path, _)| path.ends_with(end));
    let (_, up) = of("_revert_create_invoices/up.sql").expect("it is there");
    assert!(up.contains("DROP TABLE invoices"), "{up}");
    assert!(of("-0000_create_invoices/up.sql").is_some());
    assert!(files.iter().all(|(path, _)| !path.ends_with("invoice.rs")));
    let output = project.run(&["doctor", "--json"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_task_of_a_schedule_stays_if_somebody_wrote_it_or_needs_it() {
    let project = TestProject::new();
    project.succeed(&["add-schedule", "send_report", "--every", "30s"]);
    let task = "src/tasks/send_report.rs";
    project.write(
        task,
        &project.read(task).replace("Ok(())", "Ok(()) // mine"),
    );
    let output = project.succeed(&["remove", "schedule", "send_report"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("the task `send_report` is kept, for you have changed it"),
        "{message}"
    );
    assert!(project.read(task).contains("// mine"));
    assert!(!project.read("src/schedules.rs").contains("SendReport"));
    assert!(!project.read("src/schedules.rs").contains("Duration"));

    project.succeed(&[
        "add-schedule",
        "send_report",
        "--every",
        "30s",
        "--task",
        "send_report",
    ]);
    project.succeed(&[
        "add-schedule",
        "other",
        "--every",
        "1d",
        "--task",
        "send_report",
    ]);
    let output = project.succeed(&["remove", "schedule", "send_report", "--force"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("is kept, for it is named in src/schedules.rs:"),
        "{message}"
    );
    assert!(
        project
            .read("src/schedules.rs")
            .contains("Duration::from_secs(86400)")
    );
    project.succeed(&["remove", "schedule", "other"]);
    let output = project.succeed(&["remove", "schedule", "other"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("there is no schedule `other`"),
        "{message}"
    );
}

#[test]
fn a_schedule_that_was_edited_is_kept_unless_forced() {
    let project = TestProject::new();
    let before = project.files();
    project.succeed(&["add-schedule", "nightly_report", "--cron", "30 2 * * *"]);
    let list = "src/schedules.rs";
    let text = project.read(list);
    let line = text.lines().find(|line| line.contains("nightly_report"));
    let line = line.expect("it is there");
    let edited = format!("{}.skip_if_running();", line.trim_end_matches(';'));
    project.write(list, &text.replace(line, &edited));
    let message = project.fail(&["remove", "schedule", "nightly_report"]);
    assert!(message.contains("Conflict src/schedules.rs:"), "{message}");
    project.succeed(&["remove", "schedule", "nightly_report", "--force"]);
    assert_eq!(project.files(), before);
}
