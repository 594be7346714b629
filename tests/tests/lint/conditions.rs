use std::collections::BTreeSet;

use scaffold_cli::render::{Condition, Pair, Tag, tags};
use template_tests::template;

fn value(variable: &str, pair: Pair) -> &'static str {
    match variable {
        "database" => pair.database.as_str(),
        "broker" => pair.broker.as_str(),
        _ => panic!("conditions read `database` and `broker`, not `{variable}`"),
    }
}

fn holds(condition: &Condition, pair: Pair) -> bool {
    condition.holds(value(&condition.variable, pair))
}

/// Panics unless `decide` says yes to one pair at least, and no to another.
fn assert_goes_both_ways(what: &str, decide: impl Fn(Pair) -> bool) {
    let answers: BTreeSet<bool> = Pair::all().map(decide).collect();
    assert_eq!(answers.len(), 2, "{what} is always {answers:?}");
}

fn assert_value_exists(what: &str, condition: &Condition) {
    let choices = &template().config.placeholders[&condition.variable].choices;
    assert!(choices.contains(&condition.value), "{what}: `{condition}`");
}

#[test]
fn every_conditional_section_goes_both_ways() {
    let config = template().config;
    for (condition, _) in config.conditions().unwrap() {
        assert_value_exists("cargo-generate.toml", &condition);
        assert_goes_both_ways(&condition.to_string(), |pair| holds(&condition, pair));
    }
}

#[test]
fn every_condition_in_a_file_goes_both_ways() {
    for file in template().files {
        let Some(source) = file.liquid().unwrap() else {
            continue;
        };
        for tag in tags(source).unwrap() {
            for condition in tag.comparisons() {
                assert_value_exists(file.path, condition);
            }
            let what = format!("{}: {tag:?}", file.path);
            match &tag {
                Tag::IfAll(all) => {
                    assert_goes_both_ways(&what, |pair| all.iter().all(|c| holds(c, pair)));
                }
                Tag::IfAny(any) => {
                    assert_goes_both_ways(&what, |pair| any.iter().any(|c| holds(c, pair)));
                }
                Tag::Variable(_) | Tag::Else | Tag::EndIf => {}
            }
        }
    }
}

#[test]
fn ignored_paths_exist() {
    let template = template();
    for (condition, ignored) in template.config.conditions().unwrap() {
        for path in ignored {
            let directory = format!("{path}/");
            let exists = template.files.iter().any(|file| {
                let rendered = file.rendered_path();
                rendered == path || rendered.starts_with(&directory)
            });
            assert!(exists, "{condition}: `{path}` is not in the template");
        }
    }
}

/// `cargo generate` would leave the directory there, and git would not know of it.
#[test]
fn ignored_files_leave_no_empty_directory() {
    let template = template();
    for pair in Pair::all() {
        let rendered = template.render("shop", "shop", pair).unwrap();
        for (condition, ignored) in template.config.conditions().unwrap() {
            for path in ignored.iter().filter(|_| holds(&condition, pair)) {
                let Some((directory, _)) = path.rsplit_once('/') else {
                    continue;
                };
                let prefix = format!("{directory}/");
                let inhabited = rendered.iter().any(|file| file.path.starts_with(&prefix));
                assert!(
                    inhabited,
                    "{pair}: ignore `{directory}` instead of `{path}`"
                );
            }
        }
    }
}
