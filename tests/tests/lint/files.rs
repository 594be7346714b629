use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use scaffold_cli::render::{Kit, LIQUID_SUFFIX, Pair};
use template_tests::{root, template};

/// The paths in the template's directory that `cargo generate` drops or reads itself.
const TAKEN: [&str; 3] = [".cargo-ok", ".genignore", "cargo-generate.toml"];

#[test]
fn include_lists_exactly_the_liquid_files() {
    let template = template();
    let liquid = template
        .files
        .iter()
        .filter(|file| file.path.ends_with(LIQUID_SUFFIX))
        .map(|file| format!("/{}", file.rendered_path()));
    let expected: Vec<String> = liquid.collect::<BTreeSet<_>>().into_iter().collect();
    let include = &template.config.template.include;
    assert_eq!(
        include,
        &expected,
        "the list must be:\n{}",
        listing(&expected)
    );
}

fn listing(paths: &[String]) -> String {
    paths
        .iter()
        .map(|path| format!("    {path:?},\n"))
        .collect()
}

/// The files below a directory of the repository that git would take.
fn listed_by_git(directory: &str) -> BTreeSet<String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root().join(directory))
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let listed: BTreeSet<String> = listed
        .split_terminator('\0')
        .filter(|path| root().join(directory).join(path).exists())
        .map(str::to_owned)
        .collect();
    assert!(!listed.is_empty(), "{directory}");
    listed
}

#[test]
fn packed_files_are_those_that_git_would_take() {
    let template = template();
    let packed = template.files.iter().map(|file| file.path.to_owned());
    assert_eq!(packed.collect::<BTreeSet<_>>(), listed_by_git("template"));

    let mut packed = BTreeSet::new();
    for kit in Kit::embedded().unwrap() {
        packed.insert(format!("{}/kit.toml", kit.name));
        packed.extend(
            kit.paths()
                .iter()
                .map(|path| format!("{}/{path}", kit.name)),
        );
    }
    let listed = listed_by_git("kits").into_iter();
    let rendered = listed.map(|path| path.trim_end_matches(LIQUID_SUFFIX).to_owned());
    assert_eq!(packed, rendered.collect());
}

#[test]
fn package_of_the_cli_contains_the_template_and_the_kits() {
    let output = Command::new("cargo")
        .args([
            "package",
            "--list",
            "--allow-dirty",
            "--offline",
            "--package",
            "scaffold-cli",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let listed: BTreeSet<&str> = listed.lines().collect();
    assert!(listed.contains("cargo-generate.toml"));
    for file in template().files {
        let path = format!("template/{}", file.path);
        assert!(listed.contains(path.as_str()), "{path}");
    }
    for path in listed_by_git("kits") {
        let path = format!("kits/{path}");
        assert!(listed.contains(path.as_str()), "{path}");
    }
}

#[test]
fn paths_are_plain() {
    let template = template();
    let mut rendered = BTreeSet::new();
    for file in &template.files {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        assert!(file.path.chars().all(plain), "{}", file.path);
        let path = file.rendered_path();
        assert!(!TAKEN.contains(&path), "{path}");
        assert!(
            rendered.insert(path),
            "{path} is there with and without .liquid"
        );
        let segments: Vec<&str> = path.split('/').collect();
        assert!(!segments.ends_with(&["Cargo.toml"]) || file.path.ends_with(LIQUID_SUFFIX));
    }
}

#[cfg(unix)]
#[test]
fn files_are_plain_and_not_executable() {
    use std::os::unix::fs::PermissionsExt;

    for file in template().files {
        let metadata = fs::symlink_metadata(root().join("template").join(file.path)).unwrap();
        assert!(metadata.is_file(), "{}", file.path);
        assert_eq!(metadata.permissions().mode() & 0o111, 0, "{}", file.path);
    }
}

#[test]
fn every_pair_has_a_lock_named_by_the_project() {
    let template = template();
    let locks: BTreeSet<&str> = template
        .files
        .iter()
        .map(|file| file.path)
        .filter(|path| path.starts_with("locks/"))
        .collect();
    let expected: Vec<String> = Pair::all()
        .map(|pair| format!("locks/{}.lock.liquid", pair.slug()))
        .collect();
    assert_eq!(locks, expected.iter().map(String::as_str).collect());

    for file in template
        .files
        .iter()
        .filter(|file| locks.contains(file.path))
    {
        let source = file.liquid().unwrap().unwrap();
        let own = source
            .lines()
            .filter(|line| *line == "name = \"{{project-name}}\"");
        assert_eq!(own.count(), 1, "{}: run scripts/update-locks", file.path);
    }
}

#[test]
fn matrix_has_every_pair() {
    let matrix = fs::read_to_string(root().join("tests/matrix.toml")).unwrap();
    let matrix: toml::Table = toml::from_str(&matrix).unwrap();
    let rows: BTreeSet<String> = matrix["pair"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{}-{}", text(row, "database"), text(row, "broker")))
        .collect();
    assert_eq!(rows, Pair::all().map(Pair::slug).collect());
}

fn text<'a>(row: &'a toml::Value, key: &str) -> &'a str {
    row[key].as_str().unwrap()
}
