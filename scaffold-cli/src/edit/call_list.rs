//! Lists of calls such as `tasks.add::<SendReport>();`, one statement each.

use syn::spanned::Spanned;
use syn::{
    Attribute, Block, Expr, ExprMethodCall, FnArg, GenericArgument, Item, ItemFn, Pat, Stmt, Type,
};

use super::list::{Entry, insert_line};
use super::order::PathKey;
use super::{Edit, EditError, Insert, Result, Source, parse};

mod read;

pub use read::{Listed, listed};

/// Adds `<first parameter>.method::<Type>();` to the statements of a function, unless the file has
/// such a call: its owner may have put it below a condition or into another function.
///
/// ```text
/// pub fn register(tasks: &mut TaskList) {      pub fn register(tasks: &mut TaskList) {
///     tasks.add::<AddOneYear>();           ->      tasks.add::<AddOneYear>();
/// }                                                tasks.add::<SendReport>();
///                                              }
/// ```
pub fn insert_call(text: &str, function: &str, method: &str, ty: &str) -> Result<Edit> {
    let fallback = format!("tasks.{method}::<{ty}>();");
    let source = parse(text, &fallback)?;
    let known = listed(&source, function, method);
    if known.iter().any(|known| known.ty == ty) {
        return Ok(Edit::Unchanged);
    }
    let missing = |reason: String| EditError::new(reason, &fallback);
    let item = only_fn(&source, function).map_err(missing)?;
    let receiver = first_parameter(item)
        .ok_or_else(|| missing(format!("`fn {function}` has no parameter to call")))?;
    let line = format!("{receiver}.{method}::<{ty}>();");
    let calls = calls(&source, &item.block, method);
    let key = PathKey(vec![ty.to_owned()]);
    let insert = match insert_line(&source, &calls, &key, &line) {
        Some(insert) => insert,
        None => first_call(&source, &item.block, &line).ok_or_else(|| {
            EditError::new(
                format!("no `{receiver}.{method}::<..>()` line found in `fn {function}`"),
                &line,
            )
        })?,
    };
    Edit::checked(&source, vec![insert], &line)
}

/// The call that names a type.
pub struct Call<'a> {
    /// The statement, with its attributes.
    pub range: std::ops::Range<usize>,
    /// The attributes.
    pub attributes: &'a [Attribute],
    /// What it is a call of.
    pub receiver: String,
}

/// The call that names a type.
pub fn find<'a>(
    source: &'a Source<'_>,
    function: &str,
    method: &str,
    ty: &str,
) -> Option<Call<'a>> {
    let item = find_fn(source, function)?;
    let receiver = first_parameter(item)?;
    item.block.stmts.iter().find_map(|statement| {
        let Stmt::Expr(Expr::MethodCall(call), _) = statement else {
            return None;
        };
        let named = type_argument(call, method)?;
        (named == ty).then(|| Call {
            range: source.range(statement),
            attributes: &call.attrs,
            receiver: receiver.clone(),
        })
    })
}

/// The function of this name, or why none can be chosen: of several, each is for a condition.
pub(super) fn only_fn<'a>(
    source: &'a Source<'_>,
    name: &str,
) -> std::result::Result<&'a ItemFn, String> {
    let mut found = functions(source, name);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(format!("no `fn {name}` found")),
        (Some(_), Some(_)) => Err(format!("several `fn {name}` found")),
    }
}

fn find_fn<'a>(source: &'a Source<'_>, name: &str) -> Option<&'a ItemFn> {
    functions(source, name).next()
}

fn functions<'a>(source: &'a Source<'_>, name: &str) -> impl Iterator<Item = &'a ItemFn> {
    source
        .file()
        .items
        .iter()
        .filter_map(move |item| match item {
            Item::Fn(item) if item.sig.ident == name => Some(item),
            _ => None,
        })
}

