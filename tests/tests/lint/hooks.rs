use std::fs;

use scaffold_cli::answers::{Broker, Database};
use scaffold_cli::render::{FURNISHED, Pair};
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
fn furnished_pairs_are_those_of_the_command_line() {
    let hook = read("../hooks/pre.rhai");
    let (_, list) = hook.split_once("let furnished = [\n").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let pairs: Vec<&str> = list
        .lines()
        .map(|line| line.trim().trim_end_matches(',').trim_matches('"'))
        .collect();
    let expected: Vec<String> = FURNISHED.iter().map(Pair::to_string).collect();
    assert_eq!(pairs, expected);
}

#[test]
fn refusal_has_the_same_words() {
    let pair = Pair::new(Database::Mysql, Broker::Nats);
    let refusal = pair.furnished().unwrap_err().to_string();
    let (_, rest) = refusal.split_once("mysql + nats").unwrap();
    let (words, _) = rest.split_once("sqlite").unwrap();
    assert!(
        read("../hooks/pre.rhai").contains(&format!("{words:?}")),
        "{words:?}"
    );
}
