//! What this command writes for handlers that are there.

use std::cmp::Reverse;

use super::deprecation;
use super::spec::RouteSpec;
use super::taken::TESTS;
use crate::cli::AddRouteArgs;
use crate::edit::handlers::{Handler, handlers};
use crate::edit::use_list::{self, WhenAbsent};
use crate::edit::{Edit, Source};
use crate::error::Result;
use crate::name::{Name, NameKind};
use crate::project::Project;
use crate::snippets::handler::{Guard, HandlerSpec};
use crate::snippets::{route, route_test};
use crate::survey::{self, ROUTES};

/// Items of a file, as this command writes them.
#[derive(Debug)]
pub(in crate::commands) struct Part {
    /// What they are called.
    pub(in crate::commands) names: Vec<String>,
    /// Their text.
    pub(in crate::commands) text: String,
    /// What they need from other modules.
    pub(in crate::commands) imports: Vec<&'static str>,
}

/// A handler that is there, and what this command writes for one like it.
#[derive(Debug)]
pub(in crate::commands) struct Written {
    /// The name of its function.
    pub(in crate::commands) function: String,
    /// Its function and types.
    pub(in crate::commands) handler: Part,
    /// The type of its scope, if that is in the file.
    pub(in crate::commands) scope: Option<Part>,
    /// Its test.
    pub(in crate::commands) test: Part,
}

/// The handlers that answer these methods at the path, the last of the file first.
pub(in crate::commands) fn written(project: &Project, args: &AddRouteArgs) -> Result<Vec<Written>> {
    let wanted = RouteSpec::parse(args, &[])?;
    let module = wanted.module.snake();
    let file = format!("{ROUTES}/{module}.rs");
    let text = project.read(&file)?.unwrap_or_default();
    let source = survey::parse(&file, &text)?;
    let tests = project.read(&format!("{TESTS}/{module}.rs"))?;
    let tests = tests.unwrap_or_default();
    let known = handlers(&source);
    let mut found = Vec::new();
    for wanted in &wanted.handlers {
        let methods = vec![wanted.method.as_str().to_owned()];
        let route = Some((methods, wanted.path.clone()));
        if let Some(known) = known.iter().find(|known| known.route == route) {
            let like = like(known, wanted, args, &text);
            found.push((known.line, Written::new(known, &like, &source, &tests)));
        }
    }
    found.sort_by_key(|(line, _)| Reverse(*line));
    Ok(found.into_iter().map(|(_, written)| written).collect())
}

/// The spec of a handler as it is: with its name, its scope and its days.
fn like(known: &Handler, wanted: &HandlerSpec, args: &AddRouteArgs, text: &str) -> HandlerSpec {
    let scope = known.scopes.first().cloned();
    let args = AddRouteArgs {
        method: vec![wanted.method.as_str().to_owned()],
        public: scope.is_none(),
        scope,
        ..args.clone()
    };
    // A scope that this command refuses is its owner's, and so is the handler.
    let spec = RouteSpec::parse(&args, &[]).ok();
    let handler = spec.and_then(|spec| spec.handlers.into_iter().next());
    let mut like = handler.unwrap_or_else(|| wanted.clone());
    let name = Name::parse(NameKind::Migration, &known.function, &[]).ok();
    if let Some(name) = name.filter(|name| name.snake() == known.function) {
        like.name = name;
    }
    like.deprecation = deprecation::of(text, &known.function);
    like
}

impl Written {
    fn new(known: &Handler, like: &HandlerSpec, source: &Source<'_>, tests: &str) -> Self {
        let here = |path: &str| spelling(source.text(), path);
        let mut names = route::types(like);
        names.push(known.function.clone());
        names.retain(|name| use_list::defines(source, name));
        let scope = match &like.guard {
            Guard::Own { ty, .. } if use_list::defines(source, ty) => {
                route::scope_type(like, &here).map(|text| Part {
                    names: vec![ty.clone()],
                    text,
                    imports: Vec::new(),
                })
            }
            _ => None,
        };
        Self {
            function: known.function.clone(),
            handler: Part {
                names,
                text: route::handler_items(like, &here),
                imports: route::needed_imports(like),
            },
            scope,
            test: Part {
                names: vec![route_test::test_name(like)],
                text: route_test::test(like, &|path| spelling(tests, path)),
                imports: route_test::needed_imports(like),
            },
        }
    }
}

/// How a file names an item.
fn spelling(text: &str, path: &str) -> String {
    let segments: Vec<&str> = path.split("::").collect();
    match use_list::import(text, &segments, WhenAbsent::FullPath) {
        Ok(import) if import.edit == Edit::Unchanged => import.spelling,
        _ => path.to_owned(),
    }
}
