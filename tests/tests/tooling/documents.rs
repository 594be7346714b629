use std::collections::BTreeSet;

use clap::Parser;
use scaffold_cli::cli::Cli;
use scaffold_cli::render::Kit;

use super::Project;
use super::site::{command, typed};

/// What is set by others than the service, and what is no setting at all.
const NOT_SETTINGS: [&str; 12] = [
    "IMAGE_REGISTRY",
    "MAX_ATTEMPTS",
    "REGISTRY_PASSWORD",
    "REGISTRY_USER",
    "REPORT_FORMAT",
    "RUSTUP_TOOLCHAIN",
    "SOFT_TIMEOUT",
    "SSL_CERT_FILE",
    "TEST_BASE_URL",
    "TEST_DATABASE_URL",
    "TEST_TOKEN",
    "TOKIO_WORKER_THREADS",
];

/// What the guide adds to a service in its examples.
const EXAMPLES: [&str; 3] = ["invoice", "report", "send_mail"];

/// What the names of files begin with that are told of.
const FOLDERS: [&str; 5] = ["docs/", "scripts/", "src/", "tests/", ".github/"];

impl Project {
    /// Every page that people read, with its path.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        let paths = self.files.keys().map(String::as_str);
        let pages = paths.filter(|path| path.ends_with(".md"));
        pages.map(move |path| (path, self.read(path)))
    }
}

/// The lines of a page, but for blocks of code.
pub(super) fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_block = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_block ^= is_fence;
        !is_fence && !is_block
    })
}

/// What stands between backticks in a page, but for blocks of code.
pub(super) fn words(page: &str) -> Vec<&str> {
    let words = prose(page).flat_map(|line| line.split('`').skip(1).step_by(2));
    words.collect()
}

/// Whether one of the projects has it: some files are of some pairs only.
fn any_has(path: &str) -> bool {
    Project::all().any(|project| project.has(path.trim_end_matches('/')))
}

fn is_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    FOLDERS.iter().any(|folder| word.starts_with(folder)) && word.chars().all(plain)
}

/// Whether it may stand in the name of a setting.
fn is_of_setting(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

/// A file that was moved takes its mention along.
#[test]
fn documents_name_files_that_exist() {
    let mut named = BTreeSet::new();
    for project in Project::all() {
        for (page, text) in project.documents() {
            let paths = words(text).into_iter().filter(|word| is_path(word));
            named.extend(paths.map(|path| (page, path)));
        }
    }
    assert!(named.len() > 100, "{named:?}");
    for (page, path) in named {
        let is_example = EXAMPLES.iter().any(|example| path.contains(example));
        assert!(is_example || any_has(path), "{page}: {path}");
    }
}

#[test]
fn documents_name_settings_that_exist() {
    let mut known = BTreeSet::from(NOT_SETTINGS);
    for project in Project::all() {
        known.extend(project.settings().into_keys());
    }
    for project in Project::all() {
        for (page, text) in project.documents() {
            let parts = words(text).into_iter();
            let parts = parts.flat_map(|word| word.split(|c: char| !is_of_setting(c)));
            for name in parts.filter(|part| part.trim_matches('_').contains('_')) {
                assert!(known.contains(name), "{}: {page}: {name}", project.pair);
            }
        }
    }
}

#[test]
fn documents_name_kits_that_exist() {
    let kits = Kit::embedded().expect("the kits are described");
    for project in Project::all() {
        for (page, text) in project.documents() {
            for rest in text.split("scaffold add-kit ").skip(1) {
                let mut parts = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
                let name = parts.next().unwrap_or_default();
                assert!(kits.iter().any(|kit| kit.name == name), "{page}: {name}");
            }
        }
    }
}

/// What people are told to type for the CLI; the service looks at what is for itself.
#[test]
fn documents_have_commands_of_the_cli_that_are_understood() {
    for project in Project::all() {
        let mut understood = 0;
        for (page, text) in project.documents() {
            for words in typed(text).filter_map(command) {
                if let Err(error) = Cli::try_parse_from(words.iter().copied()) {
                    panic!("{page}: {words:?}: {error}");
                }
                understood += 1;
            }
        }
        assert!(understood >= 20, "{}: {understood}", project.pair);
    }
}

/// What stands beside the README, most of it from kits.
const FIRST_PAGES: [&str; 5] = [
    "AGENTS.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
];

/// The service itself follows the links between its pages; these are the others.
#[test]
fn first_pages_link_to_pages_that_exist() {
    for project in Project::all() {
        for page in FIRST_PAGES {
            for rest in project.read(page).split("](").skip(1) {
                let link = rest.split(')').next().unwrap_or_default();
                let path = link.split('#').next().unwrap_or_default();
                assert!(link.contains("://") || project.has(path), "{page}: {link}");
            }
        }
        let readme = project.read("README.md");
        for (page, _) in project.documents() {
            let is_page = page.starts_with("docs/");
            assert!(!is_page || readme.contains(page), "README.md lacks {page}");
        }
    }
}

#[test]
fn metrics_that_are_listed_are_those_of_the_code() {
    let project = Project::all().next().expect("a project");
    let sources = project.files.keys();
    let sources = sources.filter(|path| path.starts_with("src/metrics"));
    let code: String = sources.map(|path| project.read(path)).collect();
    let rows = project.read("docs/metrics.md").lines();
    let rows = rows.filter(|line| line.starts_with("| `"));
    let names: Vec<&str> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(words)
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(code.contains(&format!("\"{name}\"")), "{name}");
    }
}
