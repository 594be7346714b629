use std::any::type_name_of_val;

use utoipa::openapi::PathItem;
use utoipa::openapi::path::Operation;

use super::output::print;
use crate::config::{Config, ServerConfig, Settings};
use crate::queue::TaskList;
use crate::routes::{dashboard, doc, docs, webhooks};
use crate::{auth, openapi, router, tasks};

/// Prints method, path and handler of every route, but not those from which the pages load their parts.
pub(super) fn routes(config: &ServerConfig) -> anyhow::Result<()> {
    let document = router::document(config);
    let mut routes: Vec<(&str, &str, &str)> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| {
            operations(item).map(|(method, operation)| {
                let handler = operation.operation_id.as_deref();
                (path.as_str(), method, handler.unwrap_or_default())
            })
        })
        .collect();
    routes.extend(undocumented());
    routes.sort_unstable();
    let width = routes.iter().map(|(path, ..)| path.len()).max();
    let width = width.unwrap_or_default();
    let lines = routes
        .iter()
        .map(|(path, method, handler)| format!("{method:<7} {path:<width$} {handler}\n"));
    Ok(print(&lines.collect::<String>())?)
}

/// What the OpenAPI document does not have.
fn undocumented() -> [(&'static str, &'static str, &'static str); 5] {
    [
        (dashboard::PATH, "GET", name(&dashboard::show_page)),
        (doc::PATH, "GET", name(&doc::show_index)),
        (openapi::DOCUMENT_PATH, "GET", name(&docs::show_document)),
        (openapi::UI_PATH, "GET", name(&docs::redirect_to_ui)),
        (webhooks::PATH, "POST", name(&webhooks::receive_webhook)),
    ]
}

/// The name of a function, which for the others is the id of the operation.
fn name<T>(function: &T) -> &'static str {
    let path = type_name_of_val(function);
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}

/// Prints name and queue of every task.
pub(super) fn tasks() -> anyhow::Result<()> {
    let mut list = TaskList::default();
    tasks::register(&mut list);
    let lines = list.iter().map(|(name, entry)| {
        format!(
            "{name:<30} queue={} max_attempts={}\n",
            entry.queue, entry.max_attempts
        )
    });
    Ok(print(&lines.collect::<String>())?)
}

/// Prints the OpenAPI document.
pub(super) fn openapi(config: &ServerConfig) -> anyhow::Result<()> {
    Ok(print(&router::document(config).to_pretty_json()?)?)
}

/// Prints every setting, and says so if no role would start with them.
pub(super) fn config(settings: &Settings, config: &Config) -> anyhow::Result<()> {
    let entries = settings.entries();
    let lines = entries
        .iter()
        .map(|entry| format!("{}={}  # {}\n", entry.name, entry.value, entry.origin));
    print(&lines.collect::<String>())?;
    auth::check(config)
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}
