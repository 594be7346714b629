//! Finds the calls of a file, and the chain that another belongs to.

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprBlock, ExprCall, ExprIf, ExprMatch, ExprMethodCall, Ident, ImplItemFn,
    ItemFn, ItemMod, Local, Macro, Path, Token,
};

use super::{Group, Source};
use crate::edit::{has_cfg, is_cfg_test};

/// The function with the routes that need no token.
const PUBLIC: &str = "public_routes";
/// The function that holds the chain of the others, if several have one.
const PREFERRED: [&str; 2] = ["api_routes", "router"];

pub(super) const NO_CHAIN: &str = "no `.routes(routes!(..))` chain found";

/// One `.routes(routes!(..))` call.
pub(super) struct Call {
    pub(super) function: String,
    /// Where the chain begins; calls of one chain have it in common.
    pub(super) root: usize,
    /// Where the chains begin that have this one in an argument.
    around: Vec<usize>,
    /// Whether it may be left out: by the compiler or by what the service finds.
    pub(super) is_conditional: bool,
    pub(super) range: std::ops::Range<usize>,
    pub(super) paths: Vec<Vec<String>>,
}

impl Call {
    /// Whether it names a handler of this module.
    fn is_of(&self, module: &str) -> bool {
        let mut paths = self.paths.iter();
        paths.any(|path| path.iter().rev().nth(1).is_some_and(|name| name == module))
    }
}

/// All calls of a file.
pub(super) struct Calls {
    pub(super) calls: Vec<Call>,
    /// Whether there is a function for the routes that need no token. Projects may be older.
    has_public: bool,
    /// The functions that are called in an argument of `nest`.
    nested: Vec<String>,
}

impl Calls {
    pub(super) fn find(source: &Source<'_>) -> Self {
        let mut finder = Finder {
            source,
            functions: Vec::new(),
            around: Vec::new(),
            conditions: 0,
            calls: Vec::new(),
            has_public: false,
            nests: 0,
            nested: Vec::new(),
        };
        finder.visit_file(source.file());
        finder.calls.sort_by_key(|call| call.range.start);
        Self {
            calls: finder.calls,
            has_public: finder.has_public,
            nested: finder.nested,
        }
    }

    /// Whether a call may be below a prefix that others are not below.
    pub(super) fn is_inner(&self, call: &Call) -> bool {
        let is_usual = call.function == PUBLIC || PREFERRED.contains(&call.function.as_str());
        !call.around.is_empty() || !is_usual && self.nested.contains(&call.function)
    }

    /// Whether a call names a handler in one of these spellings.
    pub(super) fn name_any(&self, known: &[String]) -> bool {
        let mut paths = self.calls.iter().flat_map(|call| &call.paths);
        paths.any(|path| known.contains(&path.join("::")))
    }

    /// The calls of the one chain that a route of a module may be added to, or why there is none.
    pub(super) fn chain(&self, group: Group, module: &str) -> Result<Vec<&Call>, String> {
        let mut calls: Vec<&Call> = self.calls.iter().collect();
        if self.has_public {
            let wanted = group == Group::Public;
            calls.retain(|call| (call.function == PUBLIC) == wanted);
        }
        if calls.iter().any(|call| !call.is_conditional) {
            calls.retain(|call| !call.is_conditional);
        }
        let is_there = |name: &&str| calls.iter().any(|call| call.function == *name);
        let preferred = PREFERRED.into_iter().find(is_there).map(str::to_owned);
        let function = preferred
            .or_else(|| common(&calls, module, |call| call.function.clone()))
            .ok_or_else(|| no_function(&calls))?;
        calls.retain(|call| call.function == function);
        let roots: Vec<usize> = calls.iter().map(|call| call.root).collect();
        // Of routers in a router, the outer one.
        calls.retain(|call| !call.around.iter().any(|root| roots.contains(root)));
        let root = common(&calls, module, |call| call.root);
        let root = root.ok_or_else(|| {
            format!("several `.routes(routes!(..))` chains found in `fn {function}`")
        })?;
        calls.retain(|call| call.root == root);
        Ok(calls)
    }
}

