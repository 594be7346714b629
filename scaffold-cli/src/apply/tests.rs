use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::commands::undo;
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

    /// One file to create, and the record.
    fn changes_of(&self, path: &str) -> Changes {
        let project = Project::open(self.root()).unwrap();
        let mut plan = Plan::new();
        plan.create(&project, path, "x\n".to_owned()).unwrap();
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

fn write(fixture: &Fixture, changes: &Changes) -> Result<()> {
    apply(fixture.root(), changes, &Note::default())
}

/// What takes back the last command.
fn reversal(fixture: &Fixture) -> (Changes, Note) {
    let record = history::last(fixture.root()).unwrap().unwrap();
    let project = Project::open(fixture.root()).unwrap();
    let changes = undo::changes(&project, &record, false).unwrap();
    let note = Note {
        takes_back: Some(record.number),
        ..Note::default()
    };
    (changes, note)
}

#[test]
fn all_files_are_written_and_nothing_else_is_left() {
    let fixture = Fixture::new();
    write(&fixture, &fixture.changes()).unwrap();
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
    let error = write(&fixture, &changes).unwrap_err();
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
    let error = write(&fixture, &changes).unwrap_err();
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
    let error = write(&fixture, &changes).unwrap_err();
    assert_eq!(error.code(), "invalid_file");
    assert_eq!(fixture.snapshot(), before);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_project_are_refused() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), fixture.root().join("new")).unwrap();
    let error = write(&fixture, &fixture.changes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "new/b.rs: is a link that leads out of the project"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_journal_does_not_lead_out_of_the_project() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    let above = format!("../{name}/x");
    let through = format!("none/../../{name}/x");
    let absolute = outside.path().join("x").to_str().unwrap().to_owned();
    for path in [&above, &through, &absolute] {
        prepare_state(fixture.root()).unwrap();
        let journal = json!({ "files": [{ "path": path, "before": "x", "after_hash": null }] });
        let directory = fixture.root().join(".scaffold/journal");
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("pending.json"), journal.to_string()).unwrap();
        let recovered = recover(fixture.root()).unwrap();
        assert_eq!((recovered.restored.len(), recovered.kept.len()), (0, 1));
        let change = Change::restore(path, None, Some("x".to_owned()));
        let error = write(&fixture, &Changes::new(vec![change])).unwrap_err();
        assert!(error.to_string().contains("is not a path below"), "{error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0, "{path}");
        assert!(!is_interrupted(fixture.root()).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn the_state_does_not_lead_out_of_the_project() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    std::os::unix::fs::symlink(outside.path(), fixture.root().join(STATE)).unwrap();
    let error = write(&fixture, &fixture.changes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        ".scaffold/.gitignore: is a link that leads out of the project"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_temporary_file_is_not_followed() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    let mine = outside.path().join("mine");
    fs::write(&mine, "mine").unwrap();
    let link = fixture.root().join(".list.rs.scaffold-tmp");
    std::os::unix::fs::symlink(&mine, &link).unwrap();
    write(&fixture, &fixture.changes()).unwrap();
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(!fixture.root().join("list.rs").is_symlink() && !link.is_symlink());
    assert_eq!(fixture.read("list.rs").as_deref(), Some("mod a;\nmod b;\n"));
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
    write(&fixture, &fixture.changes()).unwrap();
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
    let error = write(&fixture, &changes).unwrap_err();
    assert_eq!(error.to_string(), "list.rs: is read-only");
    assert_eq!(fixture.read("new/b.rs"), None);
}

/// Leaves behind what a process leaves that is killed after so many files.
fn kill_after(fixture: &Fixture, count: usize) {
    kill_during(fixture, &fixture.changes(), &Note::default(), count);
}

fn kill_during(fixture: &Fixture, changes: &Changes, note: &Note, count: usize) {
    let writes = writes(changes);
    let targets = targets(fixture.root(), &writes).unwrap();
    prepare_state(fixture.root()).unwrap();
    Journal::begin(fixture.root(), &writes, note).unwrap();
    for (change, target) in writes.iter().zip(&targets) {
        prepare(change, target).unwrap();
    }
    for (change, target) in writes.iter().zip(&targets).take(count) {
        put_in_place(fixture.root(), change, target).unwrap();
    }
}

#[test]
fn a_killed_command_is_taken_back_wherever_it_was() {
    for count in 0..=3 {
        let fixture = Fixture::new();
        let before = fixture.snapshot();
        kill_after(&fixture, count);
        assert!(is_interrupted(fixture.root()).unwrap());
        let recovered = recover(fixture.root()).unwrap();
        assert_eq!((recovered.restored.len(), recovered.kept.len()), (count, 0));
        assert_eq!(fixture.snapshot(), before, "killed after {count} files");
        assert!(!is_interrupted(fixture.root()).unwrap());
        assert_eq!(recover(fixture.root()).unwrap(), Recovered::default());
    }
}

#[test]
fn what_somebody_wrote_after_the_kill_is_kept() {
    let fixture = Fixture::new();
    kill_after(&fixture, 3);
    fixture.write("list.rs", "mod mine;\n");
    let recovered = recover(fixture.root()).unwrap();
    assert_eq!(recovered.kept, ["list.rs"]);
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
    let error = write(&fixture, &changes).unwrap_err();
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
    assert!(history::last(fixture.root()).unwrap().is_none());
    std::thread::scope(|scope| {
        let found = scope.spawn(|| is_interrupted(fixture.root()).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(100));
        journal.finish(fixture.root()).unwrap();
        drop(lock);
        assert!(!found.join().unwrap());
    });
}

#[test]
fn the_last_command_is_taken_back_whole() {
    let fixture = Fixture::new();
    let before = fixture.snapshot();
    write(&fixture, &fixture.changes()).unwrap();
    let (changes, note) = reversal(&fixture);
    apply(fixture.root(), &changes, &note).unwrap();
    assert_eq!(fixture.snapshot(), before);
    assert!(history::last(fixture.root()).unwrap().is_none());
}

#[test]
fn a_killed_reversal_is_taken_back_or_done_wherever_it_was() {
    for count in 0..=3 {
        let fixture = Fixture::new();
        let before = fixture.snapshot();
        write(&fixture, &fixture.changes()).unwrap();
        let done = fixture.snapshot();
        let (changes, note) = reversal(&fixture);
        kill_during(&fixture, &changes, &note, count);
        let recovered = recover(fixture.root()).unwrap();
        assert_eq!(recovered.restored.len(), count);
        assert_eq!(fixture.snapshot(), done, "killed after {count} files");
        assert_eq!(fixture.read("new/b.rs").as_deref(), Some("b\n"));
        let (changes, note) = reversal(&fixture);
        apply(fixture.root(), &changes, &note).unwrap();
        assert_eq!(fixture.snapshot(), before);
    }
}

#[test]
fn a_reversal_killed_before_it_tidied_up_is_done() {
    let fixture = Fixture::new();
    write(&fixture, &fixture.changes()).unwrap();
    let first = fixture.snapshot();
    write(&fixture, &fixture.changes_of("other.rs")).unwrap();
    let (changes, note) = reversal(&fixture);
    kill_during(&fixture, &changes, &note, 2);
    let journal = fixture.root().join(".scaffold/journal");
    fs::rename(journal.join("pending.json"), journal.join("000002.json")).unwrap();
    assert_eq!(fixture.snapshot(), first);
    let (changes, note) = reversal(&fixture);
    assert_eq!(note.takes_back, Some(1));
    apply(fixture.root(), &changes, &note).unwrap();
}

#[test]
fn only_the_last_command_is_taken_back() {
    let fixture = Fixture::new();
    write(&fixture, &fixture.changes()).unwrap();
    let (changes, note) = reversal(&fixture);
    write(&fixture, &fixture.changes_of("other.rs")).unwrap();
    let error = apply(fixture.root(), &changes, &note).unwrap_err();
    assert_eq!(error.code(), "busy");
}

#[test]
fn a_file_that_changed_since_is_named() {
    let fixture = Fixture::new();
    write(&fixture, &fixture.changes()).unwrap();
    fixture.write("list.rs", "mod a;\nmod b;\nmod mine;\n");
    let record = history::last(fixture.root()).unwrap().unwrap();
    let project = Project::open(fixture.root()).unwrap();
    let error = undo::changes(&project, &record, false).unwrap_err();
    assert_eq!(error.conflicts(), ["list.rs"]);
    let forced = undo::changes(&project, &record, true).unwrap();
    assert_eq!(forced.files[1].after.as_deref(), Some("mod a;\n"));
}

#[test]
fn the_history_has_an_end() {
    let fixture = Fixture::new();
    for number in 0..history::LENGTH + 5 {
        write(&fixture, &fixture.changes_of(&format!("{number}.rs"))).unwrap();
    }
    let records = history::records(fixture.root()).unwrap();
    assert_eq!(records.len(), history::LENGTH);
    assert_eq!(records[0].number, 105);
    assert_eq!(records.last().unwrap().number, 6);
}

#[cfg(unix)]
#[test]
fn a_link_is_not_taken_away() {
    let fixture = Fixture::new();
    write(&fixture, &fixture.changes()).unwrap();
    let (link, real) = (
        fixture.root().join("new/b.rs"),
        fixture.root().join("real.rs"),
    );
    fs::rename(&link, &real).unwrap();
    std::os::unix::fs::symlink("../real.rs", &link).unwrap();
    let (changes, note) = reversal(&fixture);
    let error = apply(fixture.root(), &changes, &note).unwrap_err();
    assert_eq!(error.code(), "invalid_file");
    assert!(link.is_symlink() && real.exists());
}
