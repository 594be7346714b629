use std::collections::BTreeSet;

use clap::{CommandFactory, ValueEnum};
use scaffold_cli::answers::{Broker, Database};
use scaffold_cli::cli::Cli;
use scaffold_cli::render::{Pair, TemplateFile, Variables, tags};
use template_tests::template;

/// What `cargo generate` sets itself; the others are asked for.
const BUILT_IN: [&str; 2] = ["crate_name", "project-name"];

#[test]
fn every_declared_variable_is_used_and_every_used_one_declared() {
    let template = template();
    let declared: BTreeSet<&str> = template
        .config
        .placeholders
        .keys()
        .map(String::as_str)
        .chain(BUILT_IN)
        .collect();

    let mut used = BTreeSet::new();
    for file in &template.files {
        let Some(source) = file.liquid().unwrap() else {
            continue;
        };
        for tag in tags(source).unwrap_or_else(|error| panic!("{}: {error}", file.path)) {
            used.extend(tag.variables().into_iter().map(str::to_owned));
        }
    }
    let used: BTreeSet<&str> = used.iter().map(String::as_str).collect();
    assert_eq!(used, declared);
    assert_eq!(BTreeSet::from(Variables::NAMES), declared);
}

#[test]
fn choices_are_those_of_the_command_line() {
    let config = template().config;
    let database: Vec<&str> = Database::value_variants()
        .iter()
        .map(|d| d.as_str())
        .collect();
    let broker: Vec<&str> = Broker::value_variants()
        .iter()
        .map(|b| b.as_str())
        .collect();
    let defaults = [
        Pair::DEFAULT.database.as_str(),
        Pair::DEFAULT.broker.as_str(),
    ];
    for ((name, choices), default) in [("database", database), ("broker", broker)]
        .into_iter()
        .zip(defaults)
    {
        let placeholder = &config.placeholders[name];
        assert_eq!(placeholder.kind, "string", "{name}");
        assert_eq!(placeholder.choices, choices, "{name}");
        assert_eq!(placeholder.default, default, "{name}");
    }
}

#[test]
fn tags_stand_in_liquid_files_only() {
    for file in template().files {
        if file.liquid().unwrap().is_some() {
            continue;
        }
        let text = String::from_utf8_lossy(file.content);
        assert_eq!(
            first_tag(&text),
            None,
            "{} needs the suffix .liquid",
            file.path
        );
    }
}

/// The first thing that looks like one of our tags: others may use braces for what they like.
fn first_tag(text: &str) -> Option<String> {
    let inside = |open: &'static str, close: &'static str| {
        text.split(open).skip(1).filter_map(move |rest| {
            let (inside, _) = rest.split_once(close)?;
            Some(inside.trim_matches(['-', ' ']).to_owned())
        })
    };
    let keyword = |tag: &String| {
        let word = tag.split(' ').next().unwrap_or_default();
        ["if", "elsif", "else", "endif"].contains(&word)
    };
    let variable = |tag: &String| Variables::NAMES.contains(&tag.as_str());
    let mut variables = inside("{{", "}}").filter(variable);
    let mut keywords = inside("{%", "%}").filter(keyword);
    variables.next().or_else(|| keywords.next())
}

#[test]
fn first_tag_knows_ours_from_others() {
    assert_eq!(
        first_tag("a {{- crate_name }}").as_deref(),
        Some("crate_name")
    );
    assert_eq!(first_tag("{%- endif -%}").as_deref(), Some("endif"));
    assert_eq!(first_tag("${{ github.sha }} {{}} {% for x in y %}"), None);
}

#[test]
fn logic_stands_on_lines_of_its_own() {
    for file in template().files {
        let Some(source) = file.liquid().unwrap() else {
            continue;
        };
        for line in source.lines().filter(|line| line.contains("{%")) {
            let line = line.trim();
            let alone =
                line.starts_with("{%") && line.ends_with("%}") && line.matches("{%").count() == 1;
            assert!(alone, "{}: `{line}`", file.path);
        }
    }
}

#[test]
fn template_version_is_the_version_of_the_cli() {
    let template = template();
    let is_record = |file: &&TemplateFile<'_>| file.rendered_path() == ".scaffold.toml";
    let record = template.files.iter().find(is_record).unwrap();
    let record: toml::Table = toml::from_str(record.liquid().unwrap().unwrap()).unwrap();
    let version = Cli::command().get_version().map(str::to_owned);
    assert_eq!(record["template_version"].as_str(), version.as_deref());
}
