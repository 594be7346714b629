use utoipa::openapi::PathItem;

use super::output::print;
use crate::config::{Config, ServerConfig, Settings};
use crate::queue::TaskList;
use crate::routes::{dashboard, doc};
use crate::{auth, openapi, router, tasks};

/// Prints method and path of every route.
pub(super) fn routes(config: &ServerConfig) -> anyhow::Result<()> {
    let document = router::document(config);
    let mut routes: Vec<(&str, &str)> = document
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| methods(item).map(|method| (path.as_str(), method)))
        .collect();
    let pages = [
        dashboard::PATH,
        doc::PATH,
        openapi::DOCUMENT_PATH,
        openapi::UI_PATH,
    ];
    routes.extend(pages.map(|path| (path, "GET")));
    routes.sort_unstable();
    let lines = routes
        .iter()
        .map(|(path, method)| format!("{method:<7} {path}\n"));
    Ok(print(&lines.collect::<String>())?)
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

fn methods(item: &PathItem) -> impl Iterator<Item = &'static str> {
    [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, exists)| exists.then_some(method))
}
