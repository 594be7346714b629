//! A rendered project: where it is, what it is called, what it was rendered with.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use crate::answers::{Broker, Database};
use crate::edit::generated;
use crate::error::{Error, Result};
use crate::render::Pair;

/// The file that marks the root of a project.
pub const MARKER: &str = ".scaffold.toml";

/// A rendered project; all its files are read through this.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    name: String,
    crate_name: String,
    dependencies: Vec<String>,
    database: Option<Database>,
    broker: Option<Broker>,
    template_version: Option<String>,
    read: RefCell<BTreeMap<String, Option<String>>>,
    recorded: OnceCell<BTreeMap<String, String>>,
}

impl Project {
    /// The root of the project that a directory is in.
    pub fn find_root(start: &Path) -> Result<PathBuf> {
        let not_found = || Error::NotAProject(start.to_path_buf());
        let start = start.canonicalize().map_err(|_| not_found())?;
        let root = start.ancestors().find(|dir| dir.join(MARKER).is_file());
        root.map(Path::to_path_buf).ok_or_else(not_found)
    }

    /// The project at this root.
    pub fn open(root: &Path) -> Result<Self> {
        let mut project = Self {
            root: root.to_path_buf(),
            name: String::new(),
            crate_name: String::new(),
            dependencies: Vec::new(),
            database: None,
            broker: None,
            template_version: None,
            read: RefCell::default(),
            recorded: OnceCell::new(),
        };
        let manifest = project.toml("Cargo.toml")?;
        let package = text(&manifest, &["package", "name"]);
        project.name = package.ok_or_else(|| Error::Invalid {
            file: "Cargo.toml".to_owned(),
            reason: "no `[package]` with a `name`".to_owned(),
        })?;
        let library = text(&manifest, &["lib", "name"]);
        let crate_name = library.as_deref().unwrap_or(&project.name);
        project.crate_name = crate_name.replace('-', "_");
        project.dependencies = dependencies(&manifest);
        let marker = project.toml(MARKER)?;
        project.database =
            text(&marker, &["answers", "database"]).and_then(|name| Database::from_name(&name));
        project.broker =
            text(&marker, &["answers", "broker"]).and_then(|name| Broker::from_name(&name));
        project.template_version = text(&marker, &["template_version"]);
        Ok(project)
    }

    /// The directory that holds `.scaffold.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of the service: `my-service`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the library crate: `my_service`.
    pub fn crate_name(&self) -> &str {
        &self.crate_name
    }

    /// The crates whose names a module must not hide.
    pub fn crates(&self) -> Vec<String> {
        let mut crates = self.dependencies.clone();
        crates.push(self.crate_name.clone());
        crates
    }

    /// The database that the project was rendered for.
    pub fn database(&self) -> Result<Database> {
        self.database.ok_or_else(|| Error::Invalid {
            file: MARKER.to_owned(),
            reason: "`answers.database` is not sqlite, postgres or mysql".to_owned(),
        })
    }

    /// The database and the broker that the project was rendered for.
    pub fn pair(&self) -> Result<Pair> {
        let broker = self.broker.ok_or_else(|| Error::Invalid {
            file: MARKER.to_owned(),
            reason: "`answers.broker` is not database, redis, rabbitmq or nats".to_owned(),
        })?;
        Ok(Pair::new(self.database()?, broker))
    }

    /// The version of the template that the project came from.
    pub fn template_version(&self) -> Option<&str> {
        self.template_version.as_deref()
    }

    /// The text of a file, or `None` if there is none.
    pub fn read(&self, path: &str) -> Result<Option<String>> {
        if let Some(text) = self.read.borrow().get(path) {
            return Ok(text.clone());
        }
        let text = read(&self.root, path)?;
        self.read.borrow_mut().insert(path.to_owned(), text.clone());
        Ok(text)
    }

    /// Whether there is a file or a directory at this path.
    pub fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }

    /// The recorded hash of a file that a command has made.
    pub fn recorded(&self, path: &str) -> Result<Option<String>> {
        if let Some(recorded) = self.recorded.get() {
            return Ok(recorded.get(path).cloned());
        }
        let marker = self.read(MARKER)?.unwrap_or_default();
        let recorded = self.recorded.get_or_init(|| generated::recorded(&marker));
        Ok(recorded.get(path).cloned())
    }

    /// Whether a command has made a file, and nobody has changed it since but for line endings.
    pub fn is_untouched(&self, path: &str, text: &str) -> Result<bool> {
        let recorded = self.recorded(path)?;
        let is_it = |hash: &String| {
            [text, &text.replace("\r\n", "\n")]
                .iter()
                .any(|text| generated::hash(text) == *hash)
        };
        Ok(recorded.as_ref().is_some_and(is_it))
    }

    /// The names in a directory, sorted; none if it is not there.
    pub fn list(&self, path: &str) -> Result<Vec<String>> {
        let directory = self.root.join(path);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", directory)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("read", &directory))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort();
        Ok(names)
    }

    /// The Rust files below a directory, sorted; links to directories are not followed, and what is
    /// hidden, such as what editors and some file systems leave beside a file, is no source.
    pub fn sources(&self, path: &str) -> Result<Vec<String>> {
        let mut files = Vec::new();
        for name in self.list(path)? {
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{path}/{name}");
            let file = self.root.join(&path);
            let metadata = file.symlink_metadata().map_err(Error::io("read", &file))?;
            if metadata.is_dir() {
                files.extend(self.sources(&path)?);
            } else if name.ends_with(".rs") {
                files.push(path);
            }
        }
        Ok(files)
    }

    fn toml(&self, path: &str) -> Result<Document<String>> {
        let invalid = |reason: &str| Error::Invalid {
            file: path.to_owned(),
            reason: reason.to_owned(),
        };
        let text = self.read(path)?.ok_or_else(|| invalid("is missing"))?;
        // What is between the marks of a merge is no TOML, and says so in words of its own.
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            return Err(invalid(&format!(
                "a merge was not finished at line {}: choose between the two sides there",
                line + 1
            )));
        }
        Document::parse(text).map_err(|error| invalid(error.message()))
    }
}

/// The text of a file below a directory, or `None` if there is none.
pub(crate) fn read(root: &Path, path: &str) -> Result<Option<String>> {
    let file = root.join(path);
    match fs::read(&file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::Invalid {
                file: path.to_owned(),
                reason: "is not UTF-8".to_owned(),
            }),
        },
        // Below a file there is none, either: `apply` says so to whoever wants to write it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::io("read", file)(error)),
    }
}

fn text(document: &Document<String>, path: &[&str]) -> Option<String> {
    let mut item = document.as_item();
    for key in path {
        item = item.get(key)?;
    }
    item.as_str().map(str::to_owned)
}

fn dependencies(manifest: &Document<String>) -> Vec<String> {
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let names = |table: &dyn TableLike| {
        let keys = table.iter().map(|(key, _)| key.replace('-', "_"));
        keys.collect::<Vec<_>>()
    };
    tables
        .iter()
        .filter_map(|table| manifest.get(table).and_then(Item::as_table_like))
        .flat_map(names)
        .collect()
}
