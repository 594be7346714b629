//! `scaffold add-route`.

use crate::cli::AddRouteArgs;
use crate::clock::Clock;
use crate::edit::call_chain::Group;
use crate::edit::order::version_cmp;
use crate::edit::{Edit, EditError, Source, call_chain, handlers, has_code, mod_list, use_list};
use crate::error::{Error, Result};
use crate::name::Name;
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::handler::{Guard, HandlerSpec};
use crate::snippets::{route, route_test};

mod append;
mod deprecation;
mod spec;
mod taken;
mod written;

pub(super) use taken::shape;
pub(super) use written::{Part, Written, written};

use append::Addition;
use spec::RouteSpec;

const ROUTER: &str = "src/router.rs";

/// What is to do for CI, which wants the document of the API in step with the code.
pub(super) const AGREE_ON_DOCUMENT: &str =
    "UPDATE_SNAPSHOTS=1 cargo test openapi  # commit the document with the new routes";

/// Plans a route: handlers, their tests, and a line in each list.
pub fn plan(project: &Project, args: &AddRouteArgs, clock: &dyn Clock) -> Result<Plan> {
    let mut spec = RouteSpec::parse(args, &project.crates())?;
    deprecation::mark(project, args, &mut spec, clock)?;
    taken::check(project, &spec)?;
    let module = spec.module.snake();
    let mut plan = Plan::new();
    handlers_file(&mut plan, project, &spec)?;
    test_file(&mut plan, project, &spec)?;
    plan.edit(project, "src/routes/mod.rs", |text| {
        mod_list::insert_mod(text, "pub ", &module)
    })?;
    plan.edit(project, "tests/integration/routes/mod.rs", |text| {
        mod_list::insert_mod(text, "", &module)
    })?;
    let names: Vec<String> = spec.handlers.iter().map(|it| it.name.snake()).collect();
    let groups = spec.handlers.iter().map(|handler| match handler.guard {
        Guard::Public => Group::Public,
        Guard::Known { .. } | Guard::Own { .. } => Group::Guarded,
    });
    let mut routes: Vec<_> = names.iter().map(String::as_str).zip(groups).collect();
    routes.sort_by(|a, b| version_cmp(a.0, b.0));
    wire(&mut plan, project, &module, &routes)?;
    plan.next_step(format!("write the handlers in src/routes/{module}.rs"));
    plan.next_step(format!("cargo test {module}"));
    plan.next_step(AGREE_ON_DOCUMENT);
    Ok(plan)
}

/// Plans the lists for a module of routes, with one handler that wants a token.
pub(super) fn list_module(
    plan: &mut Plan,
    project: &Project,
    module: &str,
    handler: &str,
) -> Result<()> {
    plan.edit(project, "src/routes/mod.rs", |text| {
        mod_list::insert_mod(text, "pub ", module)
    })?;
    plan.edit(project, "tests/integration/routes/mod.rs", |text| {
        mod_list::insert_mod(text, "", module)
    })?;
    wire(plan, project, module, &[(handler, Group::Guarded)])
}

/// Refuses names and routes that are taken, for a route that enqueues a task.
pub(super) fn check_task_route(
    project: &Project,
    args: &AddRouteArgs,
    handler: &Name,
) -> Result<()> {
    let mut spec = RouteSpec::parse(args, &project.crates())?;
    for known in &mut spec.handlers {
        known.name = handler.clone();
    }
    taken::check(project, &spec)
}

/// Imports the module in the router and adds its handlers, which are in their order, to its chains.
pub(super) fn wire(
    plan: &mut Plan,
    project: &Project,
    module: &str,
    routes: &[(&str, Group)],
) -> Result<()> {
    let text = project.read(ROUTER)?.unwrap_or_default();
    let text = plan.text(ROUTER).unwrap_or(&text).to_owned();
    let is_new = |(handler, group): &&(&str, Group)| !is_wired(&text, module, handler, *group);
    let routes: Vec<(&str, Group)> = routes.iter().filter(is_new).copied().collect();
    let mut spelling = module.to_owned();
    if !routes.is_empty()
        && let Ok(import) = use_list::import(
            &text,
            &["crate", "routes", module],
            use_list::WhenAbsent::FullPath,
        )
    {
        spelling = import.spelling;
        plan.edit(project, ROUTER, |_| Ok(import.edit))?;
    }
    plan.edit(project, ROUTER, |text| {
        call_chain::insert_routes(text, &spelling, &routes).map_err(|error| EditError {
            // Without an import, only the full path works.
            line: call_chain::lines(&format!("crate::routes::{module}"), &routes),
            ..error
        })
    })
}

