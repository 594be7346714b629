//! Chains of calls such as `.routes(routes!(persons::list_persons))`.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprMethodCall, ImplItemFn, ItemFn, ItemMod, Macro, Path, Token};

use super::list::{Entry, insert_line};
use super::order::PathKey;
use super::use_list::{WhenAbsent, import};
use super::{Edit, EditError, Insert, Result, Source, parse};

/// The function with the routes that need no token.
const PUBLIC: &str = "public_routes";
/// The function that holds the chain of the others, if several have one.
const PREFERRED: [&str; 2] = ["api_routes", "router"];

/// Whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Everybody.
    Public,
    /// Whoever has a token.
    Guarded,
}

/// Adds `.routes(routes!(module::handler))` to the one chain of such calls, or to the chain of the
/// group if there are several.
///
/// `spelling` is the path of the module as this file has to write it.
///
/// ```text
/// OpenApiRouter::new()                             OpenApiRouter::new()
///     .routes(routes!(persons::list_persons))  ->      .routes(routes!(persons::list_persons))
///                                                      .routes(routes!(reports::list_reports))
/// ```
pub fn insert_route(text: &str, spelling: &str, handler: &str, group: Group) -> Result<Edit> {
    let line = format!(".routes(routes!({spelling}::{handler}))");
    let source = parse(text, &line)?;
    let key = tail(&split(&format!("{spelling}::{handler}")));
    let calls = Calls::find(&source);
    let module = spelling.rsplit("::").next().unwrap_or(spelling);
    let mut known = full_paths(module, handler).to_vec();
    known.push(format!("{spelling}::{handler}"));
    if calls.name_any(&known) {
        return Ok(Edit::Unchanged);
    }
    let missing = |reason| EditError::new(reason, &line);
    let chain = calls.chain(group).map_err(missing)?;
    let insert = match chain.as_slice() {
        [only] if !starts_line(&source, only) => beside(&source, only, &line),
        _ => {
            let entries = chain_order(chain, &key);
            let text = laid_out(&source, &entries, spelling, handler);
            insert_line(&source, &entries, &key, &text)
                .ok_or_else(|| missing(NO_CHAIN.to_owned()))?
        }
    };
    Edit::checked(&source, vec![insert], &line)
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

const NO_CHAIN: &str = "no `.routes(routes!(..))` chain found";

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
}

