//! Names and routes that are there already.

use crate::commands::{add_route, module};
use crate::edit::handlers::handlers;
use crate::edit::{Source, mod_list, use_list};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::snippets::resource::ResourceSpec;

use super::{MODELS, ROUTES, TESTS};

/// What the model of a resource declares.
pub(super) fn models(spec: &ResourceSpec) -> Vec<String> {
    let ty = spec.ty();
    let choices = spec.choices().map(|(field, _)| spec.choice(field));
    let own = ["", "Fields", "Filter", "Order"].map(|end| format!("{ty}{end}"));
    let mut types: Vec<String> = own.into_iter().chain(choices).collect();
    types.sort();
    types
}

/// Refuses what another module has.
pub(super) fn check(project: &Project, spec: &ResourceSpec) -> Result<()> {
    module::check(project, MODELS, &spec.one)?;
    for folder in [ROUTES, TESTS] {
        module::check(project, folder, &spec.many)?;
    }
    check_types(project, spec)?;
    check_routes(project, spec)
}

fn check_types(project: &Project, spec: &ResourceSpec) -> Result<()> {
    let list = format!("{MODELS}/mod.rs");
    let text = project.read(&list)?.unwrap_or_default();
    let Ok(source) = Source::parse(&text) else {
        return Ok(());
    };
    // Its own, from the time before.
    if mod_list::has_mod(&source, &spec.one.snake()) {
        return Ok(());
    }
    let mut types = models(spec).into_iter();
    match types.find(|ty| use_list::is_bound(&source, ty)) {
        Some(ty) => Err(taken(format!("`{ty}` is in {list} already"))),
        None => Ok(()),
    }
}

fn check_routes(project: &Project, spec: &ResourceSpec) -> Result<()> {
    let path = format!("/{}", spec.many.kebab());
    let wanted = [
        (path.clone(), ["get", "post"].as_slice()),
        (
            format!("{path}/{{id}}"),
            ["get", "put", "delete"].as_slice(),
        ),
    ];
    let own = format!("{}.rs", spec.many.snake());
    for file in project.list(ROUTES)? {
        if !file.ends_with(".rs") || file == own {
            continue;
        }
        let text = project
            .read(&format!("{ROUTES}/{file}"))?
            .unwrap_or_default();
        // Parsing is what takes the time.
        if !text.contains(&path) {
            continue;
        }
        let Ok(source) = Source::parse(&text) else {
            continue;
        };
        for handler in handlers(&source) {
            let Some((methods, path)) = &handler.route else {
                continue;
            };
            let is_same = |(wanted, verbs): &(String, &[&str])| {
                let same_path = add_route::shape(wanted) == add_route::shape(path);
                same_path
                    && methods
                        .iter()
                        .any(|method| verbs.contains(&method.as_str()))
            };
            if wanted.iter().any(is_same) {
                let function = &handler.function;
                return Err(taken(format!(
                    "`{path}` is answered by `{function}` in {ROUTES}/{file} already"
                )));
            }
        }
    }
    Ok(())
}

fn taken(message: String) -> Error {
    Error::Taken {
        message,
        hint: "choose another name, or another `--plural`".to_owned(),
    }
}
