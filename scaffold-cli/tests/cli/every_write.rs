//! Commands that are killed, or whose disk is full, at each of their writes in turn.

use std::collections::BTreeSet;
use std::mem::take;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::cmd::without_stamps;
use crate::project::{SCAFFOLD, TestProject};
use crate::strace::{self, Write};

const ROUTE: &[&str] = &["add-route", "reports", "--method", "get,post"];
/// Many files, some in directories that are not there yet.
const RESOURCE: &[&str] = &[
    "add-resource",
    "invoice",
    "number:string!",
    "total:decimal",
    "status:enum(draft,sent)",
];
const REMOVE: &[&str] = &["remove", "resource", "invoice", "--not-applied"];
const UNDO: &[&str] = &["undo"];
/// Does nothing, but puts right what it finds.
const ANY: &[&str] = &["undo", "--list"];

/// The files; two runs of a command may stamp a migration differently.
fn state(project: &TestProject) -> Vec<(String, String)> {
    let mut files = project.files();
    for (path, text) in &mut files {
        if path == ".scaffold.toml" {
            *text = without_stamps(text);
        }
        *path = without_stamps(path);
    }
    files
}

fn with_resource() -> TestProject {
    let project = TestProject::new();
    project.succeed(RESOURCE);
    project
}

/// What a command writes, what the files are before it, and what they are after it.
struct Run<'a> {
    args: &'a [&'a str],
    writes: Vec<Write>,
    before: Vec<(String, String)>,
    after: Vec<(String, String)>,
    /// What it was run again on: whether all had been done, and the files of the tool itself.
    again: BTreeSet<(bool, Vec<String>)>,
}

impl<'a> Run<'a> {
    fn new(begin: &TestProject, args: &'a [&'a str]) -> Self {
        let done = begin.links();
        let writes = strace::writes(&done, args);
        assert!(writes.len() > 20, "{args:?} has {} writes", writes.len());
        Self {
            args,
            writes,
            before: state(begin),
            after: state(&done),
            again: BTreeSet::new(),
        }
    }

    /// The files are those of before or after, and the same command again succeeds, and leaves
    /// nothing of its own but the history. It is run on what it was not run on before. Tells
    /// whether all had been done.
    #[track_caller]
    fn check(&mut self, project: &TestProject, write: &Write) -> bool {
        let found = state(project);
        let is_done = found == self.after;
        assert!(is_done || found == self.before, "{write}");
        if self.again.insert((is_done, project.own_files())) {
            project.succeed(self.args);
            assert_eq!(state(project), self.after, "{write}");
            assert_eq!(project.read(".scaffold/.gitignore"), "*\n", "{write}");
            assert!(is_tidy(project), "{write}");
        }
        is_done
    }
}

/// Whether of the files of the tool itself only those are there that stay when a command has ended.
fn is_tidy(project: &TestProject) -> bool {
    let is_record = |path: &str| {
        let number = path
            .strip_prefix("journal/")
            .and_then(|name| name.strip_suffix(".json"));
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    project.own_files().iter().all(|path| {
        is_record(path) || path.ends_with('/') || [".gitignore", "lock"].contains(&path.as_str())
    })
}

/// Kills a command in front of each of its writes: the next one finds all or nothing.
fn kill_everywhere(begin: &TestProject, args: &[&str]) {
    let mut run = Run::new(begin, args);
    for write in take(&mut run.writes) {
        let project = begin.links();
        let status = strace::interfere(&project, args, &write, "signal=SIGKILL");
        assert_eq!(status.signal(), Some(9), "{write}");
        project.succeed(ANY);
        run.check(&project, &write);
    }
    assert_eq!(state(begin), run.before, "a file was changed in its place");
}

/// Has each write of a command fail: it says so and has done nothing, or did not need it.
fn fail_everywhere(begin: &TestProject, args: &[&str]) {
    let mut run = Run::new(begin, args);
    // To take away an empty directory needs no room.
    run.writes.retain(|write| write.call != "rmdir");
    for write in take(&mut run.writes) {
        let project = begin.links();
        let status = strace::interfere(&project, args, &write, "error=ENOSPC");
        assert!(is_tidy(&project), "{write}");
        let is_done = run.check(&project, &write);
        assert_eq!(status.code(), Some(i32::from(!is_done)), "{write}");
    }
    assert_eq!(state(begin), run.before, "a file was changed in its place");
}

#[test]
fn a_killed_add_route_leaves_all_or_nothing() {
    kill_everywhere(&TestProject::new(), ROUTE);
}

#[test]
fn a_killed_add_resource_leaves_all_or_nothing() {
    kill_everywhere(&TestProject::new(), RESOURCE);
}

#[test]
fn a_killed_remove_leaves_all_or_nothing() {
    kill_everywhere(&with_resource(), REMOVE);
}

#[test]
fn a_killed_undo_leaves_all_or_nothing() {
    kill_everywhere(&with_resource(), UNDO);
}

#[test]
fn who_puts_things_right_may_be_killed_too() {
    let whole = with_resource();
    let run = Run::new(&whole, REMOVE);
    let half = whole.links();
    let last = run.writes.last().expect("there are some");
    strace::interfere(&half, REMOVE, last, "signal=SIGKILL");
    let mut repair = Run::new(&half, ANY);
    assert!(repair.before != run.before && repair.after == run.before);
    for write in take(&mut repair.writes) {
        let project = half.links();
        let status = strace::interfere(&project, ANY, &write, "signal=SIGKILL");
        assert_eq!(status.signal(), Some(9), "{write}");
        project.succeed(ANY);
        assert_eq!(state(&project), run.before, "{write}");
    }
}

#[test]
fn an_add_resource_without_room_does_nothing() {
    fail_everywhere(&TestProject::new(), RESOURCE);
}

#[test]
fn an_undo_without_room_does_nothing() {
    fail_everywhere(&with_resource(), UNDO);
}

#[test]
fn half_a_file_is_not_left_behind() {
    let project = TestProject::new();
    let before = project.files();
    let args = ["add-kit", "monitoring"];
    let mut command = Command::new("sh");
    // Eight kilobytes: the dashboard is larger, the journal and what is written before it are not.
    command.args([
        "-c",
        "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"",
        SCAFFOLD,
    ]);
    let output = command.args(args).current_dir(project.root()).output();
    let output = output.expect("there is a shell");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("dashboard.json"), "{message}");
    assert_eq!(project.files(), before);
    assert!(is_tidy(&project));
    project.succeed(&args);
}
