//! Rung 4: `scaffold new` and the real `cargo generate` render the same bytes and refuse the same answers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use clap::Parser;
use clap::error::ErrorKind;
use scaffold_cli::cli::Cli;
use scaffold_cli::render::Pair;
use template_tests::{Tree, read_tree, root, scaffold_new, template};

const VERSION: &str = "0.23.13";

#[test]
fn every_pair_is_the_same_from_a_directory() {
    let staged = stage();
    for pair in Pair::all() {
        assert_same(&["--path", text(staged.path())], "my-service", pair);
    }
}

#[test]
fn every_pair_is_the_same_from_a_git_repository() {
    let staged = stage();
    for args in [
        ["init", "--quiet"].as_slice(),
        &["add", "--all", "--force"],
        &["commit", "--quiet", "--message", "Template"],
    ] {
        git(staged.path(), args);
    }
    let url = format!("file://{}", text(staged.path()));
    for pair in Pair::all() {
        assert_same(&["--git", &url], "my-service", pair);
    }
}

#[test]
fn names_are_the_same() {
    let staged = stage();
    for name in ["shop", "my_service", "a1-b2", "web2_api", "my-big_shop"] {
        assert_same(&["--path", text(staged.path())], name, Pair::DEFAULT);
    }
}

#[test]
fn silent_takes_the_defaults() {
    let staged = stage();
    let parent = tempfile::tempdir().unwrap();
    let source = ["--path", text(staged.path())];
    let output = cargo_generate(parent.path(), &source, "shop", &[]);
    assert!(output.status.success(), "{}", messages(&output));
    let (directory, scaffolded) = scaffold("shop", Pair::DEFAULT);
    assert_eq_trees(&read_tree(&parent.path().join(directory)), &scaffolded);
}

#[test]
fn answers_that_are_no_choice_are_refused_by_both() {
    let staged = stage();
    let parent = tempfile::tempdir().unwrap();
    let source = ["--path", text(staged.path())];
    for (placeholder, answer) in [("database", "oracle"), ("broker", "kafka")] {
        let flag = format!("--{placeholder}");
        let scaffold = Cli::try_parse_from(["scaffold", "new", "shop", &flag, answer]);
        assert_eq!(scaffold.unwrap_err().kind(), ErrorKind::InvalidValue);

        let define = ["--define".to_owned(), format!("{placeholder}={answer}")];
        let output = cargo_generate(parent.path(), &source, "shop", &define);
        assert!(!output.status.success(), "{answer} was rendered");
        let messages = messages(&output);
        let refusal = format!("{answer:?} is not a valid value for {placeholder}");
        assert!(
            messages.contains(&refusal),
            "`{refusal}` is not in:\n{messages}"
        );
        // `cargo generate` makes the directory before it asks.
        let left_over = parent.path().join("shop");
        assert!(!left_over.exists() || read_tree(&left_over).is_empty());
        let _ = fs::remove_dir(left_over);
    }
}

#[test]
fn unusable_names_are_refused_by_both() {
    let staged = stage();
    let parent = tempfile::tempdir().unwrap();
    let source = ["--path", text(staged.path())];
    let long = "a".repeat(65);
    let taken = ["type", "std", "serde-json", "u8", "deps", "build", "com1"];
    for name in ["1shop", "größe", &long].into_iter().chain(taken) {
        assert!(
            scaffold_new(parent.path(), name, Pair::DEFAULT).is_err(),
            "{name}"
        );
        let output = cargo_generate(parent.path(), &source, name, &[]);
        let messages = messages(&output);
        assert!(
            messages.contains(&format!("the service name `{name}` is ")),
            "{messages}"
        );
    }
}

fn assert_same(source: &[&str], name: &str, pair: Pair) {
    let parent = tempfile::tempdir().unwrap();
    let output = cargo_generate(parent.path(), source, name, &define(pair));
    assert!(output.status.success(), "{pair}: {}", messages(&output));
    let (directory, scaffolded) = scaffold(name, pair);
    assert_eq_trees(&read_tree(&parent.path().join(directory)), &scaffolded);
}

/// The name of the project's directory and what `scaffold new` writes there.
fn scaffold(name: &str, pair: Pair) -> (OsString, Tree) {
    let parent = tempfile::tempdir().unwrap();
    let project = scaffold_new(parent.path(), name, pair).unwrap();
    (project.file_name().unwrap().to_owned(), read_tree(&project))
}

fn assert_eq_trees(generated: &Tree, scaffolded: &Tree) {
    let paths = |tree: &Tree| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(generated), paths(scaffolded));
    assert!(scaffolded.contains_key("Cargo.lock"));
    for (path, content) in generated {
        let [generated, scaffolded] =
            [content, &scaffolded[path]].map(|bytes| String::from_utf8_lossy(bytes));
        assert_eq!(generated, scaffolded, "{path}");
    }
}

fn define(pair: Pair) -> [String; 4] {
    let (database, broker) = (pair.database, pair.broker);
    [
        "--define".to_owned(),
        format!("database={database}"),
        "--define".to_owned(),
        format!("broker={broker}"),
    ]
}

/// Copies what `cargo generate` needs, the template as it is packed, and not the whole checkout with its `target/`.
fn stage() -> tempfile::TempDir {
    let staged = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &[u8]| {
        let copy = staged.path().join(path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, content).unwrap();
    };
    let packed = template();
    for file in &packed.files {
        write(&format!("template/{}", file.path), file.content);
    }
    let hooks = packed.config.hooks;
    let hooks = hooks.pre.iter().chain(&hooks.post);
    let hooks = hooks.map(|hook| hook.trim_start_matches("../"));
    for path in hooks.chain(["cargo-generate.toml"]) {
        write(path, &fs::read(root().join(path)).unwrap());
    }
    staged
}

fn cargo_generate(parent: &Path, source: &[&str], name: &str, define: &[String]) -> Output {
    Command::new(binary())
        .arg("generate")
        .args(source)
        .args(["template", "--silent", "--vcs", "none", "--name", name])
        .args(define)
        .arg("--destination")
        .arg(parent)
        // No favourites and defaults of whoever runs the tests.
        .env("CARGO_HOME", parent)
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap()
}

/// The binary named by `CARGO_GENERATE`, or the one on the path, of the very version that is promised.
fn binary() -> PathBuf {
    let binary = env::var_os("CARGO_GENERATE").unwrap_or_else(|| OsString::from("cargo-generate"));
    let version = Command::new(&binary).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    assert!(
        version
            .as_ref()
            .is_ok_and(|version| version.trim_end().ends_with(VERSION)),
        "cargo-generate {VERSION} is needed and {binary:?} is {version:?}: \
         `scripts/test` installs it, CARGO_GENERATE names one"
    );
    binary.into()
}

fn git(directory: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(["-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(directory)
        .status()
        .unwrap();
    assert!(status.success(), "git {args:?}");
}

fn messages(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