fn is_wired(text: &str, module: &str, handler: &str, group: Group) -> bool {
    // Parsing is what takes the time.
    text.contains(handler)
        && (call_chain::has_route(text, module, handler)
            || match call_chain::insert_route(text, module, handler, group) {
                Ok(edit) => edit == Edit::Unchanged,
                // In a form of the owner's own, which no command recognises.
                Err(_) => has_code(text, &format!("{module}::{handler}")),
            })
}

fn handlers_file(plan: &mut Plan, project: &Project, spec: &RouteSpec) -> Result<()> {
    let file = File {
        path: format!("src/routes/{}.rs", spec.module.snake()),
        content: route::route(&spec.path.base(), &spec.handlers),
        function: |handler| handler.name.snake(),
    };
    file.plan(plan, project, spec, |text, handler| {
        let mut addition = Addition::new(text);
        addition.import(&route::needed_imports(handler))?;
        let scope = route::scope_type(handler, &|path| addition.spelling(path));
        if let Some(scope) = scope.filter(|_| !spec.declares_scope(text)) {
            addition.append(&scope);
        }
        addition.append(&route::handler_items(handler, &|path| {
            addition.spelling(path)
        }));
        Ok(addition.into_text())
    })
}

fn test_file(plan: &mut Plan, project: &Project, spec: &RouteSpec) -> Result<()> {
    let file = File {
        path: format!("tests/integration/routes/{}.rs", spec.module.snake()),
        content: route_test::route_test(&spec.handlers),
        function: route_test::test_name,
    };
    file.plan(plan, project, spec, |text, handler| {
        let mut addition = Addition::new(text);
        addition.import(&route_test::needed_imports(handler))?;
        addition.append(&route_test::test(handler, &|path| addition.spelling(path)));
        Ok(addition.into_text())
    })
}

/// A file that has one function for each handler.
struct File {
    path: String,
    content: String,
    function: fn(&HandlerSpec) -> String,
}

impl File {
    /// Creates the file, leaves it alone if all is in it, or appends what is missing.
    fn plan(
        self,
        plan: &mut Plan,
        project: &Project,
        spec: &RouteSpec,
        append: impl Fn(&str, &HandlerSpec) -> Result<String, EditError>,
    ) -> Result<()> {
        let Some(text) = project.read(&self.path)? else {
            return plan.create(project, &self.path, self.content);
        };
        let functions = functions(&self.path, &text)?;
        let is_missing = |handler: &&HandlerSpec| !functions.contains(&(self.function)(handler));
        let missing: Vec<&HandlerSpec> = spec.handlers.iter().filter(is_missing).collect();
        if missing.is_empty() {
            let nothing_else = functions.len() == spec.handlers.len();
            return if nothing_else && project.recorded(&self.path)?.is_some() {
                plan.create(project, &self.path, self.content)
            } else {
                plan.keep(project, &self.path)
            };
        }
        let mut text = text;
        for handler in missing {
            text = append(&text, handler).map_err(|error| Error::Anchor {
                file: self.path.clone(),
                reason: error.reason,
                line: error.line,
            })?;
        }
        plan.replace(project, &self.path, text)
    }
}

fn functions(path: &str, text: &str) -> Result<Vec<String>> {
    let source = Source::parse(text).map_err(|reason| Error::Invalid {
        file: path.to_owned(),
        reason,
    })?;
    let found = handlers::handlers(&source).into_iter();
    Ok(found.map(|handler| handler.function).collect())
}
