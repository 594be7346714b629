use std::collections::{BTreeMap, BTreeSet};

use scaffold_cli::render::Pair;
use serde_json::Value;

use super::Project;

/// What every project has. `servers` and `tools` are there if there are any.
const RECIPES: [&str; 34] = [
    "all",
    "api",
    "audit",
    "build",
    "check",
    "coverage",
    "doc",
    "down",
    "dump",
    "e2e",
    "fmt",
    "fmt-check",
    "image",
    "init",
    "lint",
    "load",
    "migrate",
    "migration",
    "openapi",
    "openapi-check",
    "release",
    "reset",
    "restore",
    "revert",
    "scheduler",
    "secret",
    "seed",
    "sql",
    "test",
    "test-smoke",
    "token",
    "up",
    "version",
    "worker",
];

/// What those have that need servers.
const SOMETIMES: [&str; 2] = ["servers", "tools"];

/// The names of the recipes that `just` lists, and what it says of each.
fn recipes(project: &Project) -> BTreeMap<String, Value> {
    let printed = project.just(&["--dump", "--dump-format", "json"]);
    let dumped: Value = serde_json::from_str(&printed).expect("JSON");
    let recipes = dumped["recipes"].as_object().expect("an object").clone();
    let listed = recipes.into_iter().filter(|(_, it)| it["private"] == false);
    listed.collect()
}

#[test]
fn recipes_are_listed_with_what_they_do() {
    for project in Project::all() {
        let listed = project.just(&[]);
        let recipes = recipes(project);
        for (name, recipe) in &recipes {
            let does = recipe["doc"].as_str().unwrap_or_else(|| panic!("{name}"));
            assert!(listed.contains(&format!("# {does}\n")), "{listed}");
        }
        let servers = project.pair != Pair::DEFAULT;
        assert_eq!(recipes.contains_key("servers"), servers, "{}", project.pair);
        let tools = !project.tools().is_empty();
        assert_eq!(recipes.contains_key("tools"), tools, "{}", project.pair);
        let is_other = |name: &&String| !SOMETIMES.contains(&name.as_str());
        let others = recipes.keys().filter(is_other);
        assert!(others.eq(RECIPES), "{:?}", recipes.keys());
    }
}

#[test]
fn a_fresh_clone_is_made_ready_at_once() {
    for project in Project::all() {
        let init = recipes(project).remove("init").expect("a recipe");
        let steps = init["dependencies"].as_array().expect("a list");
        let steps = steps
            .iter()
            .map(|it| it["recipe"].as_str().expect("a name"));
        let servers = (project.pair != Pair::DEFAULT).then_some("servers");
        let wanted = ["settings"].into_iter().chain(servers);
        assert!(steps.eq(wanted.chain(["migrate", "seed"])), "{init}");
        let settings = project.just(&["--show", "settings"]);
        assert!(settings.contains("test -e .env || cp .env.example .env"));
    }
}

#[test]
fn recipes_are_laid_out_and_find_their_scripts() {
    for project in Project::all() {
        project.just(&["--unstable", "--fmt", "--check"]);
        let text = project.read("justfile");
        let scripts = text
            .split(' ')
            .filter_map(|word| word.strip_prefix("scripts/"));
        let scripts: Vec<&str> = scripts.filter_map(|word| word.lines().next()).collect();
        assert!(scripts.len() >= 4, "{scripts:?}");
        for script in scripts {
            project.read(&format!("scripts/{script}"));
        }
    }
}

/// A filter that fits no test runs none, and succeeds.
#[test]
fn smoke_tests_are_in_modules_that_exist() {
    for project in Project::all() {
        let command = project.command("test-smoke");
        let (_, filters) = command.split_once(" -- ").expect("filters");
        let modules: Vec<&str> = filters.split(' ').collect();
        assert!(modules.len() >= 3, "{command}");
        for module in modules {
            let path = module.trim_end_matches("::").replace("::", "/");
            let file = format!("tests/integration/{path}.rs");
            assert!(project.read(&file).contains("test]\n"), "{file}");
        }
    }
}

/// What people are told to type is there, but for what those lack that need no server.
#[test]
fn documents_name_recipes_that_exist() {
    for project in Project::all() {
        let recipes = recipes(project);
        let documents = project.documents();
        let named: Vec<&str> = documents
            .flat_map(|(_, text)| text.split("`just ").skip(1))
            .filter_map(|rest| rest.split(['`', ' ']).next())
            .collect();
        assert!(named.len() >= 20, "{named:?}");
        for name in named {
            let is_known = recipes.contains_key(name) || SOMETIMES.contains(&name);
            assert!(is_known, "{}: just {name}", project.pair);
        }
    }
}

#[test]
fn scripts_are_as_shellcheck_has_them() {
    // Most of them are in many projects.
    let mut checked = BTreeSet::new();
    for project in Project::all() {
        let scripts = project.files.iter();
        for (path, content) in scripts.filter(|(path, _)| path.ends_with(".sh")) {
            if checked.insert(content) {
                project.run(path, "shellcheck", &["--exclude=SC1091,SC2154", path]);
            }
        }
    }
    assert_eq!(checked.len(), 6);
}
