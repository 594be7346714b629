use tempfile::TempDir;

use super::*;
use crate::edit::Edit;
use crate::edit::Insert;
use crate::plan::Plan;
use crate::project::{MARKER, Project};

struct Fixture {
    directory: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let fixture = Self { directory };
        fixture.write("Cargo.toml", "[package]\nname = \"my-service\"\n");
        fixture.write(MARKER, "[generated]\n");
        fixture.write("list.rs", "mod a;\n");
        fixture
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root().join(path)).ok()
    }

    /// One file to create, one to extend, and the record.
    fn changes(&self) -> Changes {
        let project = Project::open(self.root()).unwrap();
        let mut plan = Plan::new();
        plan.create(&project, "new/b.rs", "b\n".to_owned()).unwrap();
        let insert = Edit::Insert(vec![Insert::new(7, "mod b;\n")]);
        plan.edit(&project, "list.rs", |_| Ok(insert)).unwrap();
        plan.settle(&project, false).unwrap()
    }

    /// All that is there but the tool's own files.
    fn snapshot(&self) -> Vec<(String, Option<String>)> {
        let mut names: Vec<_> = fs::read_dir(self.root())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != STATE)
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|name| (name.clone(), self.read(&name)))
            .collect()
    }
}

#[test]
fn all_files_are_written_and_nothing_else_is_left() {
    let fixture = Fixture::new();
    apply(fixture.root(), &fixture.changes()).unwrap();
    assert_eq!(fixture.read("new/b.rs").as_deref(), Some("b\n"));
    assert_eq!(fixture.read("list.rs").as_deref(), Some("mod a;\nmod b;\n"));
    assert!(fixture.read(MARKER).unwrap().contains("new/b.rs"));
    assert!(!is_interrupted(fixture.root()).unwrap());
    assert_eq!(fs::read_dir(fixture.root().join("new")).unwrap().count(), 1);
    assert_eq!(fixture.snapshot().len(), 4);
}

#[test]
fn a_file_that_changed_since_it_was_read_stops_everything() {
    let fixture = Fixture::new();
    let changes = fixture.changes();
    fixture.write("list.rs", "mod a;\nmod mine;\n");
    let before = fixture.snapshot();
    let error = apply(fixture.root(), &changes).unwrap_err();
    assert_eq!(error.code(), "busy");
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn an_error_half_way_takes_everything_back() {
    let fixture = Fixture::new();
    let changes = fixture.changes();
    let before = fixture.snapshot();
    // The name beside `list.rs` is taken by a directory: the second file cannot be written.
    let obstacle = fixture.root().join(".list.rs.scaffold-tmp");
    fs::create_dir(&obstacle).unwrap();
    let error = apply(fixture.root(), &changes).unwrap_err();
    assert_eq!(error.code(), "io");
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_refused() {
    let fixture = Fixture::new();
    let changes = fixture.changes();
    fixture.write("new", "a file\n");
    let before = fixture.snapshot();
    let error = apply(fixture.root(), &changes).unwrap_err();
    assert_eq!(error.code(), "invalid_file");
    assert_eq!(fixture.snapshot(), before);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_project_are_refused() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), fixture.root().join("new")).unwrap();
    let error = apply(fixture.root(), &fixture.changes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "new/b.rs: is a link that leads out of the project"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn links_inside_the_project_and_permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    let (link, real) = (
        fixture.root().join("list.rs"),
        fixture.root().join("real.rs"),
    );
    fs::rename(&link, &real).unwrap();
    std::os::unix::fs::symlink("real.rs", &link).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    apply(fixture.root(), &fixture.changes()).unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "mod a;\nmod b;\n");
    let mode = fs::metadata(&real).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_read_only_file_is_refused() {
    let fixture = Fixture::new();
    let changes = fixture.changes();
    let path = fixture.root().join("list.rs");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let error = apply(fixture.root(), &changes).unwrap_err();
    assert_eq!(error.to_string(), "list.rs: is read-only");
    assert_eq!(fixture.read("new/b.rs"), None);
}

/// Leaves behind what a process leaves that is killed after so many files.
fn kill_after(fixture: &Fixture, count: usize) {
    let changes = fixture.changes();
    let writes = writes(&changes);
    let targets = targets(fixture.root(), &writes).unwrap();
    prepare_state(fixture.root()).unwrap();
    Journal::begin(fixture.root(), &writes).unwrap();
    for (change, target) in writes.iter().zip(&targets) {
        write_beside(change, target, &temporary(target)).unwrap();
    }
    for target in targets.iter().take(count) {
        fs::rename(temporary(target), target).unwrap();
    }
}

#[test]
fn a_killed_command_is_taken_back_wherever_it_was() {
    for count in 0..=3 {
        let fixture = Fixture::new();
        let before = fixture.snapshot();
        kill_after(&fixture, count);
        assert!(is_interrupted(fixture.root()).unwrap());
        let restored = recover(fixture.root()).unwrap();
        assert_eq!(restored.len(), count);
        assert_eq!(fixture.snapshot(), before, "killed after {count} files");
        assert!(!is_interrupted(fixture.root()).unwrap());
        assert_eq!(recover(fixture.root()).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn what_somebody_wrote_after_the_kill_is_kept() {
    let fixture = Fixture::new();
    kill_after(&fixture, 3);
    fixture.write("list.rs", "mod mine;\n");
    recover(fixture.root()).unwrap();
    assert_eq!(fixture.read("list.rs").as_deref(), Some("mod mine;\n"));
    assert_eq!(fixture.read("new/b.rs"), None);
}

#[test]
fn a_journal_that_cannot_be_read_is_named() {
    let fixture = Fixture::new();
    prepare_state(fixture.root()).unwrap();
    fs::create_dir(fixture.root().join(".scaffold/journal")).unwrap();
    fixture.write(".scaffold/journal/pending.json", "{");
    let error = recover(fixture.root()).unwrap_err();
    assert_eq!(
        error.file().as_deref(),
        Some(".scaffold/journal/pending.json")
    );
}

#[test]
fn a_command_that_was_killed_meanwhile_can_still_be_taken_back() {
    let fixture = Fixture::new();
    let before = fixture.snapshot();
    let changes = fixture.changes();
    kill_after(&fixture, 0);
    let error = apply(fixture.root(), &changes).unwrap_err();
    assert_eq!(error.code(), "busy");
    recover(fixture.root()).unwrap();
    assert_eq!(fixture.snapshot(), before);
}

#[test]
fn a_command_at_work_is_not_an_interrupted_one() {
    let fixture = Fixture::new();
    kill_after(&fixture, 3);
    let lock = Lock::take(fixture.root()).unwrap();
    let journal = Journal::load(fixture.root()).unwrap().unwrap();
    std::thread::scope(|scope| {
        let found = scope.spawn(|| is_interrupted(fixture.root()).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(100));
        journal.finish(fixture.root()).unwrap();
        drop(lock);
        assert!(!found.join().unwrap());
    });
}
