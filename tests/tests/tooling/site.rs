//! The site of this project: its pages, the links between them, and the commands on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::{Arg, Command, CommandFactory, Parser};
use scaffold_cli::cli::Cli;
use scaffold_cli::clock::SystemClock;
use scaffold_cli::render::Kit;
use scaffold_cli::shell::Shell;
use template_tests::{read_tree, root};

use super::documents::{prose, words};

const SUMMARY: &str = "SUMMARY.md";
const COMMANDS: &str = "docs/commands.md";
const KITS: &str = "docs/kits.md";
const TUTORIAL: &str = "docs/tutorial.md";

fn read(path: &str) -> String {
    let place = root().join("site").join(path);
    fs::read_to_string(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display()))
}

/// Where the links of a page lead.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let rests = prose(page).flat_map(|line| line.split("](").skip(1));
    rests.filter_map(|rest| rest.split(')').next())
}

/// The pages that the summary names, by their paths in the site.
fn pages() -> BTreeMap<String, String> {
    let summary = read(SUMMARY);
    let paths = links(&summary).filter(|path| !path.is_empty());
    paths.map(|path| (path.to_owned(), read(path))).collect()
}

#[test]
fn every_page_is_in_the_summary_once() {
    let summary = read(SUMMARY);
    let named: Vec<&str> = links(&summary).filter(|path| !path.is_empty()).collect();
    let once: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(once.len(), named.len(), "{named:?}");
    let there = read_tree(&root().join("site"));
    let there = there.keys().map(String::as_str);
    let there = there.filter(|path| path.ends_with(".md") && *path != SUMMARY);
    assert_eq!(once, there.collect());

    for entry in fs::read_dir(root()).expect("the repository can be read") {
        let name = entry.expect("the repository can be read").file_name();
        let name = name.to_str().expect("a plain name");
        assert!(!name.ends_with(".md") || once.contains(name), "site/{name}");
    }
}

#[test]
fn the_book_is_made_of_the_site() {
    let book = fs::read_to_string(root().join("book.toml")).expect("there is a book");
    let book: toml::Table = toml::from_str(&book).expect("TOML");
    assert_eq!(book["book"]["src"].as_str(), Some("site"));
    // What the workflow sends to Pages.
    assert_eq!(book["build"]["build-dir"].as_str(), Some("target/site"));
}

/// The path in the site of what a page names by a relative one.
fn beside(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => assert!(parts.pop().is_some(), "{page}: {link}"),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// The names under which mdBook and the forge know the headings of a page.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    let letter = |c: char| match c {
        ' ' => Some('-'),
        '_' | '-' => Some(c),
        _ => c.is_alphanumeric().then_some(c),
    };
    let name = |heading: &str| -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        text.chars().filter_map(letter).collect()
    };
    headings.map(name).collect()
}

#[test]
fn links_lead_to_other_pages() {
    let pages = pages();
    let mut followed = 0;
    for (path, text) in &pages {
        for link in links(text).filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                _ => beside(path, file),
            };
            followed += 1;
            if !target.ends_with(".md") {
                assert!(
                    root().join("site").join(&target).is_file(),
                    "{path}: {link}"
                );
                continue;
            }
            let page = pages.get(&target);
            let page = page.unwrap_or_else(|| panic!("{path}: {link}"));
            // mdBook makes index.html of it, and leaves links as they are.
            assert!(!target.ends_with("README.md"), "{path}: {link}");
            let is_there = anchor.is_empty() || anchors(page).contains(anchor);
            assert!(is_there, "{path}: {link}");
        }
    }
    assert!(followed >= 30, "{followed}");
}

