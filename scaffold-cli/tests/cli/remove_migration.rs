//! Migrations are taken away, or reverted, with what `schema.rs` says of them.

use std::process::Command;

use crate::project::{SCAFFOLD, TestProject};

const SCHEMA: &str = "src/schema.rs";

#[test]
fn a_migration_that_has_run_is_reverted_by_another() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "create_users", "email:string!"]);
    let remove = ["remove", "migration", "create_users", "--applied"];
    project.succeed(&remove);
    let directories: Vec<String> = std::fs::read_dir(project.root().join("migrations"))
        .expect("it is there")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let find = |end: &str| {
        let name = directories.iter().find(|name| name.ends_with(end));
        format!("migrations/{}", name.expect("it is there"))
    };
    let (old, new) = (find("-0000_create_users"), find("_revert_create_users"));
    assert!(old < new);
    for (ours, theirs) in [("up", "down"), ("down", "up")] {
        let read = |path: &str, name| project.read(&format!("{path}/{name}.sql"));
        assert_eq!(read(&new, ours), read(&old, theirs));
    }
    let before = project.files();
    project.succeed(&remove);
    assert_eq!(project.files(), before);

    project.succeed(&["add-migration", "backfill_users"]);
    let message = project.fail(&["remove", "migration", "backfill_users", "--applied"]);
    assert!(
        message.contains("has nothing that would revert"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn the_database_is_asked_whether_a_migration_has_run() {
    use std::os::unix::fs::PermissionsExt;
    let project = TestProject::new();
    project.succeed(&["add-migration", "backfill_users"]);
    let cargo = project.root().parent().expect("a parent").join("cargo");
    let remove = |script: &str| {
        std::fs::write(&cargo, format!("#!/bin/sh\n{script}\n")).expect("it is written");
        std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).expect("it is ours");
        let mut command = Command::new(SCAFFOLD);
        let command = command.args(["remove", "migration", "backfill_users"]);
        let command = command.env("CARGO", &cargo).current_dir(project.root());
        command.output().expect("the program runs")
    };
    let before = project.files();
    for (script, expected) in [
        ("echo oops >&2\nexit 1", "it has run the migration: oops"),
        ("echo 'pending  2000_other'", "does not list the migration"),
        (
            "ls migrations | sed 's/^/applied  /'",
            "has nothing that would revert",
        ),
    ] {
        let output = remove(script);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(project.files(), before);
    }
    let script = "test \"$*\" = 'run --quiet --locked -- migrate status' || exit 1\n\
                  ls migrations | sed 's/^/pending  /'";
    assert!(remove(script).status.success());
    assert_ne!(project.files(), before);
}

#[test]
fn a_reverted_migration_leaves_the_schema_too() {
    let project = TestProject::new();
    let before = project.read(SCHEMA);
    project.succeed(&["add-migration", "create_users", "email:string!"]);
    let with_table = project.read(SCHEMA);
    project.succeed(&[
        "add-migration",
        "add_owner_to_users",
        "owner:references(persons)?",
    ]);
    project.succeed(&["remove", "migration", "add_owner_to_users", "--applied"]);
    assert_eq!(project.read(SCHEMA), with_table);
    project.succeed(&["remove", "migration", "create_users", "--applied"]);
    assert_eq!(project.read(SCHEMA), before);
    let output = project.run(&["doctor", "--json"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn what_later_migrations_need_stays() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "create_users", "email:string!"]);
    project.succeed(&["add-migration", "add_index_to_users_on_email"]);
    let remove = ["remove", "migration", "create_users", "--not-applied"];
    let message = project.fail(&remove);
    assert!(
        message.contains("`create_users` is needed in migrations/")
            && message.contains("_add_index_to_users_on_email/up.sql"),
        "{message}"
    );
    let index = [
        "remove",
        "migration",
        "add_index_to_users_on_email",
        "--not-applied",
    ];
    project.succeed(&index);
    project.succeed(&remove);

    project.succeed(&["add-migration", "add_note_to_persons", "note:text?"]);
    project.succeed(&["add-migration", "add_index_to_persons_on_note"]);
    let message = project.fail(&[
        "remove",
        "migration",
        "add_note_to_persons",
        "--not-applied",
    ]);
    assert!(
        message.contains("_add_index_to_persons_on_note/up.sql"),
        "{message}"
    );
}

/// The names of the migrations that end like this, oldest first.
fn migrations(project: &TestProject, end: &str) -> Vec<String> {
    let entries = std::fs::read_dir(project.root().join("migrations")).expect("it is there");
    let names = entries.map(|it| it.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
    names.sort();
    names
}

#[test]
fn what_was_reverted_is_made_again_by_another_migration() {
    for (add, remove, name) in [
        (
            &["add-migration", "create_users", "email:string!"][..],
            &["remove", "migration", "create_users", "--applied"][..],
            "create_users",
        ),
        (
            &["add-resource", "invoice", "number:string"],
            &["remove", "resource", "invoice", "--applied"],
            "create_invoices",
        ),
        (
            &["add-migration", "add_note_to_persons", "note:text?"],
            &["remove", "migration", "add_note_to_persons", "--applied"],
            "add_note_to_persons",
        ),
    ] {
        let project = TestProject::new();
        for times in 1..=2 {
            project.succeed(add);
            let added = project.files();
            project.succeed(add);
            assert!(project.files() == added, "{add:?}");
            project.succeed(remove);
            let removed = project.files();
            project.succeed(remove);
            assert!(project.files() == removed, "{remove:?}");
            let all = migrations(&project, name).len();
            let reverted = migrations(&project, &format!("_revert_{name}")).len();
            assert_eq!((all, reverted), (2 * times, times), "{name}");
        }
    }
}

#[test]
fn a_revert_goes_down_to_what_was_there_just_before() {
    let project = TestProject::new();
    project.succeed(&["add-resource", "invoice", "number:string"]);
    project.succeed(&["add-migration", "add_note_to_invoices", "note:text?"]);
    project.succeed(&["add-migration", "add_index_to_invoices_on_number"]);
    project.succeed(&["add-migration", "add_age_to_invoices", "age:integer?"]);
    project.succeed(&["remove", "migration", "add_age_to_invoices", "--applied"]);
    let remove = ["remove", "resource", "invoice", "--applied"];
    project.succeed(&remove);
    let removed = project.files();
    project.succeed(&remove);
    assert!(project.files() == removed);
    let read = |end: &str, file: &str| {
        let directory = migrations(&project, end).remove(0);
        project.read(&format!("migrations/{directory}/{file}.sql"))
    };
    let ups = [
        read("-0000_create_invoices", "up"),
        read("_add_note_to_invoices", "up"),
        read("_add_index_to_invoices_on_number", "up"),
    ];
    assert_eq!(read("_revert_create_invoices", "down"), ups.join("\n"));
}

#[test]
fn what_later_migrations_do_with_a_table_has_to_be_understood_to_revert_it() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "create_users", "email:string"]);
    project.succeed(&["add-migration", "watch_users"]);
    let directory = migrations(&project, "_watch_users").remove(0);
    let up = format!("migrations/{directory}/up.sql");
    project.write(&up, "CREATE VIEW seen AS SELECT * FROM users;\n");
    let message = project.fail(&["remove", "migration", "create_users", "--applied"]);
    assert!(
        message.contains(&format!("`create_users` is needed in {up}")),
        "{message}"
    );

    project.succeed(&["add-migration", "add_note_to_persons", "note:string?"]);
    project.succeed(&["add-migration", "rename_note_to_remark_on_persons"]);
    let message = project.fail(&["remove", "migration", "add_note_to_persons", "--applied"]);
    assert!(
        message.contains("_rename_note_to_remark_on_persons/up.sql"),
        "{message}"
    );
}

