use std::fs;

use tempfile::TempDir;

use super::*;
use crate::edit::mod_list;

/// A project of nothing but the files that make it one, and these.
fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let directory = TempDir::new().unwrap();
    let base = [
        ("Cargo.toml", "[package]\nname = \"my-service\"\n"),
        (MARKER, "[answers]\ndatabase = \"sqlite\"\n\n[generated]\n"),
    ];
    for (path, text) in base.iter().chain(files) {
        let file = directory.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let project = Project::open(directory.path()).unwrap();
    (directory, project)
}

fn actions(changes: &Changes) -> Vec<(&str, Action)> {
    let files = changes.files.iter();
    files
        .map(|file| (file.path.as_str(), file.action))
        .collect()
}

fn create(project: &Project, force: bool) -> Result<Changes> {
    let mut plan = Plan::new();
    plan.create(project, "a.rs", "new\n".to_owned())?;
    plan.settle(project, force)
}

fn recorded(text: &str) -> String {
    format!(
        "[answers]\ndatabase = \"sqlite\"\n\n[generated]\n\"a.rs\" = \"{}\"\n",
        generated::hash(text)
    )
}

#[test]
fn a_new_file_is_created_and_recorded() {
    let (_directory, project) = project(&[]);
    let changes = create(&project, false).unwrap();
    assert_eq!(
        actions(&changes),
        [("a.rs", Action::Create), (MARKER, Action::Insert)]
    );
    assert_eq!(changes.files[1].after, Some(recorded("new\n")));
}

#[test]
fn the_same_file_is_identical() {
    let marker = recorded("new\n");
    for text in ["new\n", "new\r\n"] {
        let (_directory, project) = project(&[("a.rs", text), (MARKER, &marker)]);
        let changes = create(&project, false).unwrap();
        assert_eq!(changes.diff(), "", "{text:?}");
        assert_eq!(changes.files[0].action, Action::Identical);
        assert_eq!(changes.files[0].after.as_deref(), Some(text));
    }
}

#[test]
fn the_same_file_is_recorded_if_it_was_not() {
    let (_directory, project) = project(&[("a.rs", "new\n")]);
    let changes = create(&project, false).unwrap();
    assert_eq!(
        actions(&changes),
        [("a.rs", Action::Identical), (MARKER, Action::Insert)]
    );
}

#[test]
fn another_file_is_a_conflict_that_force_resolves() {
    let (_directory, project) = project(&[("a.rs", "other\n")]);
    let error = create(&project, false).unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert_eq!(error.conflicts(), ["a.rs"]);
    let changes = create(&project, true).unwrap();
    assert_eq!(changes.files[0].action, Action::Create);
    assert_eq!(changes.files[0].after.as_deref(), Some("new\n"));
}

#[test]
fn an_edited_file_is_skipped_unless_forced() {
    let marker = recorded("new\n");
    let files = [("a.rs", "edited\n"), (MARKER, &marker)];
    let (_directory, project) = project(&files);
    let changes = create(&project, false).unwrap();
    assert_eq!(changes.files[0].action, Action::Skip);
    assert_eq!(changes.diff(), "");
    let changes = create(&project, true).unwrap();
    assert_eq!(changes.files[0].action, Action::Create);
    assert_eq!(changes.files[1].after, Some(recorded("new\n")));
}

#[test]
fn an_edited_file_is_in_the_way_of_another() {
    let marker = recorded("old\n");
    for text in ["old\n", "edited\n"] {
        let (_directory, project) = project(&[("a.rs", text), (MARKER, &marker)]);
        let error = create(&project, false).unwrap_err();
        assert_eq!(error.conflicts(), ["a.rs"], "{text:?}");
        let changes = create(&project, true).unwrap();
        assert_eq!(changes.files[1].after, Some(recorded("new\n")));
    }
}

#[test]
fn several_edits_of_a_file_are_one_change() {
    let (_directory, project) = project(&[("list.rs", "mod a;\n")]);
    let mut plan = Plan::new();
    for name in ["c", "b"] {
        plan.edit(&project, "list.rs", |text| {
            mod_list::insert_mod(text, "", name)
        })
        .unwrap();
    }
    let changes = plan.settle(&project, false).unwrap();
    assert_eq!(
        changes.files[0].after.as_deref(),
        Some("mod a;\nmod b;\nmod c;\n")
    );
    assert_eq!(
        actions(&changes),
        [("list.rs", Action::Insert), (MARKER, Action::Identical)]
    );
    assert_eq!(
        changes.diff(),
        "--- a/list.rs\n+++ b/list.rs\n@@ -1 +1,3 @@\n mod a;\n+mod b;\n+mod c;\n"
    );
}

#[test]
fn force_does_not_replace_lists() {
    let (_directory, project) = project(&[("list.rs", "mod a;\n")]);
    let mut plan = Plan::new();
    plan.edit(&project, "list.rs", |text| {
        mod_list::insert_mod(text, "", "a")
    })
    .unwrap();
    assert_eq!(plan.settle(&project, true).unwrap().diff(), "");
}

#[test]
fn a_generated_file_that_grows_keeps_its_record_up_to_date() {
    let settle = |text: &str, marker: &str| {
        let (_directory, project) = project(&[("a.rs", text), (MARKER, marker)]);
        let mut plan = Plan::new();
        plan.replace(&project, "a.rs", format!("{text}more\n"))
            .unwrap();
        let changes = plan.settle(&project, false).unwrap();
        changes.files[1].after.clone().unwrap()
    };
    let marker = recorded("old\n");
    assert_eq!(settle("old\n", &marker), recorded("old\nmore\n"));
    // What its owner edited stays known as edited.
    assert_eq!(settle("edited\n", &marker), marker);
}
