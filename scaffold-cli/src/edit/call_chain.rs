//! Chains of calls such as `.routes(routes!(persons::list_persons))`.

use super::list::{Entry, insert_line};
use super::order::PathKey;
use super::use_list::{WhenAbsent, import};
use super::{Edit, EditError, Insert, Result, Source, parse};

mod calls;

use calls::{Call, Calls, NO_CHAIN};

/// Whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Everybody.
    Public,
    /// Whoever has a token.
    Guarded,
}

/// Adds `.routes(routes!(module::handler))` to the one chain of such calls, or to the chain of the
/// group if there are several, or to the one with other handlers of the module.
///
/// `spelling` is the path of the module as this file has to write it.
///
/// ```text
/// OpenApiRouter::new()                             OpenApiRouter::new()
///     .routes(routes!(persons::list_persons))  ->      .routes(routes!(persons::list_persons))
///                                                      .routes(routes!(reports::list_reports))
/// ```
pub fn insert_route(text: &str, spelling: &str, handler: &str, group: Group) -> Result<Edit> {
    insert_routes(text, spelling, &[(handler, group)])
}

/// Adds a call for each handler, which are in their order.
pub fn insert_routes(text: &str, spelling: &str, routes: &[(&str, Group)]) -> Result<Edit> {
    let all = lines(spelling, routes);
    let source = parse(text, &all)?;
    let calls = Calls::find(&source);
    let module = spelling.rsplit("::").next().unwrap_or(spelling);
    let is_new = |(handler, _): &&(&str, Group)| {
        let mut known = full_paths(module, handler).to_vec();
        known.push(format!("{spelling}::{handler}"));
        !calls.name_any(&known)
    };
    let routes: Vec<(&str, Group)> = routes.iter().filter(is_new).copied().collect();
    if routes.is_empty() {
        return Ok(Edit::Unchanged);
    }
    let missing = |reason| EditError::new(reason, lines(spelling, &routes));
    let insert = |(handler, group): &(&str, Group)| {
        let chain = calls.chain(*group, module).map_err(missing)?;
        place(&source, &chain, spelling, handler).ok_or_else(|| missing(NO_CHAIN.to_owned()))
    };
    let inserts = routes.iter().map(insert).collect::<Result<_>>()?;
    Edit::checked(&source, inserts, &all)
}

/// The calls as they are added by hand.
pub fn lines(spelling: &str, routes: &[(&str, Group)]) -> String {
    let line = |(handler, _): &(&str, Group)| format!(".routes(routes!({spelling}::{handler}))");
    let lines: Vec<String> = routes.iter().map(line).collect();
    lines.join("\n")
}

fn place(source: &Source<'_>, chain: &[&Call], spelling: &str, handler: &str) -> Option<Insert> {
    if let [only] = chain
        && !starts_line(source, only)
    {
        let line = lines(spelling, &[(handler, Group::Guarded)]);
        return Some(beside(source, only, &line));
    }
    let key = tail(&split(&format!("{spelling}::{handler}")));
    let entries = chain_order(chain, &key);
    let text = laid_out(source, &entries, spelling, handler);
    insert_line(source, &entries, &key, &text)
}

/// The longest path that rustfmt leaves beside the names of call and macro.
const MAX_PATH: usize = 51;
/// The longest line that rustfmt puts a path on; it leaves chains with longer ones alone.
const MAX_LINE: usize = 99;

/// The call on one line, or on three if its path is long.
fn laid_out(
    source: &Source<'_>,
    entries: &[Entry<PathKey>],
    spelling: &str,
    handler: &str,
) -> String {
    let path = format!("{spelling}::{handler}");
    let first = entries.first().map_or(0, |entry| entry.range.start);
    let (indent, newline) = (source.indent(first), source.newline());
    if path.len() <= MAX_PATH || indent.len() + 4 + path.len() > MAX_LINE {
        return format!(".routes(routes!({path}))");
    }
    format!(".routes(routes!({newline}{indent}    {path}{newline}{indent}))")
}

