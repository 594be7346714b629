use std::collections::BTreeSet;

use super::{NAME, Project};

#[test]
fn dockerfile_is_as_hadolint_has_it() {
    let mut checked = BTreeSet::new();
    for project in Project::all() {
        if checked.insert(project.read("Dockerfile")) {
            project.run("hadolint", &["Dockerfile"]);
        }
    }
}

#[test]
fn image_runs_as_nobody_in_particular_and_any_role() {
    for project in Project::all() {
        let file = project.read("Dockerfile");
        let (_, image) = file.rsplit_once("\nFROM ").expect("stages");
        assert!(image.contains("\nUSER 10001:10001\n"), "{image}");
        assert!(image.contains(&format!("\nENTRYPOINT [\"{NAME}\"]\n")));
        assert!(image.contains(&format!(" CMD [\"{NAME}\", \"health\"]\n")));
        assert!(image.contains("org.opencontainers.image.version"));
        assert!(!image.contains("\nRUN "), "nothing runs in the image");
    }
}

#[test]
fn image_is_built_of_what_the_build_reads_alone() {
    for project in Project::all() {
        let ignored = project.read(".dockerignore");
        let kept: BTreeSet<&str> = ignored
            .lines()
            .filter_map(|line| line.strip_prefix('!'))
            .collect();
        assert!(ignored.lines().any(|line| line == "*"));
        let needed = ["Cargo.lock", "Cargo.toml", "build.rs", "migrations", "src"];
        assert!(needed.iter().all(|path| kept.contains(path)), "{kept:?}");
        for path in kept {
            assert!(project.root.join(path).exists(), "{path}");
        }
    }
}
