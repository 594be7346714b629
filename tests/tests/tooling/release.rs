//! `just release`.

use std::fs;
use std::process::{Command, Output};

use scaffold_cli::render::Pair;
use tempfile::TempDir;

use super::{NAME, Project};

const VERSION: &str = "1.2.3";

/// A repository with all files of the default project, committed.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut projects = Project::all();
        let project = projects.find(|project| project.pair == Pair::DEFAULT);
        let project = project.expect("the default project");
        for path in project.files.keys() {
            project.write(path, directory.path());
        }
        let repository = Self(directory);
        repository.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- New.\n");
        repository.succeed("git", &["init", "--quiet"]);
        repository.succeed("git", &["add", "--all"]);
        repository.succeed("git", &["commit", "--quiet", "--message", "Begin"]);
        repository
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .args(arguments)
            .current_dir(&self.0)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}: run `scripts/test`"))
    }

    fn succeed(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Releases a version, which is refused, and leaves everything as it was.
    fn assert_refused(&self, version: &str, why: &str) {
        let state = || self.succeed("git", &["log", "--oneline", "--decorate"]);
        let before = state();
        let output = self.run("just", &["--yes", "release", version]);
        assert!(!output.status.success(), "{version}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why), "{said}");
        assert_eq!(state(), before);
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).expect("the file is there")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.path().join(path), text).expect("the file is written");
    }
}

#[test]
fn a_release_is_a_commit_and_a_tag() {
    let repository = Repository::new();
    repository.succeed("just", &["--yes", "release", VERSION]);
    assert_eq!(repository.succeed("just", &["version"]).trim(), VERSION);
    let pinned = format!("name = \"{NAME}\"\nversion = \"{VERSION}\"\n");
    for file in ["Cargo.toml", "Cargo.lock"] {
        assert_eq!(repository.read(file).matches(&pinned).count(), 1, "{file}");
    }
    let notes = "## Unreleased\n\n## 1.2.3\n\n- New.\n";
    assert!(repository.read("CHANGELOG.md").ends_with(notes));

    let tags = repository.succeed("git", &["tag", "--points-at", "HEAD"]);
    assert_eq!(tags.trim(), "v1.2.3");
    let changed = repository.succeed("git", &["show", "--name-only", "--format=%s"]);
    let changed: Vec<&str> = changed.split_whitespace().collect();
    let files = ["CHANGELOG.md", "Cargo.lock", "Cargo.toml"];
    assert_eq!(changed, [["Release", VERSION].as_slice(), &files].concat());
    let left = repository.succeed("git", &["status", "--porcelain"]);
    assert_eq!(left, "");
}

/// Also without a list of changes.
#[test]
fn the_first_release_may_have_the_version_that_is_there() {
    let repository = Repository::new();
    repository.succeed("git", &["rm", "--quiet", "CHANGELOG.md"]);
    repository.succeed("git", &["commit", "--quiet", "--message", "Keep no list"]);
    let version = repository.succeed("just", &["version"]);
    repository.succeed("just", &["--yes", "release", version.trim()]);
    let subject = repository.succeed("git", &["log", "-1", "--format=%s"]);
    assert_eq!(subject.trim(), "Keep no list");
    let tags = repository.succeed("git", &["tag", "--points-at", "HEAD"]);
    assert_eq!(tags.trim(), format!("v{}", version.trim()));
}

#[test]
fn what_is_no_release_is_refused() {
    let repository = Repository::new();
    repository.assert_refused("1.2", "not a version");
    repository.assert_refused("v1.2.3", "not a version");
    repository.succeed("git", &["tag", "v1.2.3"]);
    repository.assert_refused(VERSION, "there already");
    repository.write("notes.txt", "To do.\n");
    repository.assert_refused("1.2.4", "not committed");
}
