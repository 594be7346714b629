//! Rung 5: the pairs of `scripts/test` are formatted, free of warnings and pass their own tests, as they are rendered.

use std::collections::BTreeSet;
use std::fs;

use scaffold_cli::render::Pair;
use serde_json::Value;
use template_tests::proof::prove;
use template_tests::rendered::{
    MYSQL_RABBITMQ, POSTGRES_NATS, POSTGRES_REDIS, Rendered, SQLITE_DATABASE, passed,
};
use template_tests::{for_every_pair, report, tests_of_pair};

/// Those that `scripts/test` compiles: every database and every broker is among them.
const PAIRS: [Pair; 4] = [
    SQLITE_DATABASE,
    POSTGRES_REDIS,
    MYSQL_RABBITMQ,
    POSTGRES_NATS,
];

/// The most crates that the default service may compile.
const MAX_CRATES: usize = 300;

for_every_pair!(is_clean_and_passes_its_tests);

fn is_clean_and_passes_its_tests(pair: Pair) {
    prove(pair, "clean", |_| {
        let service = Rendered::new("proof", pair);
        let clippy = service.lint();
        // As `just doc`, with what clippy has read of the crates.
        let doc = ["doc", "--locked", "--no-deps", "--document-private-items"];
        service.cargo_with(&doc, &[("RUSTDOCFLAGS", "-D warnings")]);
        // The document that it is rendered with is its own, so that its first push is green.
        let exact = [("EXACT_SNAPSHOTS", "1")];
        let (printed, tests) = service.cargo_with(&["test", "--locked"], &exact);
        let count = passed(&printed);
        assert!(count > 20, "{printed}");
        // For `service` and `proofs`, while nothing else runs.
        service.build();
        Rendered::lab(pair).build();
        format!("clippy {clippy:.0?}, {count} tests built and run in {tests:.0?}")
    });
}

/// What is behind a feature is free of warnings and tested too.
#[test]
fn errors_reach_sentry_where_that_is_built_in() {
    let service = Rendered::new("proof", SQLITE_DATABASE);
    let sentry = ["--locked", "--features", "sentry"];
    let clippy = [
        &["clippy"],
        sentry.as_slice(),
        &["--all-targets", "--", "-D", "warnings"],
    ];
    service.cargo(&clippy.concat());
    let tests = [
        &["test"],
        sentry.as_slice(),
        &["--test", "integration", "sentry"],
    ];
    let (printed, _) = service.cargo(&tests.concat());
    assert!(passed(&printed) > 0, "{printed}");
}

#[test]
fn default_service_stays_within_its_budget_of_crates() {
    let service = Rendered::new("proof", SQLITE_DATABASE);
    let tree = [
        "tree",
        "--locked",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
    ];
    let (printed, _) = service.cargo(&tree);
    let crates: BTreeSet<&str> = printed
        .lines()
        .filter_map(|line| line.strip_suffix(" (*)").or(Some(line)))
        .filter(|line| line.contains(" v"))
        .collect();
    report(&format!(
        "the default service compiles {} crates",
        crates.len()
    ));
    assert!(crates.len() > 100, "{printed}");
    assert!(crates.len() < MAX_CRATES, "{} crates", crates.len());
}

/// What cargo-deny says of licences and sources, without cargo-deny.
#[test]
fn crates_are_what_deny_toml_allows() {
    for pair in PAIRS {
        let service = Rendered::new("proof", pair);
        let rules = fs::read_to_string(service.root.join("deny.toml")).unwrap();
        let rules: toml::Table = toml::from_str(&rules).unwrap();
        let (allowed, denied) = (
            texts(&rules["licenses"]["allow"]),
            texts(&rules["bans"]["deny"]),
        );
        let (printed, _) = service.cargo(&["metadata", "--locked", "--format-version", "1"]);
        // Before what cargo says of locks and downloads.
        let metadata = printed.lines().next().unwrap();
        let metadata: Value = serde_json::from_str(metadata).unwrap();
        let crates = metadata["packages"].as_array().unwrap();
        assert!(crates.len() > 100);
        for it in crates
            .iter()
            .filter(|it| it["name"] != service.name.as_str())
        {
            let licence = it["license"]
                .as_str()
                .unwrap_or_else(|| panic!("{}", it["name"]));
            assert!(is_allowed(licence, &allowed), "{}: {licence}", it["name"]);
            assert!(
                !denied.contains(it["name"].as_str().unwrap()),
                "{}",
                it["name"]
            );
            let source = it["source"].as_str().unwrap();
            assert!(source.starts_with("registry+"), "{}: {source}", it["name"]);
        }
    }
}

fn texts(list: &toml::Value) -> BTreeSet<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|text| text.as_str().unwrap()).collect()
}

/// Whether an expression of SPDX, or of the time before it, holds with the licences that are allowed.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let Some(close) = expression.find(')') else {
        let choices = expression.replace('/', " OR ");
        return choices.split(" OR ").any(|all| {
            all.split(" AND ")
                .all(|licence| allowed.contains(licence.trim()))
        });
    };
    let open = expression[..close].rfind('(').expect("its other half");
    let inner = &expression[open + 1..close];
    // A word that is allowed, or none.
    let word = if is_allowed(inner, allowed) {
        "MIT"
    } else {
        "-"
    };
    let outer = [&expression[..open], word, &expression[close + 1..]].concat();
    is_allowed(&outer, allowed)
}

#[test]
fn licences_are_judged_as_a_whole() {
    let allowed = BTreeSet::from(["ISC", "MIT"]);
    let judged = |expression| is_allowed(expression, &allowed);
    assert!(judged("MIT") && judged("GPL-3.0 OR MIT") && judged("MIT/Apache-2.0"));
    assert!(judged("(GPL-3.0 OR MIT) AND ISC") && judged("ISC AND (ISC OR (GPL-3.0 AND MIT))"));
    assert!(!judged("GPL-3.0") && !judged("MIT AND GPL-3.0") && !judged("(GPL-3.0) AND MIT"));
}

#[test]
fn toolchain_and_profiles_are_stated() {
    let ours = fs::read_to_string(template_tests::root().join("Cargo.toml")).unwrap();
    let ours: toml::Table = toml::from_str(&ours).unwrap();
    for pair in PAIRS {
        let service = Rendered::new("proof", pair);
        let manifest = fs::read_to_string(service.root.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        assert_eq!(
            manifest["package"]["rust-version"],
            ours["workspace"]["package"]["rust-version"]
        );
        assert_eq!(
            manifest["profile"]["release"]["strip"].as_bool(),
            Some(true)
        );
        assert!(manifest["profile"].get("dev").is_some());
    }
}
