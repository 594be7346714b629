//! `scaffold remove`.

use crate::Context;
use crate::cli::{RemoveArgs, RemoveKind};
use crate::edit::mentions::Wanted;
use crate::edit::removal;
use crate::error::Result;
use crate::grow;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::shell::Shell;
use crate::survey;

mod ask;
mod going;
mod migration;
mod schema;

use going::Removal;

/// Takes away what a command has made.
pub fn run(args: &RemoveArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let force = context.globals.force;
    match args.kind {
        RemoveKind::Route(ref args) => {
            grow::grow(context, shell, |project| route(project, &args.name, force))
        }
        RemoveKind::Task(ref args) => {
            grow::grow(context, shell, |project| task(project, &args.name, force))
        }
        RemoveKind::Migration(ref args) => grow::grow(context, shell, |project| {
            let is_applied = args
                .answer()
                .map_or_else(|| ask::is_applied(project, &args.name), Ok)?;
            migration::plan(project, &args.name, is_applied, force, context.clock)
        }),
    }
}

/// Plans to take away a module of routes, its tests, and what names it.
pub fn route(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let module = Name::parse(NameKind::Route, name, &[])?.snake();
    let mut removal = Removal::new(project, "route", &module);
    removal.file(&format!("{}/{module}.rs", survey::ROUTES))?;
    removal.file(&format!("tests/integration/routes/{module}.rs"))?;
    for list in ["src/routes/mod.rs", "tests/integration/routes/mod.rs"] {
        removal.line(list, |text| removal::remove_mod(text, &module))?;
    }
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        let is_own = file.starts_with(&format!("{}/{module}", survey::ROUTES));
        if is_own || !text.contains("routes!") || !text.contains(&module) {
            continue;
        }
        removal.line(&file, |text| removal::remove_routes(text, &module))?;
        let path = ["crate", "routes", &module];
        removal.line(&file, |text| removal::remove_import(text, &path))?;
    }
    removal.unless_named(Wanted::Module(module));
    removal.finish(force)
}

/// Plans to take away a task, its test, and what names it.
pub fn task(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let name = Name::parse(NameKind::Task, name, &[])?;
    let (module, ty) = (name.snake(), name.pascal());
    let mut removal = Removal::new(project, "task", &module);
    removal.file(&format!("{}/{module}.rs", survey::TASKS))?;
    removal.file(&format!("tests/integration/tasks/{module}.rs"))?;
    let list = survey::TASK_LIST;
    removal.line(list, |text| {
        removal::remove_call(text, "register", "add", &ty)
    })?;
    removal.line(list, |text| removal::remove_reexport(text, &module, &ty))?;
    removal.line(list, |text| removal::remove_mod(text, &module))?;
    removal.line("tests/integration/tasks/mod.rs", |text| {
        removal::remove_mod(text, &module)
    })?;
    removal.unless_named(Wanted::Type(ty));
    removal.finish(force)
}
