use super::*;
use crate::answers::{Broker, Database};
use crate::render::tags;

const MANIFEST: &str = r#"
summary = "A test"

[steps]
added = ["start {{project-name}}"]
removed = ["stop {{project-name}}"]

[conditional.'broker == "database"']
ignore = ["broker.yaml"]
"#;

fn kits<'a>(files: &[(&'a str, &'a str)]) -> Result<Vec<Kit<'a>>, TemplateError> {
    let files = files.iter().map(|(path, content)| TemplateFile {
        path,
        content: content.as_bytes(),
    });
    Kit::parse(&files.collect::<Vec<_>>())
}

#[track_caller]
fn refused(files: &[(&str, &str)], reason: &str) {
    let message = kits(files).map(drop).unwrap_err().to_string();
    assert!(message.contains(reason), "{message}");
}

#[test]
fn files_are_rendered_or_copied_or_left_out_and_the_manifest_stays_here() {
    let kits = kits(&[
        ("k/a.yaml.liquid", "name: {{project-name}} {{crate_name}}\n"),
        ("k/broker.yaml", "{{copied}}\n"),
        ("k/kit.toml", MANIFEST),
        ("k8s/kit.toml", MANIFEST),
    ])
    .unwrap();
    assert_eq!(kits.len(), 2);
    assert_eq!(kits[1].paths(), [] as [&str; 0]);
    let kit = &kits[0];
    assert_eq!((kit.name, kit.summary()), ("k", "A test"));
    assert_eq!(kit.paths(), ["a.yaml", "broker.yaml"]);

    let own = Pair::DEFAULT;
    let rendered = kit.render("my-shop", "my_shop", own).unwrap();
    let text = "name: my-shop my_shop\n";
    assert_eq!(rendered.files, [("a.yaml".to_owned(), text.to_owned())]);
    assert_eq!(rendered.steps_when_added, ["start my-shop"]);
    assert_eq!(rendered.steps_when_removed, ["stop my-shop"]);

    let other = Pair::new(Database::Sqlite, Broker::Redis);
    let rendered = kit.render("my-shop", "my_shop", other).unwrap();
    let (path, text) = &rendered.files[1];
    assert_eq!(
        (path.as_str(), text.as_str()),
        ("broker.yaml", "{{copied}}\n")
    );
}

#[test]
fn a_kit_that_is_not_described_is_refused() {
    refused(&[("k/a.yaml", "")], "kits/k/kit.toml: is missing");
    refused(&[("k/kit.toml", "summary = 1")], "kits/k/kit.toml");
    let unknown = format!("{MANIFEST}\n[more]\n");
    refused(&[("k/kit.toml", &unknown)], "more");
    let condition = MANIFEST.replace("broker ==", "broker ~");
    refused(&[("k/kit.toml", &condition)], "condition");
}

#[test]
fn every_kit_is_rendered_for_every_pair() {
    let kits = Kit::embedded().unwrap();
    assert!(kits.is_sorted_by_key(|kit| kit.name));
    for kit in &kits {
        let mut seen = Vec::new();
        for pair in Pair::all() {
            let rendered = kit.render("my-shop", "my_shop", pair).unwrap();
            assert!(!rendered.steps_when_added.is_empty(), "{}", kit.name);
            for (path, text) in rendered.files {
                let of = |file: &&TemplateFile<'_>| file.rendered_path() == path;
                let file = kit.files.iter().find(of).unwrap();
                match file.liquid().unwrap() {
                    Some(source) => {
                        assert!(!tags(source).unwrap().is_empty(), "{path} needs no liquid");
                        assert!(!text.contains("{{") && !text.contains("{%"), "{path}");
                    }
                    None => assert_eq!(text.as_bytes(), file.content, "{path}"),
                }
                seen.push(path);
            }
        }
        for path in kit.paths() {
            assert!(
                seen.iter().any(|seen| seen == path),
                "{path} is for no pair"
            );
        }
    }
}

/// Two kits may be in one project.
#[test]
fn no_file_is_of_two_kits() {
    let kits = Kit::embedded().unwrap();
    let mut paths: Vec<_> = kits.iter().flat_map(Kit::paths).collect();
    let all = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), all);
}
