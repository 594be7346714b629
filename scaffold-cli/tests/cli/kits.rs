//! Sets of files that a project gets and gives back as a whole.

use std::fs;
use std::path::Path;
use std::process::Command;

use scaffold_cli::edit::generated::hash;
use scaffold_cli::render::{Kit, Pair};
use serde_json::Value;
use tempfile::TempDir;

use crate::project::{SCAFFOLD, TestProject};

/// A file of the kit `keycloak`, which no one writes by hand.
const FILE: &str = "compose.keycloak.yaml";

fn kits() -> Vec<Kit<'static>> {
    Kit::embedded().expect("the kits are described")
}

/// What `list kits` says of a kit: whether it is there, and which of its files.
fn listed(project: &TestProject, kit: &str) -> (String, Vec<String>) {
    let output = project.succeed(&["list", "kits", "--json"]);
    let value: Value = serde_json::from_slice(&output.stdout).expect("one object");
    let items = value["items"].as_array().expect("a list");
    let item = items.iter().find(|item| item["kit"] == kit);
    let item = item.expect("it is listed");
    let files = item["files"].as_array().expect("a list").iter();
    let files = files.map(|file| file.as_str().expect("a path").to_owned());
    let added = item["added"].as_str().expect("a word");
    (added.to_owned(), files.collect())
}

#[test]
fn a_kit_is_added_once_and_removed_without_a_trace() {
    for kit in kits() {
        let project = TestProject::new();
        let before = project.files();
        assert_eq!(listed(&project, kit.name), ("no".to_owned(), Vec::new()));

        project.succeed(&["add-kit", kit.name]);
        let added = project.files();
        let wanted = kit.render("my-service", "my_service", Pair::DEFAULT);
        let wanted = wanted.expect("the kit is sound").files;
        assert_eq!(added.len(), before.len() + wanted.len());
        assert!(wanted.iter().all(|file| added.contains(file)));
        let (word, files) = listed(&project, kit.name);
        assert_eq!((word.as_str(), files.len()), ("yes", wanted.len()));
        project.succeed(&["doctor"]);

        project.succeed(&["add-kit", kit.name]);
        assert_eq!(project.files(), added, "twice is once");
        project.succeed(&["remove", "kit", kit.name]);
        assert_eq!(project.files(), before);
        project.succeed(&["remove", "kit", kit.name]);
        assert_eq!(project.files(), before);
    }
}

#[test]
fn all_kits_go_together_and_are_taken_back_one_by_one() {
    let project = TestProject::new();
    let mut states = Vec::new();
    for kit in kits() {
        states.push(project.files());
        project.succeed(&["add-kit", kit.name]);
    }
    let all = project.files();
    project.succeed(&["remove", "kit", kits()[0].name]);
    project.succeed(&["undo"]);
    assert_eq!(project.files(), all);
    for state in states.into_iter().rev() {
        project.succeed(&["undo"]);
        assert_eq!(project.files(), state);
    }
}

