//! Of a file with several handlers, one is taken away.

use crate::project::TestProject;

/// Flags of `add-route`, and which of them `remove route` takes.
const FLAGS: [(&[&str], usize); 8] = [
    (&["--method", "post"], 2),
    (&["--method", "put,delete", "--path", "/reports/{id}"], 4),
    (&["--method", "get,post", "--path", "/reports/mine"], 4),
    (
        &["--method", "get", "--path", "/reports/{id}", "--public"],
        4,
    ),
    (&["--method", "post", "--path", "/reports/{id}/{line}"], 4),
    (&["--method", "delete", "--scope", "reports:audit"], 2),
    (&["--method", "put,post", "--scope", "reports.audit"], 2),
    (
        &[
            "--method",
            "get",
            "--path",
            "/reports/old",
            "--deprecated",
            "--sunset",
            "2099-12-31",
        ],
        4,
    ),
];

const FILE: &str = "src/routes/reports.rs";

fn add(project: &TestProject, flags: &[&str]) {
    project.succeed(&[&["add-route", "reports"][..], flags].concat());
}

#[track_caller]
fn assert_removes(project: &TestProject, flags: &[&str], expected: &[(String, String)]) {
    let args = [&["remove", "route", "reports"][..], flags].concat();
    project.succeed(&args);
    let after = project.files();
    let differs = |file: &&(String, String)| !expected.contains(file);
    let changed: Vec<_> = after.iter().filter(differs).collect();
    assert!(changed.is_empty(), "{args:?}: {changed:?}");
    assert_eq!(after.len(), expected.len(), "{args:?}");
}

#[test]
fn what_was_added_to_a_file_is_gone_byte_for_byte() {
    for dress in [
        |text: &str| text.to_owned(),
        |text: &str| text.replace('\n', "\r\n"),
        |text: &str| format!("\u{feff}{text}"),
    ] {
        for (flags, known) in FLAGS {
            let project = TestProject::new();
            add(&project, &["--method", "get"]);
            for path in [FILE, "tests/integration/routes/reports.rs"] {
                project.write(path, &dress(&project.read(path)));
            }
            let before = project.files();
            add(&project, flags);
            assert_ne!(project.files(), before, "{flags:?}");
            assert_removes(&project, &flags[..known], &before);
            project.succeed(&["undo"]);
            project.succeed(&["undo"]);
            assert_eq!(project.files(), before, "{flags:?}");
        }
    }
}

#[test]
fn the_order_does_not_matter() {
    let project = TestProject::new();
    add(&project, &["--method", "post"]);
    let expected = project.files();
    let project = TestProject::new();
    add(&project, &["--method", "get,post"]);
    assert_removes(&project, &["--method", "get"], &expected);
}

#[test]
fn the_last_handler_takes_the_module_with_it() {
    let project = TestProject::new();
    let before = project.files();
    add(&project, &["--method", "get,delete", "--scope", "audit"]);
    assert_removes(&project, &["--method", "delete,get"], &before);
}

#[test]
fn a_handler_that_is_not_there_is_told() {
    let project = TestProject::new();
    add(&project, &[]);
    let before = project.files();
    let output = project.succeed(&["remove", "route", "reports", "--method", "put"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("there is no route `PUT /reports`"),
        "{message}"
    );
    assert_eq!(project.files(), before);
}

#[test]
fn a_handler_that_was_edited_is_kept_unless_forced() {
    let project = TestProject::new();
    add(&project, &["--method", "get,post"]);
    let text = project.read(FILE);
    let edited = text.replace("message: body.message", "message: body.message + \"!\"");
    assert_ne!(edited, text);
    project.write(FILE, &edited);
    let args = ["remove", "route", "reports", "--method", "post"];
    let message = project.fail(&args);
    assert!(message.contains(&format!("Conflict {FILE}:")), "{message}");
    // The other is as it was.
    project.succeed(&["remove", "route", "reports", "--method", "get"]);
    project.succeed(&["undo"]);
    project.succeed(&[&args[..], &["--force"]].concat());
    let left = project.read(FILE);
    assert!(
        left.contains("fn list_reports(") && !left.contains("Report(") && !left.contains("create")
    );
    assert!(
        left.ends_with("}\n") && !left.contains("StatusCode"),
        "{left}"
    );
    assert!(!project.read("src/router.rs").contains("create_report"));
}

#[test]
fn what_other_code_needs_of_a_handler_is_named() {
    for (path, code) in [
        (FILE, "fn f(_: CreateReportRequest) {}\n"),
        (
            "src/routes/home.rs",
            "fn f() {\n    let _ = super::reports::create_report;\n}\n",
        ),
        (
            "src/routes/home.rs",
            "use crate::routes::reports::CreateReportResponse as It;\n",
        ),
    ] {
        let project = TestProject::new();
        add(&project, &["--method", "get,post"]);
        project.write(path, &(project.read(path) + code));
        let message = project.fail(&["remove", "route", "reports", "--method", "post"]);
        assert!(
            message.contains("the route `POST /reports` is needed in"),
            "{message}"
        );
        assert!(message.contains(&format!("{path}:")), "{message}");
    }
}

#[test]
fn a_scope_stays_as_long_as_a_handler_asks_for_it() {
    let project = TestProject::new();
    add(&project, &["--method", "get,post,put", "--scope", "audit"]);
    for (method, is_left) in [("put", true), ("get", true), ("post", false)] {
        project.succeed(&["remove", "route", "reports", "--method", method]);
        let is_there =
            project.root().join(FILE).exists() && project.read(FILE).contains("pub struct Audit");
        assert_eq!(is_there, is_left, "{method}");
    }
}