#[test]
fn what_was_dropped_is_made_and_dropped_again_by_others() {
    let project = TestProject::new();
    let create = ["add-migration", "create_users", "email:string"];
    let drop = ["add-migration", "drop_users"];
    let before = project.read(SCHEMA);
    project.succeed(&create);
    let with_table = project.read(SCHEMA);
    project.succeed(&drop);
    project.succeed(&create);
    assert_eq!(migrations(&project, "_create_users").len(), 1);
    project.write(SCHEMA, &before);
    project.succeed(&create);
    assert_eq!(project.read(SCHEMA), with_table);
    project.succeed(&drop);
    project.succeed(&drop);
    assert_eq!(migrations(&project, "_create_users").len(), 2);
    assert_eq!(migrations(&project, "_drop_users").len(), 2);
}

#[test]
fn a_table_that_another_refers_to_stays() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "create_users", "name:string"]);
    project.succeed(&["add-migration", "create_pets", "owner:references(users)"]);
    for state in ["--applied", "--not-applied"] {
        let message = project.fail(&["remove", "migration", "create_users", state]);
        assert!(
            message.contains("`create_users` is needed in the table `pets`"),
            "{message}"
        );
    }
    project.succeed(&["remove", "migration", "create_pets", "--applied"]);
    project.succeed(&["remove", "migration", "create_users", "--applied"]);
}

#[test]
fn what_code_needs_stays() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "create_users", "email:string!"]);
    project.succeed(&["add-migration", "add_note_to_persons", "note:text?"]);
    let model = "#[derive(Debug, Insertable)]\n#[diesel(table_name = crate::schema::users)]\n\
                 pub struct NewUser;\n";
    project.write("src/models/user.rs", model);
    let message = project.fail(&["remove", "migration", "create_users", "--applied"]);
    assert!(
        message.contains("is needed in src/models/user.rs:2"),
        "{message}"
    );

    let person = "src/models/person.rs";
    let text = project.read(person).replacen(
        "    pub name:",
        "    pub note: Option<String>,\n    pub name:",
        1,
    );
    project.write(person, &text);
    let line = 1 + text
        .lines()
        .position(|line| line.contains("pub note:"))
        .expect("it is there");
    let remove = [
        "remove",
        "migration",
        "add_note_to_persons",
        "--not-applied",
    ];
    let message = project.fail(&remove);
    assert!(
        message.contains(&format!("is needed in {person}:{line}")),
        "{message}"
    );
    let forced = [remove.as_slice(), &["--force"]].concat();
    let output = project.succeed(&forced);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains(&format!(
            "take out what needs `add_note_to_persons` in {person}:{line}"
        )),
        "{message}"
    );
}

#[test]
fn what_is_made_again_has_to_be_described() {
    let project = TestProject::new();
    project.succeed(&["add-migration", "remove_age_from_persons", "age:integer=0"]);
    let schema = project
        .read(SCHEMA)
        .replacen("        age -> Integer,\n", "", 1);
    project.write(SCHEMA, &schema);
    let output = project.succeed(&[
        "remove",
        "migration",
        "remove_age_from_persons",
        "--not-applied",
    ]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("describe the column `age` of `persons` in src/schema.rs again"),
        "{message}"
    );
}
