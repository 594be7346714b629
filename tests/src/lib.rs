//! What the tests of the template share: the places in the repository, and rendering.

pub mod broker;
pub mod browser;
pub mod caddy;
pub mod deployment;
pub mod http;
pub mod lab;
pub mod proof;
pub mod proxy;
pub mod rendered;
pub mod servers;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Parser;
use scaffold_cli::cli::Cli;
use scaffold_cli::clock::SystemClock;
use scaffold_cli::error::Error;
use scaffold_cli::name::ServiceName;
use scaffold_cli::render::{Pair, Template};
use scaffold_cli::shell::Shell;

/// The files of a directory tree by their path, with `/`; an empty directory is `path/` without content.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// Prints a measurement.
pub fn report(measured: &str) {
    // Nothing depends on its being read.
    let _ = writeln!(std::io::stderr(), "measured: {measured}");
}

/// The root of this repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests stand in a directory of the repository")
}

/// The template that is packed into the CLI.
pub fn template() -> Template<'static> {
    Template::embedded().expect("the packed template has a readable configuration")
}

/// Renders the template in memory. That `scaffold new` writes the same is tested.
///
/// # Panics
///
/// If the name is none, or the template is broken.
pub fn render(name: &str, pair: Pair) -> Tree {
    let crate_name = ServiceName::parse(name).expect("a name").crate_name();
    let files = template().render(name, &crate_name, pair);
    let files = files.expect("every pair can be rendered").into_iter();
    files.map(|file| (file.path, file.content)).collect()
}

/// Runs `scaffold new` in `parent` and returns the project's directory.
///
/// # Errors
///
/// What `scaffold new` refuses.
pub fn scaffold_new(parent: &Path, name: &str, pair: Pair) -> Result<PathBuf, Error> {
    let (database, broker) = (pair.database.as_str(), pair.broker.as_str());
    let options = ["--yes", "--no-git", "--quiet"];
    let choice = ["--database", database, "--broker", broker];
    let cli = Cli::parse_from(
        ["scaffold", "new", name]
            .into_iter()
            .chain(options)
            .chain(choice),
    );
    scaffold_cli::run(&cli, parent, &SystemClock, &mut Shell::new(false, true))?;
    Ok(parent.join(ServiceName::parse(name)?.as_str()))
}

/// Reads a directory tree.
pub fn read_tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    collect(root, "", &mut tree);
    tree
}

fn collect(directory: &Path, prefix: &str, tree: &mut Tree) {
    let entries = fs::read_dir(directory).expect("a rendered directory is readable");
    for entry in entries {
        let entry = entry.expect("a rendered directory is readable");
        let name = entry.file_name().into_string().expect("paths are ASCII");
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            let before = tree.len();
            collect(&entry.path(), &format!("{path}/"), tree);
            if tree.len() == before {
                tree.insert(format!("{path}/"), Vec::new());
            }
        } else {
            let content = fs::read(entry.path()).expect("a rendered file is readable");
            tree.insert(path, content);
        }
    }
}