/// The handlers that the chains of a file name, in their order.
pub fn wired(source: &Source<'_>) -> Vec<Wired> {
    let calls = Calls::find(source).calls.into_iter();
    let wired = calls.flat_map(|call| {
        let line = source.text()[..call.range.start].matches('\n').count() + 1;
        let paths = call.paths.into_iter();
        paths.map(move |path| Wired {
            path,
            function: call.function.clone(),
            line,
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

/// One `.routes(routes!(..))` call.
struct Call {
    function: String,
    /// Where the chain begins; calls of one chain have it in common.
    root: usize,
    range: std::ops::Range<usize>,
    paths: Vec<Vec<String>>,
}

struct Calls {
    calls: Vec<Call>,
    /// Whether there is a function for the routes that need no token. Projects may be older.
    has_public: bool,
}

impl Calls {
    fn find(source: &Source<'_>) -> Self {
        let mut finder = Finder {
            source,
            functions: Vec::new(),
            calls: Vec::new(),
            has_public: false,
        };
        finder.visit_file(source.file());
        finder.calls.sort_by_key(|call| call.range.start);
        Self {
            calls: finder.calls,
            has_public: finder.has_public,
        }
    }

    /// Whether a call names a handler in one of these spellings.
    fn name_any(&self, known: &[String]) -> bool {
        let mut paths = self.calls.iter().flat_map(|call| &call.paths);
        paths.any(|path| known.contains(&path.join("::")))
    }

    /// The calls of the one chain that a route may be added to, or why there is none.
    fn chain(mut self, group: Group) -> std::result::Result<Vec<Call>, String> {
        if self.has_public {
            let is_public = |call: &Call| call.function == PUBLIC;
            let wanted = group == Group::Public;
            self.calls.retain(|call| is_public(call) == wanted);
        }
        let calls = self.calls.iter();
        let mut functions: Vec<&str> = calls.map(|call| call.function.as_str()).collect();
        functions.dedup();
        let preferred = PREFERRED.iter().find(|name| functions.contains(name));
        let function = match (preferred, functions.as_slice()) {
            (Some(name), _) => (*name).to_owned(),
            (None, [only]) => (*only).to_owned(),
            (None, []) => return Err(NO_CHAIN.to_owned()),
            (None, several) => {
                let names = several.join("`, `");
                return Err(format!("`.routes(routes!(..))` chains found in `{names}`"));
            }
        };
        let mut chain: Vec<Call> = self.calls;
        chain.retain(|call| call.function == function);
        let root = chain[0].root;
        if chain.iter().all(|call| call.root == root) {
            Ok(chain)
        } else {
            Err(format!(
                "several `.routes(routes!(..))` chains found in `fn {function}`"
            ))
        }
    }
}

struct Finder<'s, 'a> {
    source: &'s Source<'a>,
    functions: Vec<String>,
    calls: Vec<Call>,
    has_public: bool,
}

impl Visit<'_> for Finder<'_, '_> {
    fn visit_item_mod(&mut self, item: &ItemMod) {
        if !item.attrs.iter().any(is_cfg_test) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.has_public |= item.sig.ident == PUBLIC;
        self.functions.push(item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.functions.push(item.sig.ident.to_string());
        visit::visit_impl_item_fn(self, item);
        self.functions.pop();
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        let Some(paths) = routes_argument(call) else {
            return;
        };
        let dot = self.source.range(&call.dot_token).start;
        let close = self.source.range(&call.paren_token.span.close()).end;
        self.calls.push(Call {
            function: self.functions.last().cloned().unwrap_or_default(),
            root: self.source.range(root(&call.receiver)).start,
            range: dot..close,
            paths,
        });
    }
}

/// Whether an attribute is `#[cfg(test)]`.
fn is_cfg_test(attribute: &Attribute) -> bool {
    let argument = attribute.parse_args::<Path>();
    attribute.path().is_ident("cfg") && argument.is_ok_and(|path| path.is_ident("test"))
}

/// The handlers of `.routes(routes!(a::b, c::d))`.
fn routes_argument(call: &ExprMethodCall) -> Option<Vec<Vec<String>>> {
    if call.method != "routes" || call.args.len() != 1 {
        return None;
    }
    match call.args.first()? {
        Expr::Macro(argument) if argument.mac.path.segments.last()?.ident == "routes" => {
            Some(paths(&argument.mac))
        }
        _ => None,
    }
}

fn paths(routes: &Macro) -> Vec<Vec<String>> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let paths = routes.parse_body_with(parser).unwrap_or_default();
    let segments = |path: &Path| {
        let segments = path.segments.iter();
        segments.map(|segment| segment.ident.to_string()).collect()
    };
    paths.iter().map(segments).collect()
}

fn root(mut receiver: &Expr) -> &Expr {
    while let Expr::MethodCall(call) = receiver {
        receiver = &call.receiver;
    }
    receiver
}

fn starts_line(source: &Source<'_>, call: &Call) -> bool {
    let start = call.range.start;
    source.text()[source.line_start(start)..start]
        .trim()
        .is_empty()
}

/// The chain as list entries; one that is not sorted gets the new call beside its module's own.
fn chain_order(chain: Vec<Call>, key: &PathKey) -> Vec<Entry<PathKey>> {
    let entry = |call: Call| Entry {
        key: call
            .paths
            .first()
            .map_or(PathKey(Vec::new()), |path| tail(path)),
        range: call.range,
    };
    let mut entries: Vec<_> = chain.into_iter().map(entry).collect();
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
