use std::fs;

use scaffold_cli::render::Pair;
use template_tests::root;

const FLOWS: &str = "template/docs/flows.md";
const FLOWS_TEST: &str = "template/tests/integration/queue/flows/guide.rs";
const GUIDE: &str = "template/docs/tasks.md.liquid";
const GUIDE_TEST: &str = "template/tests/integration/queue/guide.rs";
const GROW: &str = "template/docs/grow.md";
const MEASURED: &str = "docs/benchmarks.md";
const COMPARISON: &str = "docs/comparison.md";
/// What the commands print of what they write.
const DRY_RUNS: [&str; 3] = [
    "scaffold-cli/tests/cmd/add_route/dry_run.trycmd",
    "scaffold-cli/tests/cmd/add_schedule/existing_task.trycmd",
    "scaffold-cli/tests/cmd/add_task/dry_run.trycmd",
];

/// The code of the guide compiles and does what it says, for a test has the same lines.
#[test]
fn what_the_guide_says_of_flows_is_tested() {
    assert_eq!(assert_tested(&read(FLOWS), FLOWS_TEST), 2);
}

#[test]
fn what_the_guide_says_of_tasks_is_tested() {
    assert_eq!(assert_tested(&read(GUIDE), GUIDE_TEST), 7);
}

/// Who adds something by hand is told what the commands write.
#[test]
fn what_the_guide_says_of_growing_is_what_commands_write() {
    let written = DRY_RUNS.map(|path| read(path).replace("\n+", "\n"));
    assert_eq!(
        assert_within(&read(GROW), &written.concat(), "a dry run"),
        3
    );
}

/// Who has to choose a broker reads figures that were measured: each cell is one of the row of that pair.
#[test]
fn figures_of_the_guide_are_those_that_were_measured() {
    let (guide, measured) = (read(GUIDE), read(MEASURED));
    let mut compared = 0;
    for pair in Pair::all() {
        let Some(told) = cells(&guide, pair) else {
            continue;
        };
        let Some(found) = cells(&measured, pair) else {
            panic!("{pair} was not measured");
        };
        for cell in told {
            assert!(found.contains(&cell), "{pair}: {cell} is none of {found:?}");
        }
        compared += 1;
    }
    assert!(compared > 0, "no figures are told");
}

/// The comparison repeats what was measured elsewhere: the figures of each of its rows are those of one row there.
#[test]
fn figures_of_the_comparison_are_those_that_were_measured() {
    let (comparison, measured) = (read(COMPARISON), read(MEASURED));
    let (_, rest) = comparison.split_once("\n## Requests and tasks\n").unwrap();
    let (section, _) = rest.split_once("\n## ").unwrap();
    let rows = section.lines().map(figures).filter(|row| !row.is_empty());
    let mut compared = 0;
    for row in rows {
        let is_measured = measured.lines().map(figures).any(|found| {
            let is_there = |figure| found.contains(figure);
            row.iter().all(is_there)
        });
        assert!(is_measured, "{row:?}");
        compared += 1;
    }
    assert!(compared > 0, "no figures are told");
}

/// The cells of a row of a table that begin with a digit; none, if it is no such row.
fn figures(line: &str) -> Vec<&str> {
    let cells = line.strip_prefix('|').unwrap_or_default().split('|');
    cells
        .map(str::trim)
        .filter(|cell| cell.starts_with(|first: char| first.is_ascii_digit()))
        .collect()
}

/// The row of a table that begins with a pair.
fn cells(text: &str, pair: Pair) -> Option<Vec<&str>> {
    let start = format!("| {} |", pair.slug());
    let row = text.lines().find(|line| line.starts_with(&start))?;
    Some(row.split('|').map(str::trim).collect())
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