/// What a page has one type.
pub(super) fn typed(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.split("```console\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines())
}

/// The command of scaffold on a line, with its words as a shell reads it that knows only `'` and `>`.
pub(super) fn command(line: &str) -> Option<Vec<&str>> {
    let line = line.split(" > ").next().unwrap_or(line);
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    let words: Vec<&str> = words.collect();
    (words.first() == Some(&"scaffold")).then_some(words)
}

#[test]
fn commands_on_the_pages_are_understood() {
    let mut understood = 0;
    for (path, text) in pages() {
        for words in typed(&text).filter_map(command) {
            if let Err(error) = Cli::try_parse_from(words.iter().copied()) {
                panic!("{path}: {words:?}: {error}");
            }
            understood += 1;
        }
    }
    assert!(understood >= 30, "{understood}");
}

#[test]
fn the_tutorial_can_be_followed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut place = directory.path().to_owned();
    let mut done = 0;
    for line in typed(&read(TUTORIAL)) {
        if let Some(directory) = line.strip_prefix("cd ") {
            place.push(directory);
        }
        let Some(words) = command(line) else {
            continue;
        };
        // These would print here, and write nothing.
        if words.contains(&"list") || words.contains(&"--dry-run") {
            continue;
        }
        let cli = Cli::parse_from(words.iter().copied());
        let result = scaffold_cli::run(&cli, &place, &SystemClock, &mut Shell::new(false, true));
        assert!(result.is_ok(), "{line}: {result:?}");
        done += 1;
    }
    assert!(done >= 9, "{done}");
}

/// What stands below a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = format!("\n## {heading}\n");
    let below = page.split_once(start.as_str()).map(|(_, below)| below);
    let below = below.unwrap_or_else(|| panic!("there is no heading {heading}"));
    below.split("\n## ").next().unwrap_or_default()
}

/// The arguments of a command and of its own commands, but for those of every command.
fn arguments(command: &Command) -> Vec<&Arg> {
    let own = command.get_arguments().filter(|arg| !arg.is_global_set());
    let below = command.get_subcommands().flat_map(arguments);
    own.chain(below).collect()
}

/// What an argument is called, and what it may be.
fn names(arg: &Arg) -> Vec<String> {
    let flag = arg.get_long().map(|flag| format!("--{flag}"));
    let values = match arg.get_action().takes_values() {
        true => arg.get_possible_values(),
        false => Vec::new(),
    };
    let values = values.iter().map(|value| value.get_name().to_owned());
    flag.into_iter().chain(values).collect()
}

#[test]
fn the_page_of_commands_has_every_command_and_flag() {
    let (page, kits) = (read(COMMANDS), read(KITS));
    let cli = Cli::command();
    let of_all = section(&page, "Flags of every command");
    for name in cli.get_arguments().flat_map(names) {
        assert!(of_all.contains(&format!("| `{name}")), "{name}");
    }
    for command in cli.get_subcommands() {
        let own = section(&page, &format!("`{}`", command.get_name()));
        for name in arguments(command).into_iter().flat_map(names) {
            let is_there =
                own.contains(&format!("`{name}")) || kits.contains(&format!("## `{name}`"));
            assert!(is_there, "{}: {name}", command.get_name());
        }
        for below in command.get_subcommands() {
            let words = format!("`scaffold {} {} ", command.get_name(), below.get_name());
            assert!(own.contains(&words), "{words}");
        }
    }
}

#[test]
fn the_page_of_commands_has_no_flag_that_does_not_exist() {
    let page = read(COMMANDS);
    let cli = Cli::command();
    let mut known = BTreeSet::from(["--help".to_owned(), "--version".to_owned()]);
    known.extend(cli.get_arguments().flat_map(names));
    known.extend(arguments(&cli).into_iter().flat_map(names));
    for word in words(&page) {
        let flags = word
            .split_whitespace()
            .filter(|part| part.starts_with("--") && part.len() > 2);
        for flag in flags {
            assert!(known.contains(flag), "{flag}");
        }
    }
}

#[test]
fn the_page_of_kits_has_every_kit_and_its_files() {
    let page = read(KITS);
    for kit in Kit::embedded().expect("the kits are described") {
        let own = section(&page, &format!("`{}`", kit.name));
        for word in words(own)
            .into_iter()
            .filter(|word| word.contains(['/', '.']))
        {
            let is_there = kit.paths().iter().any(|path| path.starts_with(word));
            assert!(is_there, "{}: {word}", kit.name);
        }
    }
}