/// What all calls have in common, or else those of the module.
fn common<T: PartialEq>(calls: &[&Call], module: &str, of: impl Fn(&Call) -> T) -> Option<T> {
    let one = |calls: Vec<&Call>| {
        let first = of(calls.first()?);
        let is_one = calls.iter().all(|call| of(call) == first);
        is_one.then_some(first)
    };
    let own = calls.iter().filter(|call| call.is_of(module)).copied();
    one(calls.to_vec()).or_else(|| one(own.collect()))
}

fn no_function(calls: &[&Call]) -> String {
    let mut names: Vec<&str> = calls.iter().map(|call| call.function.as_str()).collect();
    names.dedup();
    match names.is_empty() {
        true => NO_CHAIN.to_owned(),
        false => format!(
            "`.routes(routes!(..))` chains found in `{}`",
            names.join("`, `")
        ),
    }
}

struct Finder<'s, 'a> {
    source: &'s Source<'a>,
    functions: Vec<String>,
    around: Vec<usize>,
    /// How many conditions are around a place.
    conditions: usize,
    calls: Vec<Call>,
    has_public: bool,
    /// How many calls of `nest` are around a place.
    nests: usize,
    nested: Vec<String>,
}

impl Finder<'_, '_> {
    fn below(&mut self, is_conditional: bool, visit: impl FnOnce(&mut Self)) {
        self.conditions += usize::from(is_conditional);
        visit(self);
        self.conditions -= usize::from(is_conditional);
    }

    fn in_function(
        &mut self,
        name: &Ident,
        attributes: &[Attribute],
        visit: impl FnOnce(&mut Self),
    ) {
        self.functions.push(name.to_string());
        self.below(has_cfg(attributes), visit);
        self.functions.pop();
    }
}

impl Visit<'_> for Finder<'_, '_> {
    fn visit_item_mod(&mut self, item: &ItemMod) {
        if !item.attrs.iter().any(is_cfg_test) {
            self.below(has_cfg(&item.attrs), |finder| {
                visit::visit_item_mod(finder, item)
            });
        }
    }

    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.has_public |= item.sig.ident == PUBLIC;
        self.in_function(&item.sig.ident, &item.attrs, |finder| {
            visit::visit_item_fn(finder, item)
        });
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.in_function(&item.sig.ident, &item.attrs, |finder| {
            visit::visit_impl_item_fn(finder, item);
        });
    }

    fn visit_local(&mut self, item: &Local) {
        self.below(has_cfg(&item.attrs), |finder| {
            visit::visit_local(finder, item)
        });
    }

    fn visit_expr_block(&mut self, item: &ExprBlock) {
        self.below(has_cfg(&item.attrs), |finder| {
            visit::visit_expr_block(finder, item)
        });
    }

    fn visit_expr_if(&mut self, item: &ExprIf) {
        self.below(true, |finder| visit::visit_expr_if(finder, item));
    }

    fn visit_expr_match(&mut self, item: &ExprMatch) {
        self.below(true, |finder| visit::visit_expr_match(finder, item));
    }

    fn visit_expr_call(&mut self, call: &ExprCall) {
        if let (true, Expr::Path(function)) = (self.nests > 0, &*call.func) {
            let name = function.path.segments.last();
            self.nested.extend(name.map(|name| name.ident.to_string()));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
        let root = self.source.range(root(&call.receiver)).start;
        self.visit_expr(&call.receiver);
        let nests = usize::from(call.method == "nest");
        self.around.push(root);
        self.nests += nests;
        for argument in &call.args {
            self.visit_expr(argument);
        }
        self.nests -= nests;
        self.around.pop();
        let Some(paths) = routes_argument(call) else {
            return;
        };
        let dot = self.source.range(&call.dot_token).start;
        let close = self.source.range(&call.paren_token.span.close()).end;
        self.calls.push(Call {
            function: self.functions.last().cloned().unwrap_or_default(),
            root,
            around: self.around.clone(),
            is_conditional: self.conditions > 0,
            range: dot..close,
            paths,
        });
    }
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
