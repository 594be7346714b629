//! Rung 4, second half: the rendered files that other programs read, as those programs see them. Nothing is built.

#[path = "tooling/containers.rs"]
mod containers;
#[path = "tooling/kits.rs"]
mod kits;
#[path = "tooling/recipes.rs"]
mod recipes;
#[path = "tooling/workflows.rs"]
mod workflows;

use std::path::PathBuf;
use std::process::Command;

use scaffold_cli::render::Pair;
use tempfile::TempDir;
use template_tests::{root, scaffold_new};

/// The name of every project here.
const NAME: &str = "my-service";

/// A rendered project, gone with the value.
struct Project {
    pair: Pair,
    root: PathBuf,
    _parent: TempDir,
}

impl Project {
    /// One of each pair.
    fn all() -> impl Iterator<Item = Self> {
        Pair::all().map(|pair| {
            let parent = tempfile::tempdir().expect("a temporary directory");
            let root = scaffold_new(parent.path(), NAME, pair).expect("every pair can be rendered");
            Self {
                pair,
                root,
                _parent: parent,
            }
        })
    }

    /// Runs a program in it, which must succeed, and returns what it printed.
    fn run(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program)
            .args(args)
            .current_dir(&self.root)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}: run `scripts/test`"));
        assert!(
            output.status.success(),
            "{}: {program} {args:?}: {output:?}",
            self.pair
        );
        String::from_utf8(output.stdout).expect("text")
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path))
            .unwrap_or_else(|error| panic!("{}: {path}: {error}", self.pair))
    }
}

/// Holds a file of every project to one of the schemas that check-jsonschema brings along.
fn check_schema(schema: &str, path: &str) {
    let projects: Vec<Project> = Project::all().collect();
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/check-jsonschema"))
        .args(["-m", "check_jsonschema", "--builtin-schema", schema])
        .args(projects.iter().map(|project| project.root.join(path)))
        .output()
        .expect("python3 can be started");
    assert!(output.status.success(), "{path}: {output:?}");
}