/// Whether a chain names the handler of a module in `src/routes`, in any way that works in this file.
pub fn has_route(text: &str, module: &str, handler: &str) -> bool {
    let Ok(source) = Source::parse(text) else {
        return false;
    };
    let in_scope = |path: &[&str]| {
        let import = import(text, path, WhenAbsent::FullPath).ok()?;
        (import.edit == Edit::Unchanged).then_some(import.spelling)
    };
    let path = ["crate", "routes", module, handler];
    let mut known = full_paths(module, handler).to_vec();
    known.extend(in_scope(&path));
    known.extend(in_scope(&path[..3]).map(|module| format!("{module}::{handler}")));
    Calls::find(&source).name_any(&known)
}

/// The paths that mean a handler in every file.
fn full_paths(module: &str, handler: &str) -> [String; 2] {
    ["routes", "crate::routes"].map(|routes| format!("{routes}::{module}::{handler}"))
}

/// A handler that a chain names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wired {
    /// Its path as the file writes it.
    pub path: Vec<String>,
    /// The function that the chain is in.
    pub function: String,
    /// The line of the call, from 1.
    pub line: usize,
    /// Where the chain begins, which tells it from others of the file.
    pub chain: usize,
    /// Whether it may be left out: by the compiler or by what the service finds.
    pub is_conditional: bool,
    /// Whether it may be below a prefix that others are not below.
    pub is_inner: bool,
}

/// The handlers that the chains of a file name, in their order.
pub fn wired(source: &Source<'_>) -> Vec<Wired> {
    let found = Calls::find(source);
    let wired = found.calls.iter().flat_map(|call| {
        let line = source.text()[..call.range.start].matches('\n').count() + 1;
        let is_inner = found.is_inner(call);
        call.paths.iter().map(move |path| Wired {
            path: path.clone(),
            function: call.function.clone(),
            line,
            chain: call.root,
            is_conditional: call.is_conditional,
            is_inner,
        })
    });
    wired.collect()
}

/// The calls of a file with the handlers that they name, in their order.
pub fn ranges(source: &Source<'_>) -> Vec<(Vec<Vec<String>>, std::ops::Range<usize>)> {
    let calls = Calls::find(source).calls.into_iter();
    calls.map(|call| (call.paths, call.range)).collect()
}

/// Module and handler: what the chain is sorted by, however it spells them.
fn tail(path: &[String]) -> PathKey {
    PathKey(path[path.len().saturating_sub(2)..].to_vec())
}

fn split(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}

fn starts_line(source: &Source<'_>, call: &Call) -> bool {
    let start = call.range.start;
    source.text()[source.line_start(start)..start]
        .trim()
        .is_empty()
}

/// The chain as list entries; one that is not sorted gets the new call beside its module's own.
fn chain_order(chain: &[&Call], key: &PathKey) -> Vec<Entry<PathKey>> {
    let entry = |call: &&Call| Entry {
        key: call
            .paths
            .first()
            .map_or(PathKey(Vec::new()), |path| tail(path)),
        range: call.range.clone(),
    };
    let mut entries: Vec<_> = chain.iter().map(entry).collect();
    let sorted = entries.is_sorted_by(|a, b| a.key <= b.key);
    let of_module = |entry: &Entry<PathKey>| entry.key.0.first() == key.0.first();
    if !sorted && let Some(last) = entries.iter().rposition(of_module) {
        entries.truncate(last + 1);
    }
    entries
}

/// Behind the only call of a chain that has no lines of its own.
fn beside(source: &Source<'_>, call: &Call, line: &str) -> Insert {
    let indent = source.indent(call.range.start);
    let text = format!("{}{indent}    {line}", source.newline());
    Insert::new(call.range.end, text)
}

#[cfg(test)]
mod tests;
