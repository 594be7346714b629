//! What there is in a project, read from its source.

use std::collections::BTreeMap;

use crate::edit::call_chain;
use crate::edit::call_list::{self, Listed};
use crate::edit::handlers::{Handler, handlers};
use crate::edit::models::{Model, models};
use crate::edit::schedules::{self, Schedule};
use crate::edit::tasks::{TaskImpl, implementations};
use crate::edit::{Source, mentions, use_list};
use crate::error::{Error, Result};
use crate::project::Project;

pub mod migrations;

/// Where the handlers are.
pub const ROUTES: &str = "src/routes";
/// Where the tasks are.
pub const TASKS: &str = "src/tasks";
/// The list of the tasks.
pub const TASK_LIST: &str = "src/tasks/mod.rs";
/// The list of the schedules.
pub const SCHEDULES: &str = "src/schedules.rs";
/// What the service knows of its tables.
pub const SCHEMA: &str = "src/schema.rs";
/// Where the models are.
pub const MODELS: &str = "src/models";

/// Something of a file.
#[derive(Debug)]
pub struct Found<T> {
    /// The file, relative to the project.
    pub file: String,
    /// What it is.
    pub it: T,
}

/// A handler that describes a route.
#[derive(Debug)]
pub struct Route {
    /// The file, relative to the project.
    pub file: String,
    /// The module below `routes`: `persons`.
    pub module: String,
    /// What the file says.
    pub handler: Handler,
    /// Where routers name it.
    pub wired: Vec<Wiring>,
    /// Whether code names it all the same, in a form that is not read: in a macro, or in plain axum.
    pub is_named: bool,
}

/// A place where a router names a handler.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// The file, relative to the project.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The function that the chain is in.
    pub function: String,
    /// Where the chain begins, which tells it from others of the file.
    pub chain: usize,
    /// Whether it may be left out.
    pub is_conditional: bool,
    /// Whether it may be below a prefix that others are not below.
    pub is_inner: bool,
}

/// Parses a file of the project.
pub fn parse<'a>(file: &str, text: &'a str) -> Result<Source<'a>> {
    Source::parse(text).map_err(|reason| Error::Invalid {
        file: file.to_owned(),
        reason,
    })
}

/// What `read` finds in each of the sources below a directory.
fn each<T>(
    project: &Project,
    directory: &str,
    read: impl Fn(&Source<'_>) -> Vec<T>,
) -> Result<Vec<Found<T>>> {
    let mut found = Vec::new();
    for file in project.sources(directory)? {
        let text = project.read(&file)?.unwrap_or_default();
        let items = read(&parse(&file, &text)?).into_iter();
        found.extend(items.map(|it| Found {
            file: file.clone(),
            it,
        }));
    }
    Ok(found)
}

/// The handlers that describe a route, with the places where routers name them.
pub fn routes(project: &Project) -> Result<Vec<Route>> {
    let wirings = wirings(project)?;
    let handlers = each(project, ROUTES, handlers)?.into_iter();
    let routes = handlers.filter(|found| found.it.route.is_some());
    let route = |found: Found<Handler>| {
        let module = module(&found.file).into_iter().nth(1).unwrap_or_default();
        let key = (module.clone(), found.it.function.clone());
        let wired = wirings.get(&key).cloned().unwrap_or_default();
        Ok(Route {
            is_named: wired.is_empty() && is_named(project, &found.it.function)?,
            file: found.file,
            module,
            handler: found.it,
            wired,
        })
    };
    routes.map(route).collect()
}

/// Whether a source names a function, other than to define it or in tests.
fn is_named(project: &Project, function: &str) -> Result<bool> {
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        // Parsing is what takes the time.
        if text.contains(function) && !module(&file).iter().any(|part| part == "tests") {
            parse(&file, &text)?;
            if mentions::is_named(&text, function) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The module of routes that finds what the model in a file stands for, whatever its table is called.
pub fn routes_of<'a>(routes: &'a [Route], model_file: &str) -> Option<&'a String> {
    let find = format!("find_{}", module(model_file).pop()?);
    let mut routes = routes.iter();
    let found = routes.find(|route| route.handler.function == find)?;
    Some(&found.module)
}

/// Module and name of every handler that a router names.
type Wirings = BTreeMap<(String, String), Vec<Wiring>>;

fn wirings(project: &Project) -> Result<Wirings> {
    let mut wirings = Wirings::new();
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        // Parsing is what takes the time.
        if !text.contains("routes!") {
            continue;
        }
        let source = parse(&file, &text)?;
        let bindings = use_list::bindings(&source);
        for wired in call_chain::wired(&source) {
            let path = resolve(&wired.path, &bindings, &module(&file));
            let [first, module, .., handler] = path.as_slice() else {
                continue;
            };
            if first == "routes" {
                let key = (module.clone(), handler.clone());
                wirings.entry(key).or_default().push(Wiring {
                    file: file.clone(),
                    line: wired.line,
                    function: wired.function,
                    chain: wired.chain,
                    is_conditional: wired.is_conditional,
                    is_inner: wired.is_inner,
                });
            }
        }
    }
    Ok(wirings)
}

