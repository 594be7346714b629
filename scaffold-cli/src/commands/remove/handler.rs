//! `scaffold remove route --method`.

use syn::Item;

use super::going::Removal;
use super::parts;
use crate::cli::{AddRouteArgs, RemoveRoute};
use crate::commands::add_route::{self, Part, Written};
use crate::edit::mentions::{Wanted, is_used, uses};
use crate::edit::removal;
use crate::error::Result;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::survey::{self, ROUTES};

const TESTS: &str = "tests/integration/routes";

/// Plans to take handlers out of a module of routes, or the module if nothing else is in it.
pub(super) fn plan(project: &Project, args: &RemoveRoute, force: bool) -> Result<Plan> {
    let module = Name::parse(NameKind::Route, &args.name, &[])?;
    let usual = format!("/{}", module.kebab());
    let methods = args.method.join(",").to_ascii_uppercase();
    let path = args.path.as_ref().unwrap_or(&usual);
    let mut removal = Removal::new(project, "route", &format!("{methods} {path}"));
    let module = module.snake();
    let file = format!("{ROUTES}/{module}.rs");
    let handlers = add_route::written(project, &added(args))?;
    for handler in &handlers {
        take_out(&mut removal, &module, handler)?;
    }
    if !handlers.is_empty() && has_only_imports(&file, &removal.text(&file)?)? {
        return super::route(project, &args.name, force);
    }
    for name in handlers.iter().flat_map(|it| &it.handler.names) {
        needed(&mut removal, &module, name)?;
    }
    removal.finish(force)
}

/// What has added them.
fn added(args: &RemoveRoute) -> AddRouteArgs {
    AddRouteArgs {
        name: args.name.clone(),
        method: args.method.clone(),
        path: args.path.clone(),
        public: true,
        scope: None,
        deprecated: false,
        sunset: None,
    }
}

fn take_out(removal: &mut Removal<'_>, module: &str, handler: &Written) -> Result<()> {
    let (file, tests) = (
        format!("{ROUTES}/{module}.rs"),
        format!("{TESTS}/{module}.rs"),
    );
    items(removal, &tests, &handler.test)?;
    items(removal, &file, &handler.handler)?;
    if let Some(scope) = &handler.scope {
        unused_scope(removal, module, &file, scope)?;
    }
    imports(removal, &tests, &handler.test)?;
    imports(removal, &file, &handler.handler)?;
    unwire(removal, module, &handler.function)
}

fn items(removal: &mut Removal<'_>, file: &str, part: &Part) -> Result<()> {
    removal.line(file, |text| {
        removal::remove_items(text, &part.names, &part.text)
    })
}

/// Takes the type of a scope away that no other handler of the file asks for.
fn unused_scope(removal: &mut Removal<'_>, module: &str, file: &str, scope: &Part) -> Result<()> {
    let before = removal.text(file)?;
    removal.line(file, |text| {
        let found = removal::remove_items(text, &scope.names, &scope.text)?;
        let is_used = |left: &str| scope.names.iter().any(|name| is_used(left, name));
        Ok(found.filter(|found| !is_used(&found.text)))
    })?;
    if removal.text(file)? != before {
        for name in &scope.names {
            removal.unless_named(Wanted::OfRoute(module.to_owned(), name.clone()));
        }
    }
    Ok(())
}

/// Takes the imports away that nothing uses now, in the order opposite to that in which they came.
fn imports(removal: &mut Removal<'_>, file: &str, part: &Part) -> Result<()> {
    for path in part.imports.iter().rev() {
        let path: Vec<&str> = path.split("::").collect();
        parts::unused_import(removal, file, &path)?;
    }
    Ok(())
}

/// Takes the handler out of the routers, and its module out of their imports if they name no other.
fn unwire(removal: &mut Removal<'_>, module: &str, function: &str) -> Result<()> {
    for file in removal.project().sources("src")? {
        let text = removal.text(&file)?;
        if !text.contains("routes!") || !text.contains(function) {
            continue;
        }
        removal.line(&file, |text| {
            removal::remove_handler(text, module, function)
        })?;
        if removal.text(&file)? != text {
            parts::unused_import(removal, &file, &["crate", "routes", module])?;
        }
    }
    Ok(())
}

/// Whether nothing is left in a file that does anything.
fn has_only_imports(file: &str, text: &str) -> Result<bool> {
    let source = survey::parse(file, text)?;
    let mut items = source.file().items.iter();
    Ok(items.all(|item| matches!(item, Item::Use(_))))
}

/// Refuses the removal if its own module or another one needs an item.
fn needed(removal: &mut Removal<'_>, module: &str, name: &str) -> Result<()> {
    let file = format!("{ROUTES}/{module}.rs");
    for line in uses(&removal.text(&file)?, name) {
        removal.needed(&file, Some(line));
    }
    removal.unless_named(Wanted::OfRoute(module.to_owned(), name.to_owned()));
    Ok(())
}
