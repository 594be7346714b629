use std::fs;

use template_tests::root;

const README: &str = "template/README.md.liquid";
const TEST: &str = "template/tests/integration/queue/flows/readme.rs";

/// The code of the README compiles and does what it says, for a test has the same lines.
#[test]
fn what_the_readme_says_of_flows_is_tested() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let (readme, test) = (read(README), read(TEST));
    let (_, section) = readme
        .split_once("\n## Many tasks, and tasks that follow from tasks\n")
        .expect("the README has a section on flows");
    let section = section.split("\n## ").next().unwrap();
    let blocks: Vec<&str> = section
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        assert!(
            unindented(&test).contains(&unindented(block)),
            "not in {TEST}:\n{block}"
        );
    }
}

fn unindented(code: &str) -> String {
    code.lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}
