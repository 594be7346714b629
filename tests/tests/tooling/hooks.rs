//! The kit `hooks`.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use scaffold_cli::render::Pair;
use serde_yaml_ng::Value;
use tempfile::TempDir;
use template_tests::root;

use super::Project;

const FILE: &str = ".pre-commit-config.yaml";

/// Those that build the service, which other tests do.
const SLOW: &str = "lint,test";

fn project() -> &'static Project {
    let mut projects = Project::all();
    let found = projects.find(|project| project.pair == Pair::DEFAULT);
    found.expect("the default project")
}

/// A repository with all files of a project.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for path in project().files.keys() {
            project().write(path, directory.path());
        }
        let repository = Self(directory);
        repository.succeed("git", &["init", "--quiet"]);
        repository
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .args(arguments)
            .current_dir(&self.0)
            .env("PYTHONPATH", root().join("target/tools/pre-commit"))
            .env("PRE_COMMIT_HOME", self.0.path().join(".git/pre-commit"))
            .env("SKIP", SLOW)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}: run `scripts/test`"))
    }

    fn succeed(&self, program: &str, arguments: &[&str]) {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// Writes a file and stages it, also where git is told to leave it alone.
    fn stage(&self, path: &str, text: &str) {
        fs::write(self.0.path().join(path), text).expect("the file is written");
        self.succeed("git", &["add", "--force", path]);
    }

    /// What the hook of a commit says.
    fn commit(&self) -> Output {
        let arguments = ["-m", "pre_commit", "run", "--color=never"];
        self.run("python3", &arguments)
    }
}

#[test]
fn a_rendered_project_passes_its_hooks_and_what_is_bad_does_not() {
    let repository = Repository::new();
    let validate = ["-m", "pre_commit", "validate-config", FILE];
    repository.succeed("python3", &validate);
    repository.succeed("git", &["add", "--all"]);
    let output = repository.commit();
    assert!(output.status.success(), "{output:?}");

    let key = "-----BEGIN RSA PRIVATE KEY-----\n";
    let library = format!("{}\npub fn  f( ) {{}}\n", project().read("src/lib.rs"));
    for (id, path, text) in [
        ("secrets", "prod.env", "JWT_SECRET=secret\n"),
        ("private-key", "key.txt", key),
        ("conflict", "notes.md", "<<<<<<< HEAD\n"),
        ("whitespace", "notes.md", "a word \n"),
        ("fmt", "src/lib.rs", library.as_str()),
    ] {
        let before = fs::read_to_string(repository.0.path().join(path));
        repository.stage(path, text);
        let output = repository.commit();
        assert!(!output.status.success(), "{id}: {output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("- hook id: {id}\n")), "{said}");
        assert_eq!(said.matches("- hook id: ").count(), 1, "{said}");
        match before {
            Ok(text) => repository.stage(path, &text),
            Err(_) => repository.succeed("git", &["rm", "--quiet", "--force", path]),
        }
    }
}

/// What is committed passes CI, too; and nothing is fetched that somebody else may change.
#[test]
fn hooks_run_what_the_recipes_run_and_fetch_nothing() {
    let file: Value = serde_yaml_ng::from_str(project().read(FILE)).expect("YAML");
    let repositories = file["repos"].as_sequence().expect("a list");
    assert!(repositories.iter().all(|it| it["repo"] == "local"));
    let hooks = repositories
        .iter()
        .flat_map(|it| it["hooks"].as_sequence().expect("a list"));
    let hooks: BTreeMap<&str, &Value> = hooks
        .map(|hook| (hook["id"].as_str().expect("a name"), hook))
        .collect();
    for hook in hooks.values() {
        let language = hook["language"].as_str().expect("a language");
        assert!(["fail", "pygrep", "system"].contains(&language), "{hook:?}");
    }
    for (id, recipe) in [("fmt", "fmt-check"), ("lint", "lint"), ("test", "test")] {
        assert_eq!(hooks[id]["entry"], project().command(recipe), "{id}");
    }
    assert_eq!(hooks["test"]["stages"][0], "pre-push");
}
