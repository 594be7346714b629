//! `scaffold remove resource`.

use super::going::Removal;
use super::{ask, migration, parts};
use crate::cli::RemoveResource;
use crate::clock::Clock;
use crate::edit::mentions::Wanted;
use crate::edit::models::models;
use crate::edit::{handlers, removal};
use crate::error::Result;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::resource::plural_of;
use crate::survey::{self, MODELS, ROUTES};

const TESTS: &str = "tests/integration/routes";
const UTIL: &str = "tests/integration/util";

/// Plans to take a resource away: its table, model, routes and tests, and what names them.
pub(super) fn plan(
    project: &Project,
    args: &RemoveResource,
    force: bool,
    clock: &dyn Clock,
) -> Result<Plan> {
    let one = Name::parse(NameKind::Resource, &args.name, &[])?.singular();
    let many = plural(project, &one)?;
    let table = table(project, &one)?.unwrap_or_else(|| many.clone());
    let mut removal = Removal::new(project, "resource", &one.snake());
    routes(&mut removal, &many)?;
    tests(&mut removal, &one)?;
    model(&mut removal, &one)?;
    let create = format!("create_{table}");
    if let Ok(created) = migration::find(project, &create) {
        let is_applied = match args.state.answer() {
            Some(answer) => answer,
            None => ask::is_applied(project, &create)?,
        };
        migration::take_back(&mut removal, &created, is_applied, clock)?;
    }
    parts::unused_support(&mut removal)?;
    removal.finish(force)
}

/// The module of routes that finds one of them.
fn plural(project: &Project, one: &Name) -> Result<String> {
    let usual = plural_of(one);
    let find = format!("find_{}", one.snake());
    for file in project.list(ROUTES)? {
        let path = format!("{ROUTES}/{file}");
        let Some(module) = file.strip_suffix(".rs") else {
            continue;
        };
        let text = project.read(&path)?.unwrap_or_default();
        if text.contains(&find) && project.recorded(&path)?.is_some() {
            let found = handlers::handlers(&survey::parse(&path, &text)?);
            if found.iter().any(|handler| handler.function == find) {
                return Ok(module.to_owned());
            }
        }
    }
    Ok(usual)
}

/// The table of the model.
fn table(project: &Project, one: &Name) -> Result<Option<String>> {
    let path = format!("{MODELS}/{}.rs", one.snake());
    let text = project.read(&path)?.unwrap_or_default();
    let mut found = models(&survey::parse(&path, &text)?).into_iter();
    Ok(found.next().map(|model| model.table))
}

fn routes(removal: &mut Removal<'_>, many: &str) -> Result<()> {
    removal.file_and_below(&format!("{ROUTES}/{many}.rs"))?;
    removal.file(&format!("{TESTS}/{many}.rs"))?;
    parts::route_lines(removal, many)
}

fn tests(removal: &mut Removal<'_>, one: &Name) -> Result<()> {
    let (name, factory) = (one.snake(), format!("{}Factory", one.pascal()));
    removal.file(&format!("{UTIL}/factory/{name}.rs"))?;
    let list = format!("{UTIL}/factory.rs");
    removal.line(&list, |text| {
        removal::remove_reexport(text, &name, &factory)
    })?;
    removal.line(&list, |text| removal::remove_mod(text, &name))?;
    removal.line(&format!("{UTIL}/mod.rs"), |text| {
        removal::remove_reexport(text, "factory", &factory)
    })?;
    removal.unless_named(Wanted::Submodule("factory", name));
    removal.unless_named(Wanted::Item(&["factory", "super", "util"], factory));
    Ok(())
}

fn model(removal: &mut Removal<'_>, one: &Name) -> Result<()> {
    let name = one.snake();
    let list = format!("{MODELS}/mod.rs");
    for ty in parts::reexported(removal, &list, &name)? {
        removal.unless_named(Wanted::Item(&["models", "super"], ty));
    }
    removal.file_and_below(&format!("{MODELS}/{name}.rs"))?;
    removal.line(&list, |text| {
        removal::remove_reexports(text, &name, &|_| true)
    })?;
    removal.line(&list, |text| removal::remove_mod(text, &name))?;
    removal.unless_named(Wanted::Submodule("models", name));
    Ok(())
}
