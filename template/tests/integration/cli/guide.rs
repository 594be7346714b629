use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use service::cli::Cli;

/// The pages that tell people what to type.
fn pages() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).expect("the folder `docs`");
    let docs = docs.map(|file| file.expect("it can be read").path());
    let others = ["AGENTS.md", "README.md"].map(|page| root.join(page));
    let pages = docs.chain(others).filter(|path| path.is_file());
    pages
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            (path, text)
        })
        .collect()
}

/// Behind these words, the guide has arguments of the binary.
const STARTS: [&str; 5] = [
    concat!("`", env!("CARGO_PKG_NAME"), " "),
    concat!("\"", env!("CARGO_PKG_NAME"), " "),
    concat!("exec api ", env!("CARGO_PKG_NAME"), " "),
    "cargo run -- ",
    "cargo run --locked -- ",
];

/// What a page says there, to the end of the line at most.
fn told(page: &str) -> Vec<&str> {
    let mut told = Vec::new();
    for start in STARTS {
        for (at, _) in page.match_indices(start) {
            let rest = page[at + start.len()..].lines().next();
            let ends: &[char] = match start.starts_with('"') || page[..at].ends_with('"') {
                true => &['"', '`'],
                false => &['`', '|', '#', ';'],
            };
            let rest = rest.and_then(|rest| rest.split(ends).next());
            // Some are left to the reader.
            told.extend(rest.filter(|rest| !rest.contains(['<', '…', '%'])));
        }
    }
    told
}

/// The words of a line, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ' ' => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn what_people_are_told_to_type_is_understood() {
    let mut count = 0;
    for (path, text) in pages() {
        for line in told(&text) {
            let args = std::iter::once("service".to_owned()).chain(words(line));
            if let Err(error) = Cli::try_parse_from(args) {
                panic!("{}: {line}: {error}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}