/// A path of a file as a path from the root of the crate.
fn resolve(path: &[String], bindings: &[(String, Vec<String>)], here: &[String]) -> Vec<String> {
    let Some((first, rest)) = path.split_first() else {
        return Vec::new();
    };
    let from = |start: &[String], rest: &[String]| {
        let segments = start.iter().chain(rest).cloned();
        segments.collect::<Vec<_>>()
    };
    match first.as_str() {
        "crate" => rest.to_vec(),
        "self" => from(here, rest),
        "super" => from(here.split_last().map_or(&[], |(_, above)| above), rest),
        _ => {
            let bound = bindings.iter().find(|(name, _)| name == first);
            match bound {
                Some((_, path)) if path != std::slice::from_ref(first) => {
                    from(&resolve(path, &[], here), rest)
                }
                // `use crate::routes::*` has it, or it is of this module.
                _ => match bindings
                    .iter()
                    .find(|(name, path)| name == "*" && is_local(path))
                {
                    Some((_, module)) if rest.len() == 1 => from(&resolve(module, &[], here), path),
                    _ => from(here, path),
                },
            }
        }
    }
}

fn is_local(path: &[String]) -> bool {
    path.first().is_some_and(|first| first == "crate")
}

/// The module that a file is: `["routes", "persons"]` for `src/routes/persons.rs`.
pub fn module(file: &str) -> Vec<String> {
    let path = file.strip_prefix("src/").unwrap_or(file);
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let segments = path
        .split('/')
        .filter(|part| *part != "lib" && *part != "main");
    segments.map(str::to_owned).collect()
}

/// The implementations of `Task`.
pub fn tasks(project: &Project) -> Result<Vec<Found<TaskImpl>>> {
    each(project, TASKS, implementations)
}

/// The types that the list of tasks names.
pub fn listed_tasks(project: &Project) -> Result<Vec<Listed>> {
    let text = project.read(TASK_LIST)?.unwrap_or_default();
    Ok(call_list::listed(
        &parse(TASK_LIST, &text)?,
        "register",
        "add",
    ))
}

/// The schedules.
pub fn schedules(project: &Project) -> Result<Vec<Found<Schedule>>> {
    let text = project.read(SCHEDULES)?.unwrap_or_default();
    let found = schedules::schedules(&parse(SCHEDULES, &text)?).into_iter();
    let here = |it| Found {
        file: SCHEDULES.to_owned(),
        it,
    };
    Ok(found.map(here).collect())
}

/// The first struct for each table that rows are read into.
pub fn models_by_table(project: &Project) -> Result<Vec<Found<Model>>> {
    let mut found: Vec<Found<Model>> = Vec::new();
    for model in each(project, MODELS, models)? {
        if found.iter().all(|other| other.it.table != model.it.table) {
            found.push(model);
        }
    }
    found.sort_by(|a, b| a.it.table.cmp(&b.it.table));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, bindings: &[(&str, &str)], here: &str, expected: &str) {
        let split = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
        let bindings = bindings
            .iter()
            .map(|(name, path)| ((*name).to_owned(), split(path)));
        let bindings: Vec<_> = bindings.collect();
        let found = resolve(&split(path), &bindings, &module(here));
        assert_eq!(found.join("::"), expected);
    }

    #[test]
    fn paths_are_resolved_by_the_imports_of_their_file() {
        let router = "src/router.rs";
        let expected = "routes::persons::list";
        check("crate::routes::persons::list", &[], router, expected);
        check(
            "persons::list",
            &[("persons", "crate::routes::persons")],
            router,
            expected,
        );
        check(
            "p::list",
            &[("p", "crate::routes::persons")],
            router,
            expected,
        );
        check(
            "routes::persons::list",
            &[("routes", "crate::routes")],
            router,
            expected,
        );
        check(
            "list",
            &[("list", "super::routes::persons::list")],
            router,
            expected,
        );
        check("persons::list", &[("*", "crate::routes")], router, expected);
        check("list", &[], "src/routes/persons.rs", expected);
        check("self::list", &[], "src/routes/persons/mod.rs", expected);
        check("super::persons::list", &[], "src/routes/other.rs", expected);
    }
}
