//! What the README of a service tells a newcomer to type, and where it sends them.

use std::process::Command;

use scaffold_cli::render::Pair;
use template_tests::deployment::{Deployment, Process};
use template_tests::rendered::{POSTGRES_REDIS, SQLITE_DATABASE};

use crate::util::PERSONS;

/// Where the README has the service.
const ADDRESS: &str = "http://127.0.0.1:8000";

/// Ends a block at the first request that is not answered well.
const STRICT: &str = "set -euo pipefail
curl() { command curl --show-error --fail-with-body --max-time 60 --noproxy '*' \"$@\"; }
";

#[test]
fn first_requests_of_the_readme_are_answered_with_sqlite() {
    assert_first_requests_are_answered(SQLITE_DATABASE);
}

#[test]
fn first_requests_of_the_readme_are_answered_with_postgres_and_redis() {
    assert_first_requests_are_answered(POSTGRES_REDIS);
}

fn assert_first_requests_are_answered(pair: Pair) {
    let service = Deployment::new(pair);
    let readme = service.read("README.md");
    let all = service.start("all");
    let requests: Vec<&str> = blocks(&readme)
        .filter(|block| block.contains("curl "))
        .collect();
    assert!(!requests.is_empty(), "{readme}");
    for block in requests {
        run(block, &all);
    }
    // One of them has waited until she was a year older.
    let persons = all.client().get(PERSONS).expect(200).json();
    assert_eq!(persons["objects"][0]["name"], "Ada Lovelace", "{persons}");
    assert_eq!(persons["objects"][0]["age"], 37, "{persons}");
    all.stop();
}

/// What stands in the blocks that one types.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    let blocks = page.split("```console\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next())
}

/// Types a block where the service is.
fn run(block: &str, service: &Process) {
    let address = format!("http://127.0.0.1:{}", service.port());
    let script = format!("{STRICT}{}", block.replace(ADDRESS, &address));
    let output = Command::new("bash").args(["-c", &script]).output();
    let output = output.expect("bash can be started");
    assert!(output.status.success(), "{block}{output:?}");
}

#[test]
fn addresses_of_the_readme_answer() {
    let service = Deployment::new(SQLITE_DATABASE);
    let readme = service.read("README.md");
    let all = service.start("all");
    let (_, table) = readme.split_once("| address |").expect("a table");
    let rows = table.lines().take_while(|line| !line.is_empty());
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let paths: Vec<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(paths.len() >= 7, "{paths:?}");
    for path in paths {
        // Nobody looks at that one: others send there.
        let status = if path == "/webhooks" { 405 } else { 200 };
        all.client().get(path).expect(status);
    }
    all.stop();
}
