use std::fs;

use template_tests::root;

const README: &str = "template/README.md.liquid";
const README_TEST: &str = "template/tests/integration/queue/flows/readme.rs";
const GUIDE: &str = "template/docs/tasks.md";
const GUIDE_TEST: &str = "template/tests/integration/queue/guide.rs";
const GROW: &str = "template/docs/grow.md";
/// What the commands print of what they write.
const DRY_RUNS: [&str; 3] = [
    "scaffold-cli/tests/cmd/add_route/dry_run.trycmd",
    "scaffold-cli/tests/cmd/add_schedule/existing_task.trycmd",
    "scaffold-cli/tests/cmd/add_task/dry_run.trycmd",
];

/// The code of the README compiles and does what it says, for a test has the same lines.
#[test]
fn what_the_readme_says_of_flows_is_tested() {
    let readme = read(README);
    let (_, section) = readme
        .split_once("\n## Many tasks, and tasks that follow from tasks\n")
        .expect("the README has a section on flows");
    let section = section.split("\n## ").next().unwrap();
    assert_eq!(assert_tested(section, README_TEST), 2);
}

#[test]
fn what_the_guide_says_of_tasks_is_tested() {
    assert_eq!(assert_tested(&read(GUIDE), GUIDE_TEST), 6);
}

/// Who adds something by hand is told what the commands write.
#[test]
fn what_the_guide_says_of_growing_is_what_commands_write() {
    let written: String = DRY_RUNS.map(|path| read(path).replace("\n+", "\n")).concat();
    assert_eq!(assert_within(&read(GROW), &written, "a dry run"), 3);
}

/// Returns how many blocks of code the text has.
fn assert_tested(text: &str, test: &str) -> usize {
    assert_within(text, &read(test), test)
}

fn assert_within(text: &str, code: &str, whose: &str) -> usize {
    let tested = unindented(code);
    let blocks: Vec<&str> = text
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    for block in &blocks {
        assert!(
            tested.contains(&unindented(block)),
            "not in {whose}:\n{block}"
        );
    }
    blocks.len()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn unindented(code: &str) -> String {
    code.lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}
