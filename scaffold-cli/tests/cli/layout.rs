//! What is generated and what is inserted is laid out as rustfmt would, whatever the names are.

use std::io::Write;
use std::ops::RangeInclusive;
use std::process::{Command, Stdio};

use crate::project::TestProject;

const LONG: &str = "quiet_bundle_of_many_tiny_word_that_together_fill_up_fixty_fourxx";
const FIELDS: [&str; 9] = [
    "a:integer",
    "user_id:uuid",
    "at:datetime",
    "until:datetime?",
    "name:string",
    "share:float",
    "big:bigint?",
    "on:boolean",
    "paper:enum(a4,us_letter)",
];

/// A name of that many characters, of one word or of several.
fn name(length: usize, one_word: bool) -> String {
    if one_word {
        return "z".repeat(length);
    }
    let mut name = LONG[..length].to_owned();
    if name.ends_with('_') {
        name.replace_range(length - 1.., "x");
    }
    name
}

/// Checks files that declare no modules.
#[track_caller]
fn assert_formatted(project: &TestProject, paths: &[String]) {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024", "--check", "--color", "never"]);
    let output = command.args(paths).current_dir(project.root()).output();
    let output = output.expect("rustfmt is installed");
    let diff = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{diff}");
}

/// Checks a list of modules, which rustfmt would follow if it knew where the file is.
#[track_caller]
fn assert_list_formatted(project: &TestProject, path: &str) {
    let mut command = Command::new("rustfmt");
    let command = command.args(["--edition", "2024"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("rustfmt is installed");
    let mut input = child.stdin.take().expect("it reads");
    let text = project.read(path);
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let formatted = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text, formatted, "{path}");
}

/// All lengths, a few for each project.
fn lengths() -> impl Iterator<Item = RangeInclusive<usize>> {
    (1..=64).step_by(16).map(|first| first..=first + 15)
}

fn check_routes(one_word: bool, lengths: RangeInclusive<usize>) {
    let project = TestProject::new();
    let mut paths = vec!["src/router.rs".to_owned()];
    for length in lengths {
        let name = name(length, one_word);
        let path = format!("/{name}/{{id}}");
        let some = "get,put,delete";
        project.succeed(&["add-route", &name, "--method", "get,post"]);
        project.succeed(&["add-route", &name, "--method", some, "--path", &path]);
        let other = format!("y{}", &name[1..]);
        let path = format!("/{other}/{{owner_id}}/{{key}}");
        let all = "get,post,put,delete";
        let options = ["--method", all, "--path", &path, "--scope", "x"];
        project.succeed(&[&["add-route", other.as_str()], options.as_slice()].concat());
        for name in [&name, &other] {
            paths.push(format!("src/routes/{name}.rs"));
            paths.push(format!("tests/integration/routes/{name}.rs"));
        }
    }
    assert_formatted(&project, &paths);
    assert_list_formatted(&project, "src/routes/mod.rs");
    assert_list_formatted(&project, "tests/integration/routes/mod.rs");
}

#[test]
fn routes_named_with_one_word() {
    lengths().for_each(|lengths| check_routes(true, lengths));
}

#[test]
fn routes_named_with_several_words() {
    lengths().for_each(|lengths| check_routes(false, lengths));
}

fn check_public_routes(one_word: bool, lengths: RangeInclusive<usize>) {
    let project = TestProject::new();
    let mut paths = vec!["src/router.rs".to_owned()];
    for length in lengths {
        let name = name(length, one_word);
        project.succeed(&["add-route", &name, "--public", "--method", "get,post"]);
        paths.push(format!("src/routes/{name}.rs"));
        paths.push(format!("tests/integration/routes/{name}.rs"));
    }
    assert_formatted(&project, &paths);
}

#[test]
fn routes_without_a_token() {
    lengths().for_each(|lengths| check_public_routes(true, lengths));
    lengths().for_each(|lengths| check_public_routes(false, lengths));
}

/// Paths of all lengths up to the longest, with few long parameters or many short ones.
fn paths_with_parameters() -> impl Iterator<Item = String> {
    let few = (1..=38).flat_map(|long| [1, 20, 38].map(|short| vec![long, short]));
    let three = (1..=38).map(|long| vec![38, long, 30]);
    let many = (2..=20).map(|count| vec![2; count]);
    few.chain(three).chain(many).map(|lengths| {
        let letters = 'a'..='z';
        let parameter = |(letter, length): (char, usize)| {
            let end = if length % 4 == 1 { "_id" } else { "" };
            format!("/{{{}{end}}}", letter.to_string().repeat(length.min(36)))
        };
        letters.zip(lengths).map(parameter).collect()
    })
}

#[test]
fn routes_with_several_parameters() {
    let all: Vec<String> = paths_with_parameters().collect();
    for some in all.chunks(20) {
        let project = TestProject::new();
        let mut paths = vec!["src/router.rs".to_owned()];
        for (index, path) in some.iter().enumerate() {
            let name = format!("r{index}");
            let path = format!("/{name}{path}");
            let guard = ["--public", "--scope=x"][index % 2];
            let args = ["add-route", &name, "--path", &path, guard, "--method"];
            project.succeed(&[&args[..], &["get,post,delete"]].concat());
            paths.push(format!("src/routes/{name}.rs"));
            paths.push(format!("tests/integration/routes/{name}.rs"));
        }
        assert_formatted(&project, &paths);
    }
}

fn check_tasks(one_word: bool, lengths: RangeInclusive<usize>) {
    let project = TestProject::new();
    let mut paths = Vec::new();
    for length in lengths {
        let name = name(length, one_word);
        let queue = format!("q{}", "u".repeat(length - 1));
        let options = ["--queue", &queue, "--timeout", "9", "--max-attempts", "2"];
        let fields = &FIELDS[..length % (FIELDS.len() + 1)];
        project.succeed(&[&["add-task", &name], fields, &options].concat());
        let other = format!("y{}", &name[1..]);
        let field = format!("{}:integer", "f".repeat(length));
        project.succeed(&["add-task", &other, &field]);
        for name in [&name, &other] {
            paths.push(format!("src/tasks/{name}.rs"));
            paths.push(format!("tests/integration/tasks/{name}.rs"));
        }
    }
    assert_formatted(&project, &paths);
    assert_list_formatted(&project, "src/tasks/mod.rs");
    assert_list_formatted(&project, "tests/integration/tasks/mod.rs");
}

#[test]
fn tasks_named_with_one_word() {
    lengths().for_each(|lengths| check_tasks(true, lengths));
}

#[test]
fn tasks_named_with_several_words() {
    lengths().for_each(|lengths| check_tasks(false, lengths));
}

#[test]
fn lists_stay_formatted_while_they_grow() {
    let project = TestProject::new();
    let words = [
        "m10", "m9", "m_1", "ma", "m", "zz", "aa", "m1", "m01", "m_b", "m1b",
    ];
    for (index, word) in words.iter().enumerate() {
        // Long enough that the import list has to be broken, then has several lines.
        let name = format!("{word}_{}", "x".repeat(7 * (index % 4)));
        let name = name.trim_end_matches('_');
        project.succeed(&["add-route", name]);
        project.succeed(&["add-task", name]);
        assert_formatted(&project, &["src/router.rs".to_owned()]);
        assert_list_formatted(&project, "src/routes/mod.rs");
        assert_list_formatted(&project, "src/tasks/mod.rs");
    }
}

fn check_resources(one_word: bool, lengths: RangeInclusive<usize>) {
    let project = TestProject::new();
    let mut paths = vec!["src/router.rs".to_owned(), "src/schema.rs".to_owned()];
    for length in lengths {
        let name = name(length, one_word);
        let (long, optional) = (format!("f{}:string?^", "f".repeat(length)), "note:string?");
        let fields = [
            "name:string!",
            &long,
            "status:enum(draft,in_review)^=draft",
            "at:datetime^=2026-01-01T00:00:00Z",
            "day:date?=2026-01-01",
            "owner:references(persons)",
            "total:decimal=1.5",
            "data:binary?",
            "extra:json",
            optional,
        ];
        let public = if length % 2 == 0 {
            "--public"
        } else {
            "--quiet"
        };
        let fields = &fields[..1 + length % fields.len()];
        project.succeed(&[&["add-resource", &name], fields, &[public]].concat());
        let other = format!("y{}", &name[1..]);
        let field = format!("{}:text", "o".repeat(length));
        project.succeed(&["add-resource", &other, &field]);
    }
    for (path, _) in project.files() {
        let is_leaf = path.ends_with(".rs") && !path.ends_with("/mod.rs");
        let folders = ["src/models/", "src/routes/", "tests/integration/"];
        if is_leaf && folders.iter().any(|folder| path.starts_with(folder)) {
            paths.push(path);
        }
    }
    paths.retain(|path| !path.ends_with("integration/main.rs"));
    assert_formatted(&project, &paths);
    for list in [
        "src/models/mod.rs",
        "src/routes/mod.rs",
        "tests/integration/routes/mod.rs",
        "tests/integration/util/mod.rs",
        "tests/integration/util/factory.rs",
    ] {
        assert_list_formatted(&project, list);
    }
}

#[test]
fn resources_named_with_one_word() {
    check_resources(true, 3..=11);
    check_resources(true, 12..=20);
}

#[test]
fn resources_named_with_several_words() {
    check_resources(false, 3..=11);
    check_resources(false, 12..=20);
}

#[test]
fn schedules_short_and_long() {
    for length in [1, 8, 16, 24] {
        let project = TestProject::new();
        let name = name(length, length == 8);
        let zone = ["--cron", "30 2 1 * *", "--timezone", "Europe/Berlin"];
        project.succeed(&[&["add-schedule", &name], &zone[..]].concat());
        let other = format!("y{}", &name[1..]);
        project.succeed(&["add-schedule", &other, "--every", "30s"]);
        let mut paths = vec!["src/schedules.rs".to_owned()];
        for name in [name, other] {
            paths.push(format!("tests/integration/schedules/{name}.rs"));
        }
        assert_formatted(&project, &paths);
        assert_list_formatted(&project, "tests/integration/schedules/mod.rs");
    }
}
