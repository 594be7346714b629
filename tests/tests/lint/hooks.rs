use std::collections::BTreeSet;
use std::fs;

use scaffold_cli::name::ServiceName;
use scaffold_cli::render::Pair;
use template_tests::{root, template};

fn read(hook: &str) -> String {
    fs::read_to_string(root().join("template").join(hook))
        .unwrap_or_else(|error| panic!("{hook}: {error}"))
}

#[test]
fn hooks_are_found_beside_the_template_and_run_no_commands() {
    let config = template().config;
    let hooks: Vec<&String> = config.hooks.pre.iter().chain(&config.hooks.post).collect();
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        assert!(hook.starts_with("../hooks/"), "{hook}");
        assert!(!read(hook).contains("system::"), "{hook} runs a command");
    }
}

#[test]
fn reserved_names_are_those_of_the_command_line() {
    let hook = read("../hooks/pre.rhai");
    let (_, list) = hook.split_once("let reserved = [\n").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let listed: BTreeSet<&str> = list
        .split(',')
        .map(|word| word.trim().trim_matches('"'))
        .filter(|word| !word.is_empty())
        .collect();
    let expected: BTreeSet<&str> = ServiceName::reserved().collect();
    let listing = expected.iter().map(|word| format!("{word:?}, "));
    assert_eq!(
        listed,
        expected,
        "the list must be: {}",
        listing.collect::<String>()
    );
}

/// Cargo refuses a package that depends on one of its own name.
#[test]
fn names_of_dependencies_are_refused() {
    for pair in Pair::all() {
        let rendered = template().render("shop", "shop", pair).unwrap();
        let manifest = rendered
            .iter()
            .find(|file| file.path == "Cargo.toml")
            .unwrap();
        let manifest = String::from_utf8(manifest.content.clone()).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        for table in tables.iter().filter_map(|table| manifest.get(*table)) {
            for name in table.as_table().unwrap().keys() {
                assert!(ServiceName::parse(name).is_err(), "{name}");
            }
        }
    }
}
