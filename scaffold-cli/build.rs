//! Packs `cargo-generate.toml` and `template/` into the binary, so that `scaffold new` works offline.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Names that are never part of the template: what building or editing it in place leaves behind.
const FOREIGN: [&str; 6] = [
    ".cargo-ok",
    ".DS_Store",
    ".env",
    ".git",
    "Cargo.lock",
    "target",
];

fn main() -> io::Result<()> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let config = package.join("cargo-generate.toml");
    let template = package.join("template");

    let mut files = Vec::new();
    collect(&template, "", &mut files)?;
    files.sort();

    let mut source = format!("const CONFIG: &str = include_str!({config:?});\n");
    source.push_str("const FILES: &[TemplateFile<'static>] = &[\n");
    for path in &files {
        let file = template.join(path);
        writeln!(
            source,
            "TemplateFile {{ path: {path:?}, content: include_bytes!({file:?}) }},"
        )
        .map_err(io::Error::other)?;
    }
    source.push_str("];\n");

    println!("cargo::rerun-if-changed={}", config.display());
    let out_dir = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out_dir.join("template.rs"), source)
}

/// Lists the files below `dir` by their path inside the template, and watches its directories.
fn collect(dir: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| io::Error::other(format!("template file {name:?} is not UTF-8")))?;
        if FOREIGN.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