#[test]
fn what_was_edited_is_named_and_kept_unless_forced() {
    let project = TestProject::new();
    let before = project.files();
    project.succeed(&["add-kit", "keycloak"]);
    let edited = project.read(FILE) + "# mine\n";
    project.write(FILE, &edited);
    let added = project.files();

    let output = project.succeed(&["add-kit", "keycloak"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains(&format!("Skip {FILE}\n")), "{message}");
    assert_eq!(project.files(), added);

    let message = project.fail(&["remove", "kit", "keycloak"]);
    assert!(message.contains(&format!("Conflict {FILE}\n")), "{message}");
    let message = project.fail(&["undo"]);
    assert!(message.contains(&format!("Conflict {FILE}\n")), "{message}");

    project.succeed(&["remove", "kit", "keycloak", "--force"]);
    assert_eq!(project.files(), before);
    project.succeed(&["undo"]);
    assert_eq!(project.files(), added);
}

#[test]
fn a_file_of_the_owner_stays_what_it_is() {
    let project = TestProject::new();
    project.write(FILE, "# mine\n");
    let before = project.files();
    let message = project.fail(&["add-kit", "keycloak"]);
    assert!(message.contains(&format!("Conflict {FILE}\n")), "{message}");
    assert_eq!(listed(&project, "keycloak").0, "no");

    for arguments in [&["remove", "kit", "keycloak", "--force"][..], &["undo"]] {
        project.succeed(arguments);
        assert_eq!(project.files(), before, "{arguments:?}");
    }

    project.succeed(&["add-kit", "keycloak", "--force"]);
    assert_ne!(project.read(FILE), "# mine\n");
    project.succeed(&["undo"]);
    assert_eq!(project.files(), before);
}

#[test]
fn a_file_where_a_directory_has_to_be_is_no_reason_to_write_half_a_kit() {
    let project = TestProject::new();
    project.write("keycloak", "mine\n");
    let message = project.fail(&["add-kit", "keycloak", "--force"]);
    assert!(
        message.contains("keycloak/realm.json: needs a directory where there is a file"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn no_link_is_written_through() {
    use std::os::unix::fs::symlink;

    let outside = TempDir::new().expect("a temporary directory");
    let elsewhere = outside.path().join("file");
    fs::write(&elsewhere, "not of the project\n").expect("the file is written");
    for target in [Path::new("compose.yaml"), Path::new("gone"), &elsewhere] {
        let project = TestProject::new();
        let link = project.root().join(FILE);
        symlink(target, &link).expect("a link");
        let compose = project.read("compose.yaml");
        for arguments in [
            &["add-kit", "keycloak"][..],
            &["add-kit", "keycloak", "--force"],
            &["add-kit", "keycloak", "--force", "--dry-run"],
        ] {
            let output = project.run(arguments);
            assert_eq!(output.status.code(), Some(1), "{target:?} {arguments:?}");
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(message.contains(FILE), "{message}");
            assert!(link.is_symlink(), "{target:?}");
            assert!(!project.root().join("keycloak").exists());
            assert_eq!(project.read("compose.yaml"), compose);
        }
    }
    let text = fs::read_to_string(elsewhere).expect("the file is there");
    assert_eq!(text, "not of the project\n");
}

#[test]
fn a_kit_that_has_lost_a_file_is_there_in_part_and_made_whole() {
    let project = TestProject::new();
    project.succeed(&["add-kit", "keycloak"]);
    let whole = project.files();
    fs::remove_file(project.root().join(FILE)).expect("the file goes");
    let (added, files) = listed(&project, "keycloak");
    assert_eq!(added, "partly");
    assert_eq!(files, ["keycloak/realm.json"]);
    project.succeed(&["add-kit", "keycloak"]);
    assert_eq!(project.files(), whole);
}

#[test]
fn a_newer_kit_replaces_what_nobody_has_changed() {
    let project = TestProject::new();
    project.succeed(&["add-kit", "keycloak"]);
    let newest = project.files();
    let (older, marker) = ("# older\n", project.read(".scaffold.toml"));
    let recorded = marker.replace(&hash(&project.read(FILE)), &hash(older));
    assert_ne!(recorded, marker);
    project.write(".scaffold.toml", &recorded);

    project.write(FILE, "# older, and changed\n");
    let message = project.fail(&["add-kit", "keycloak"]);
    assert!(message.contains(&format!("Conflict {FILE}\n")), "{message}");

    project.write(FILE, older);
    project.succeed(&["add-kit", "keycloak"]);
    assert_eq!(project.files(), newest);
    project.succeed(&["undo"]);
    assert_eq!(project.read(FILE), older);
}

#[test]
fn a_kit_has_the_name_that_the_service_has_now() {
    let project = TestProject::new();
    let manifest = project.read("Cargo.toml");
    let renamed = manifest.replace("name = \"my-service\"", "name = \"shop\"");
    assert_ne!(renamed, manifest);
    project.write("Cargo.toml", &renamed);
    project.succeed(&["add-kit", "keycloak"]);
    assert!(project.read(FILE).contains("\nname: shop-keycloak\n"));
}

#[test]
fn a_project_that_does_not_say_its_broker_gets_no_kit() {
    let project = TestProject::new();
    let marker = project.read(".scaffold.toml");
    let broken = marker.replace("broker = \"database\"", "broker = \"kafka\"");
    assert_ne!(broken, marker);
    project.write(".scaffold.toml", &broken);
    let message = project.fail(&["add-kit", "keycloak"]);
    assert!(message.contains("`answers.broker` is not"), "{message}");
}

#[test]
fn every_pair_gets_every_kit_as_it_is_rendered() {
    let directory = TempDir::new().expect("a temporary directory");
    for pair in Pair::all() {
        let name = format!("shop-{}", pair.slug());
        let root = directory.path().join(&name);
        let run = |place: &Path, arguments: &[&str]| {
            let mut command = Command::new(SCAFFOLD);
            let output = command.args(arguments).current_dir(place).output();
            let output = output.expect("the program runs");
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {message}");
        };
        let (database, broker) = (pair.database.as_str(), pair.broker.as_str());
        let answers = ["--yes", "--no-git", "--database", database, "--broker"];
        let new = ["new", &name].into_iter().chain(answers).chain([broker]);
        run(directory.path(), &new.collect::<Vec<_>>());
        for kit in kits() {
            run(&root, &["add-kit", kit.name]);
            let rendered = kit.render(&name, &name.replace('-', "_"), pair);
            for (path, text) in rendered.expect("the kit is sound").files {
                let written = fs::read_to_string(root.join(&path)).expect("the file is there");
                assert_eq!(written, text, "{name}: {path}");
            }
        }
        run(&root, &["doctor"]);
    }
}
