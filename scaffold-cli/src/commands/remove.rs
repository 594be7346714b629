//! `scaffold remove`.

use crate::Context;
use crate::cli::{RemoveArgs, RemoveKind};
use crate::error::Result;
use crate::grow;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::shell::Shell;
use crate::survey;

mod ask;
mod going;
mod handler;
mod kit;
mod migration;
mod parts;
mod resource;
mod revert;
mod schedule;
mod schema;

use going::Removal;

/// Takes away what a command has made.
pub fn run(args: &RemoveArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let (force, clock) = (context.globals.force, context.clock);
    grow::grow(context, shell, |project| match &args.kind {
        RemoveKind::Route(args) if args.method.is_empty() => route(project, &args.name, force),
        RemoveKind::Route(args) => handler::plan(project, args, force),
        RemoveKind::Resource(args) => resource::plan(project, args, force, clock),
        RemoveKind::Task(args) => task(project, &args.name, force),
        RemoveKind::Schedule(args) => schedule::plan(project, &args.name, force),
        RemoveKind::Kit(args) => kit::plan(project, &args.kit, force),
        RemoveKind::Migration(args) => {
            let is_applied = match args.state.answer() {
                Some(answer) => answer,
                None => ask::is_applied(project, &args.name)?,
            };
            migration::plan(project, &args.name, is_applied, force, clock)
        }
    })
}

/// Plans to take away a module of routes, its tests, and what names it.
fn route(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let module = Name::parse(NameKind::Route, name, &[])?.snake();
    let mut removal = Removal::new(project, "route", &module);
    removal.file(&format!("{}/{module}.rs", survey::ROUTES))?;
    removal.file(&format!("tests/integration/routes/{module}.rs"))?;
    parts::route_lines(&mut removal, &module)?;
    removal.finish(force)
}

/// Plans to take away a task, its test, and what names it.
fn task(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let name = Name::parse(NameKind::Task, name, &[])?;
    let mut removal = Removal::new(project, "task", &name.snake());
    parts::task(&mut removal, &name.snake(), &name.pascal())?;
    parts::unused_support(&mut removal)?;
    removal.finish(force)
}
