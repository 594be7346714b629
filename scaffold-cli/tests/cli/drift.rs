//! The template writes its own tasks and routes the way the commands do: what they generate for the
//! template's names has the template's shape, so the two cannot drift apart.

use std::fs;

use syn::{File, ImplItem, Item};

use crate::project::TestProject;

/// Takes out the lines that hold any of the texts.
fn without(text: &str, needles: &[&str]) -> String {
    let keep = |line: &&str| !needles.iter().any(|needle| line.contains(needle));
    text.split_inclusive('\n').filter(keep).collect()
}

/// Forgets a thing of the template: its files, and its lines in the lists.
fn forget(project: &TestProject, files: &[&str], lists: &[&str], needles: &[&str]) {
    for file in files {
        fs::remove_file(project.root().join(file)).expect("the template has the file");
    }
    for list in lists {
        let shorter = without(&project.read(list), needles);
        assert_ne!(shorter, project.read(list), "{list} names it");
        project.write(list, &shorter);
    }
}

#[test]
fn a_task_is_listed_as_the_template_lists_its_own() {
    let project = TestProject::new();
    let lists = ["src/tasks/mod.rs", "tests/integration/tasks/mod.rs"];
    let template = lists.map(|list| project.read(list));
    let files = [
        "src/tasks/add_one_year.rs",
        "tests/integration/tasks/add_one_year.rs",
    ];
    forget(&project, &files, &lists, &["add_one_year", "AddOneYear"]);

    project.succeed(&["add-task", "add_one_year", "person_id:uuid"]);
    assert_eq!(lists.map(|list| project.read(list)), template);
}

#[test]
fn a_task_has_the_shape_of_the_templates_own() {
    let project = TestProject::new();
    let file = "src/tasks/add_one_year.rs";
    let template = shape(&project.read(file));
    project.succeed(&["add-task", "add_one_year", "person_id:uuid", "--force"]);
    assert_eq!(shape(&project.read(file)), template);
}

#[test]
fn a_route_is_listed_as_the_template_lists_its_own() {
    let project = TestProject::new();
    let modules = ["src/routes/mod.rs", "tests/integration/routes/mod.rs"];
    let router = "src/router.rs";
    let template = modules.map(|list| project.read(list));
    // In a chain that has another call too.
    let neighbour = "health::check_liveness";
    let routes = project
        .read(router)
        .replace("persons::find_person", neighbour);
    let wanted = without(
        &routes,
        &[
            "create_person",
            "delete_person",
            "search_persons",
            "update_person",
            "celebrate",
        ],
    );
    let files = [
        "src/routes/persons.rs",
        "tests/integration/routes/persons.rs",
    ];
    forget(&project, &files, &modules, &["persons"]);
    let shorter = without(&routes, &["(persons::"]).replace("persons, ", "");
    project.write(router, &shorter);

    project.succeed(&["add-route", "persons", "--public"]);
    assert_eq!(modules.map(|list| project.read(list)), template);
    assert_eq!(project.read(router), wanted);
}

/// What a task file consists of, in order: attributes, names, fields and signatures, without texts,
/// imports and what the task does.
fn shape(source: &str) -> Vec<String> {
    let file: File = syn::parse_file(source).expect("the file parses");
    let mut shape = Vec::new();
    for item in &file.items {
        match item {
            Item::Struct(item) => {
                shape.extend(item.attrs.iter().filter_map(derives));
                shape.push(format!("struct {}", item.ident));
                for field in &item.fields {
                    let name = field.ident.as_ref().expect("a named field");
                    shape.push(format!("field {name}"));
                }
            }
            Item::Impl(item) => shape.extend(item.items.iter().map(member)),
            _ => {}
        }
    }
    shape
}

fn derives(attribute: &syn::Attribute) -> Option<String> {
    let list = attribute.meta.require_list().ok()?;
    Some(format!("derive {}", list.tokens))
}

fn member(item: &ImplItem) -> String {
    match item {
        ImplItem::Const(item) => format!("const {}", item.ident),
        ImplItem::Type(item) => format!("type {}", item.ident),
        ImplItem::Fn(item) => {
            let asyncness = item.sig.asyncness.is_some();
            format!(
                "fn {} async={asyncness} inputs={}",
                item.sig.ident,
                item.sig.inputs.len()
            )
        }
        _ => "other".to_owned(),
    }
}
