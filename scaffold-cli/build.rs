//! Packs `cargo-generate.toml`, `template/` and `kits/` into the binary, so that it works offline.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Names that are never part of the template or of a kit: what building or editing it in place leaves behind.
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
    let out_dir = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let config = package.join("cargo-generate.toml");
    println!("cargo::rerun-if-changed={}", config.display());
    let constant = format!("const CONFIG: &str = include_str!({config:?});\n");
    let template = constant + &packed(&package.join("template"))?;
    fs::write(out_dir.join("template.rs"), template)?;
    fs::write(out_dir.join("kits.rs"), packed(&package.join("kits"))?)
}

/// The files below a directory as a constant.
fn packed(directory: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(directory, "", &mut files)?;
    files.sort();
    let mut source = String::from("const FILES: &[TemplateFile<'static>] = &[\n");
    for path in &files {
        let file = directory.join(path);
        writeln!(
            source,
            "TemplateFile {{ path: {path:?}, content: include_bytes!({file:?}) }},"
        )
        .map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    Ok(source)
}

/// Lists the files below `dir` by their path inside of it, and watches its directories.
fn collect(dir: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| io::Error::other(format!("the file name {name:?} is not UTF-8")))?;
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
