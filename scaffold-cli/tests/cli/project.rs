//! The default project, rendered once per run and copied for each case.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The program under test.
pub(crate) const SCAFFOLD: &str = env!("CARGO_BIN_EXE_scaffold");

/// The directory of the journal and the lock.
const STATE: &str = ".scaffold";

/// A copy of the default project.
pub(crate) struct TestProject {
    _directory: TempDir,
    root: PathBuf,
}

impl TestProject {
    pub(crate) fn new() -> Self {
        Self::made_of(rendered(), |from, to| fs::copy(from, to))
    }

    /// Another one with the same files, those of the tool itself included: links, for the tool
    /// writes into none of them.
    #[cfg(target_os = "linux")]
    pub(crate) fn links(&self) -> Self {
        Self::made_of(&self.root, |from, to| fs::hard_link(from, to))
    }

    fn made_of<T>(original: &Path, make: fn(&Path, &Path) -> io::Result<T>) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let root = directory.path().join("my-service");
        each_file(original, &root, make);
        Self {
            _directory: directory,
            root,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn read(&self, path: &str) -> String {
        let file = self.root.join(path);
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
        fs::write(file, text).expect("the file is written");
    }

    /// Runs a command in the project.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(SCAFFOLD);
        command.args(args).current_dir(&self.root);
        command.output().expect("the program runs")
    }

    /// Runs a command that has to succeed.
    #[track_caller]
    pub(crate) fn succeed(&self, args: &[&str]) -> Output {
        let output = self.run(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
        output
    }

    /// Runs a command that has to fail, and returns what it says.
    #[track_caller]
    pub(crate) fn fail(&self, args: &[&str]) -> String {
        let before = self.files();
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(self.files(), before, "a command that fails changes nothing");
        String::from_utf8(output.stderr).expect("the message is text")
    }

    /// Every file but those of the tool itself, with its content, and every empty directory.
    pub(crate) fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        collect(&self.root, &self.root, &mut files);
        files.sort();
        files
    }

    /// The files of the tool itself.
    #[cfg(target_os = "linux")]
    pub(crate) fn own_files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let directory = self.root.join(STATE);
        if directory.exists() {
            collect(&directory, &directory, &mut files);
        }
        files.into_iter().map(|(path, _)| path).collect()
    }
}

/// The project as `scaffold new` makes it.
pub(crate) fn rendered() -> &'static Path {
    static RENDERED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, root) = RENDERED.get_or_init(|| {
        let directory = TempDir::new().expect("a temporary directory");
        let mut command = Command::new(SCAFFOLD);
        command.args(["new", "my-service", "--yes", "--no-git"]);
        let output = command.current_dir(directory.path()).output();
        let output = output.expect("the program runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let root = directory.path().join("my-service");
        (directory, root)
    });
    root
}

pub(crate) fn copy(from: &Path, to: &Path) {
    each_file(from, to, |from, to| fs::copy(from, to));
}

/// Makes the same directories, and each file out of the one that is there.
fn each_file<T>(from: &Path, to: &Path, make: fn(&Path, &Path) -> io::Result<T>) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            each_file(&from, &to, make);
        } else {
            make(&from, &to).expect("a copy");
        }
    }
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, String)>) {
    let below = |path: &Path| {
        let path = path.strip_prefix(root).expect("below the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let entries = fs::read_dir(directory).expect("a directory");
    let paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    if paths.is_empty() {
        files.push((below(directory) + "/", String::new()));
    }
    for path in paths {
        let name = below(&path);
        if !path.is_dir() {
            let text = fs::read(&path).expect("a file");
            files.push((name, String::from_utf8_lossy(&text).into_owned()));
        } else if name != STATE {
            // The journal and the lock are no part of the project.
            collect(root, &path, files);
        }
    }
}