fn first_parameter(item: &ItemFn) -> Option<String> {
    match item.sig.inputs.first()? {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(pattern) => Some(pattern.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The calls that are statements of their own, at the top of the block.
fn calls(source: &Source<'_>, block: &Block, method: &str) -> Vec<Entry<PathKey>> {
    let entry = |statement: &Stmt| {
        let Stmt::Expr(Expr::MethodCall(call), _) = statement else {
            return None;
        };
        Some(Entry {
            // Where its type comes from is nothing that a list is sorted by.
            key: PathKey(vec![type_argument(call, method)?]),
            range: source.range(statement),
        })
    };
    block.stmts.iter().filter_map(entry).collect()
}

/// The name of `Type` in `x.method::<a::Type>()`.
fn type_argument(call: &ExprMethodCall, method: &str) -> Option<String> {
    let arguments = &call.turbofish.as_ref()?.args;
    if call.method != method || !matches!(&*call.receiver, Expr::Path(_)) {
        return None;
    }
    match (arguments.first()?, arguments.len()) {
        (GenericArgument::Type(Type::Path(ty)), 1) => {
            let name = ty.path.segments.last();
            name.map(|segment| segment.ident.to_string())
        }
        _ => None,
    }
}

/// The first statement of an empty block.
fn first_call(source: &Source<'_>, block: &Block, line: &str) -> Option<Insert> {
    if !block.stmts.is_empty() {
        return None;
    }
    let newline = source.newline();
    let open = source.range(&block.brace_token.span.open().span()).end;
    let close = source.range(&block.brace_token.span.close().span()).start;
    let outer = source.indent(open).to_owned();
    let inner = format!("{outer}    ");
    if source.text()[open..close].trim().is_empty() && !source.text()[open..close].contains('\n') {
        return Some(Insert::new(
            open,
            format!("{newline}{inner}{line}{newline}{outer}"),
        ));
    }
    Some(source.line_after(open, &inner, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(before: &str, ty: &str) -> Result<String> {
        insert_call(before, "register", "add", ty).map(|edit| edit.apply(before))
    }

    #[track_caller]
    fn check(before: &str, ty: &str, after: &str) {
        assert_eq!(insert(before, ty).as_deref(), Ok(after));
        let again = insert_call(after, "register", "add", ty);
        assert_eq!(again, Ok(Edit::Unchanged));
    }

    fn register(lines: &[&str]) -> String {
        let body: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        format!("pub fn register(tasks: &mut TaskList) {{\n{body}}}\n")
    }

    #[test]
    fn keeps_sorted_lists_sorted() {
        check(
            &register(&["tasks.add::<A>();", "tasks.add::<C>();"]),
            "B",
            &register(&[
                "tasks.add::<A>();",
                "tasks.add::<B>();",
                "tasks.add::<C>();",
            ]),
        );
        check(
            &register(&["tasks.add::<B>();"]),
            "A",
            &register(&["tasks.add::<A>();", "tasks.add::<B>();"]),
        );
    }

    #[test]
    fn keeps_unsorted_lists_unsorted() {
        check(
            &register(&["tasks.add::<C>();", "tasks.add::<A>();"]),
            "B",
            &register(&[
                "tasks.add::<C>();",
                "tasks.add::<A>();",
                "tasks.add::<B>();",
            ]),
        );
    }

    #[test]
    fn comments_and_attributes_stay_with_their_statement() {
        check(
            &register(&[
                "tasks.add::<A>(); // a",
                "// about c",
                "#[cfg(unix)]",
                "tasks.add::<C>();",
            ]),
            "B",
            &register(&[
                "tasks.add::<A>(); // a",
                "tasks.add::<B>();",
                "// about c",
                "#[cfg(unix)]",
                "tasks.add::<C>();",
            ]),
        );
    }

    #[test]
    fn the_parameter_may_have_any_name() {
        check(
            "fn register(list: &mut TaskList) {\n\tlist.add::<A>();\n}",
            "B",
            "fn register(list: &mut TaskList) {\n\tlist.add::<A>();\n\tlist.add::<B>();\n}",
        );
    }

    #[test]
    fn other_statements_are_left_alone() {
        check(
            &register(&["let x = 1;", "tasks.add::<A>();", "drop(x);"]),
            "B",
            &register(&[
                "let x = 1;",
                "tasks.add::<A>();",
                "tasks.add::<B>();",
                "drop(x);",
            ]),
        );
    }

    #[test]
    fn an_empty_function_gets_its_first_line() {
        check(
            "fn register(tasks: &mut TaskList) {}\n",
            "A",
            "fn register(tasks: &mut TaskList) {\n    tasks.add::<A>();\n}\n",
        );
        check(
            "fn register(tasks: &mut TaskList) {\n    // none yet\n}\n",
            "A",
            "fn register(tasks: &mut TaskList) {\n    tasks.add::<A>();\n    // none yet\n}\n",
        );
    }

    #[test]
    fn windows_line_endings_are_kept() {
        check(
            "fn register(t: &mut TaskList) {\r\n    t.add::<A>();\r\n}\r\n",
            "B",
            "fn register(t: &mut TaskList) {\r\n    t.add::<A>();\r\n    t.add::<B>();\r\n}\r\n",
        );
    }

    #[test]
    fn a_qualified_type_is_sorted_by_its_name() {
        let [a, b, c] = ["z::A", "B", "x::y::C"].map(|ty| format!("tasks.add::<{ty}>();"));
        check(&register(&[&a, &c]), "B", &register(&[&a, &b, &c]));
    }

    #[test]
    fn a_qualified_type_counts_as_registered() {
        let text = register(&["tasks.add::<mail::A>();"]);
        assert_eq!(
            insert_call(&text, "register", "add", "A"),
            Ok(Edit::Unchanged)
        );
    }

    #[test]
    fn a_call_that_is_not_a_statement_of_the_function_counts_too() {
        let tasks = "tasks: &mut TaskList";
        for text in [
            format!(
                "fn register({tasks}) {{\n    tasks.add::<B>();\n    if x {{\n        tasks.add::<A>();\n    }}\n}}\n"
            ),
            format!(
                "fn register({tasks}) {{ more(tasks); }}\nfn more({tasks}) {{ tasks.add::<A>(); }}\n"
            ),
            format!("fn register({tasks}) {{ TaskList::add::<A>(tasks); }}\n"),
            format!(
                "fn register({tasks}) {{\n    tasks.add::<B>();\n    when!(x, tasks.add::<A>());\n}}\n"
            ),
        ] {
            let edit = insert_call(&text, "register", "add", "A");
            assert_eq!(edit, Ok(Edit::Unchanged), "{text}");
        }
    }

    #[test]
    fn names_the_line_to_add() {
        for text in [
            "fn other() {}",
            "fn register() {}",
            "fn register(tasks: &mut TaskList) { all!(tasks); }",
            "fn register(tasks: &mut TaskList) { tasks.add::<A>().add::<C>(); }",
            "#[cfg(a)]\nfn register(tasks: &mut TaskList) {}\n\
             #[cfg(not(a))]\nfn register(tasks: &mut TaskList) {}\n",
        ] {
            let error = insert(text, "B").unwrap_err();
            assert_eq!(error.line, "tasks.add::<B>();", "{text}");
        }
    }
}
