//! What `fixtures/lab` adds to a rendered service.

use std::fs;
use std::path::Path;

use crate::rendered::scaffold;
use crate::root;

/// The tasks; each has a file.
const TASKS: [&str; 9] = [
    "do_nothing",
    "fail_to_explain",
    "fail_to_wait",
    "hold_thread",
    "misbehave",
    "nap",
    "newcomer",
    "slow_birthday",
    "tick",
];

/// What stands in a file of the template, and what stands there in the lab.
const EDITS: [(&str, &str, &str); 5] = [
    (
        "src/routes/mod.rs",
        "pub mod home;\n",
        "pub mod home;\npub mod lab;\n",
    ),
    (
        "src/router.rs",
        ".merge(dashboard_routes(&state))",
        ".merge(dashboard_routes(&state))\n.merge(crate::routes::lab::routes())",
    ),
    // A handler that asks for no token.
    (
        "src/router.rs",
        ".routes(routes!(tasks::find_task))",
        ".routes(routes!(tasks::find_task)).route(\"/lab/open\", get(async || \"open\"))",
    ),
    (
        "src/schedules.rs",
        "(schedules: &mut ScheduleList) {\n",
        "(schedules: &mut ScheduleList) {
         schedules.every(\"tick\", std::time::Duration::from_secs(2), || crate::tasks::Tick {});\n",
    ),
    // The same binary is the release before, which does not know this task.
    (
        "src/tasks/mod.rs",
        "tasks.add::<Newcomer>();",
        "if std::env::var_os(\"RELEASE_BEFORE\").is_none() { tasks.add::<Newcomer>(); }",
    ),
];

/// Adds tasks and routes that only tests need.
pub(crate) fn furnish(project: &Path) {
    let fixtures = root().join("tests/fixtures/lab");
    let copy = |from: &str, to: &str| {
        fs::copy(fixtures.join(from), project.join(to)).expect("fixtures can be copied");
    };
    for task in TASKS {
        scaffold(project, &["add-task", task]).expect("a task can be added");
        copy(&format!("tasks/{task}.rs"), &format!("src/tasks/{task}.rs"));
    }
    copy("routes.rs", "src/routes/lab.rs");
    for (path, present, wanted) in EDITS {
        let path = project.join(path);
        let text = fs::read_to_string(&path).expect("the template has this file");
        assert_eq!(text.matches(present).count(), 1, "{present} in {text}");
        fs::write(&path, text.replace(present, wanted)).expect("the project can be written");
    }
    // It tells the time, so it would never be as it was.
    let journal = project.join(".scaffold");
    fs::remove_dir_all(journal).expect("`add-task` keeps a journal");
}
