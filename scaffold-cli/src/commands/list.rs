//! `scaffold list`.

use serde_json::json;

use crate::Context;
use crate::cli::{ListArgs, ListKind};
use crate::error::Result;
use crate::grow;
use crate::kits;
use crate::project::Project;
use crate::shell::{Listing, Shell};
use crate::survey::{self, Route, migrations};

/// Prints what there is of a kind.
pub fn run(args: &ListArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let project = grow::open(context, shell)?;
    let listing = match args.kind {
        ListKind::Routes => routes(&project),
        ListKind::Tasks => tasks(&project),
        ListKind::Schedules => schedules(&project),
        ListKind::Migrations => migrations(&project),
        ListKind::Resources => resources(&project),
        ListKind::Kits => kits(&project),
    }?;
    if listing.items().is_empty() {
        shell.note("there are none");
    }
    shell.list(&listing);
    Ok(())
}

fn routes(project: &Project) -> Result<Listing> {
    let routes = survey::routes(project)?;
    let mut rows = Vec::new();
    for route in &routes {
        let (methods, path) = route.handler.route.clone().unwrap_or_default();
        for method in methods {
            rows.push((path.clone(), method.to_ascii_uppercase(), route));
        }
    }
    rows.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let mut listing = Listing::new(&["METHOD", "PATH", "HANDLER", "ACCESS", "SOURCE"]);
    for (path, method, route) in rows {
        let handler = format!("{}::{}", route.module, route.handler.function);
        let (access, line) = (access(route), route.handler.line);
        let unwired = match route.is_named {
            true => "not known",
            false => "in no router",
        };
        let shown = access.as_deref().unwrap_or(unwired);
        listing.add(
            &[&method, &path, &handler, shown, &source(&route.file, line)],
            json!({
                "method": method, "path": path, "handler": handler, "access": access,
                "file": route.file, "line": line,
            }),
        );
    }
    Ok(listing)
}

/// Who is answered: everybody, or whoever has a token, perhaps with a scope.
fn access(route: &Route) -> Option<String> {
    let scopes = &route.handler.scopes;
    let function = route.wired.first()?.function.as_str();
    Some(match function {
        _ if !scopes.is_empty() => format!("scope {}", scopes.join(" ")),
        "public_routes" | "service_routes" => "public".to_owned(),
        "api_routes" => "token".to_owned(),
        other => format!("as in {other}"),
    })
}

fn tasks(project: &Project) -> Result<Listing> {
    let listed = survey::listed_tasks(project)?;
    let mut listing = Listing::new(&["NAME", "TYPE", "QUEUE", "LISTED", "SOURCE"]);
    for task in survey::tasks(project)? {
        let (name, ty) = (task.it.name.unwrap_or_default(), task.it.ty);
        let queue = task.it.queue.as_deref().unwrap_or("default");
        let is_listed = listed.iter().any(|listed| listed.ty == ty);
        let word = if is_listed { "yes" } else { "no" };
        listing.add(
            &[&name, &ty, queue, word, &source(&task.file, task.it.line)],
            json!({
                "name": name, "type": ty, "queue": queue, "listed": is_listed,
                "file": task.file, "line": task.it.line,
            }),
        );
    }
    Ok(listing)
}

fn schedules(project: &Project) -> Result<Listing> {
    let mut listing = Listing::new(&["NAME", "WHEN", "TASK", "SOURCE"]);
    for schedule in survey::schedules(project)? {
        let (file, it) = (schedule.file, schedule.it);
        let task = it.task.as_deref().unwrap_or_default();
        listing.add(
            &[&it.name, &it.when, task, &source(&file, it.line)],
            json!({
                "name": it.name, "when": it.when, "task": it.task,
                "file": file, "line": it.line,
            }),
        );
    }
    Ok(listing)
}

fn migrations(project: &Project) -> Result<Listing> {
    let mut listing = Listing::new(&["VERSION", "NAME", "DOWN", "SOURCE"]);
    for migration in migrations::migrations(project)? {
        let down = project.read(&migration.file("down"))?.unwrap_or_default();
        let has_down = !migrations::is_empty(&down);
        let file = migration.file("up");
        let word = if has_down { "yes" } else { "no" };
        listing.add(
            &[&migration.version, &migration.name, word, &source(&file, 1)],
            json!({
                "version": migration.version, "name": migration.name, "down": has_down,
                "file": file, "line": 1,
            }),
        );
    }
    Ok(listing)
}

fn resources(project: &Project) -> Result<Listing> {
    let routes = survey::routes(project)?;
    let mut listing = Listing::new(&["TABLE", "MODEL", "ROUTES", "SOURCE"]);
    for model in survey::models_by_table(project)? {
        let (file, it) = (model.file, model.it);
        let module = survey::routes_of(&routes, &file).unwrap_or(&it.table);
        let of_model = routes.iter().filter(|route| route.module == *module);
        let handlers: Vec<&str> = of_model
            .map(|route| route.handler.function.as_str())
            .collect();
        let count = handlers.len().to_string();
        listing.add(
            &[&it.table, &it.ty, &count, &source(&file, it.line)],
            json!({
                "table": it.table, "model": it.ty, "handlers": handlers,
                "file": file, "line": it.line,
            }),
        );
    }
    Ok(listing)
}

fn kits(project: &Project) -> Result<Listing> {
    let mut listing = Listing::new(&["KIT", "ADDED", "WHAT IT IS"]);
    for kit in kits::all() {
        let wanted = kits::render(project, &kit)?.files;
        let present = kits::present(project, &kit)?;
        let is_whole = wanted.iter().all(|(path, _)| present.contains(path));
        let added = match present.len() {
            0 => "no",
            _ if is_whole => "yes",
            _ => "partly",
        };
        listing.add(
            &[kit.name, added, kit.summary()],
            json!({
                "kit": kit.name, "added": added, "summary": kit.summary(), "files": present,
            }),
        );
    }
    Ok(listing)
}

fn source(file: &str, line: usize) -> String {
    format!("{file}:{line}")
}
