//! The statements of `fn register` in `schedules.rs`.

mod read;

use syn::{Attribute, Expr, ExprMethodCall, FnArg, Item, ItemFn, Lit, Pat, Stmt};

use super::list::{Entry, insert_line};
use super::{Edit, EditError, Insert, Result, Source, call_list, parse};

pub use read::{Schedule, schedules};

/// Adds the statement of a schedule, in order if the list is in order, unless the file has it.
///
/// `statement` makes it for the name of the list.
pub fn insert_schedule(text: &str, name: &str, statement: &dyn Fn(&str) -> String) -> Result<Edit> {
    let fallback = statement("schedules");
    let source = parse(text, &fallback)?;
    if is_listed(&source, name) {
        return Ok(Edit::Unchanged);
    }
    let missing = |reason: &str| EditError::new(reason, &fallback);
    let register = call_list::only_fn(&source, "register").map_err(|reason| missing(&reason))?;
    let receiver =
        parameter(register).ok_or_else(|| missing("`fn register` has no parameter to call"))?;
    let entries = entries(&source, register);
    let line = statement(&receiver).replace('\n', source.newline());
    let insert = match insert_line(&source, &entries, &name.to_owned(), &line) {
        Some(insert) => insert,
        None if register.block.stmts.is_empty() => {
            let open = source.range(&register.block.brace_token.span.open()).end;
            let newline = source.newline();
            let close = source.range(&register.block.brace_token.span.close()).start;
            let end = match source.text()[open..close].contains('\n') {
                true => "",
                false => newline,
            };
            Insert::new(open, format!("{newline}    {line}{end}"))
        }
        None => return Err(EditError::new("no schedules found in `fn register`", line)),
    };
    Edit::checked(&source, vec![insert], &line)
}

/// Whether the list has a schedule of this name.
pub fn has_schedule(text: &str, name: &str) -> bool {
    Source::parse(text).is_ok_and(|source| is_listed(&source, name))
}

/// Whether there is a schedule of this name: among the statements of the list, below a condition
/// or in another function.
fn is_listed(source: &Source<'_>, name: &str) -> bool {
    let entries = register(source).map_or_else(Vec::new, |item| entries(source, item));
    let mut names = entries.into_iter().map(|entry| entry.key);
    names.any(|known| known == name) || schedules(source).iter().any(|it| it.name == name)
}

/// The statement of a schedule.
pub(super) struct Statement<'a> {
    /// With its attributes.
    pub(super) range: std::ops::Range<usize>,
    pub(super) attributes: &'a [Attribute],
    /// Whether it has nothing that no command writes.
    pub(super) is_plain: bool,
}

/// The statement of the schedule with this name.
pub(super) fn find<'a>(source: &'a Source<'_>, name: &str) -> Option<Statement<'a>> {
    let statements = &register(source)?.block.stmts;
    statements.iter().find_map(|statement| {
        let Stmt::Expr(expression @ Expr::MethodCall(call), _) = statement else {
            return None;
        };
        (name_of(expression)? == name).then(|| Statement {
            range: source.range(statement),
            attributes: &call.attrs,
            is_plain: is_plain(call),
        })
    })
}

/// `x.cron("..", "..", || A {})`, also with `.time_zone("..")`, or `x.every("..", ..(..), || A {})`.
fn is_plain(call: &ExprMethodCall) -> bool {
    let arguments: Vec<&Expr> = call.args.iter().collect();
    let is_text = |it: &Expr| matches!(it, Expr::Lit(it) if matches!(it.lit, Lit::Str(_)));
    let is_task = |it: &Expr| match it {
        Expr::Closure(it) => match &*it.body {
            Expr::Struct(made) => made.fields.is_empty(),
            Expr::Block(block) => matches!(
                block.block.stmts.as_slice(),
                [Stmt::Expr(Expr::Struct(made), None)] if made.fields.is_empty()
            ),
            _ => false,
        },
        _ => false,
    };
    match (call.method.to_string().as_str(), arguments.as_slice()) {
        ("time_zone", [zone]) => match &*call.receiver {
            Expr::MethodCall(inner) => is_text(zone) && inner.method == "cron" && is_plain(inner),
            _ => false,
        },
        ("cron", [_, when, task]) => is_text(when) && is_task(task),
        ("every", [_, Expr::Call(_), task]) => is_task(task),
        _ => false,
    }
}

fn register<'a>(source: &'a Source<'_>) -> Option<&'a ItemFn> {
    source.file().items.iter().find_map(|item| match item {
        Item::Fn(item) if item.sig.ident == "register" => Some(item),
        _ => None,
    })
}

fn parameter(item: &ItemFn) -> Option<String> {
    match item.sig.inputs.first()? {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(pattern) => Some(pattern.ident.to_string()),
            _ => None,
        },
        _ => None,
    }
}

fn entries(source: &Source<'_>, register: &ItemFn) -> Vec<Entry<String>> {
    let statements = register.block.stmts.iter();
    let entry = |statement: &Stmt| {
        let Stmt::Expr(expression, _) = statement else {
            return None;
        };
        Some(Entry {
            key: name_of(expression)?,
            range: source.range(statement),
        })
    };
    statements.filter_map(entry).collect()
}

/// The name in `schedules.cron("name", ..)`, whatever is called on that.
fn name_of(expression: &Expr) -> Option<String> {
    let Expr::MethodCall(call) = expression else {
        return None;
    };
    if !(call.method == "cron" || call.method == "every") {
        return name_of(&call.receiver);
    }
    match call.args.first()? {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(text: &str, name: &str) -> String {
        let statement = |list: &str| format!("{list}.every(\"{name}\", X, || Y {{}});");
        let edit = insert_schedule(text, name, &statement).unwrap();
        let after = edit.apply(text);
        let again = insert_schedule(&after, name, &statement);
        assert_eq!(again, Ok(Edit::Unchanged));
        assert!(has_schedule(&after, name));
        after
    }

    #[test]
    fn schedules_stay_sorted_by_name() {
        let text = "fn register(s: &mut List) {\n    // A\n    s.cron(\"a\", \"1\", || {\n        A {}\n    \
                    });\n    s\n        .cron(\"c\", \"1\", || C {})\n        .time_zone(\"X\"); // c\n}\n";
        let after = insert(text, "b");
        assert!(
            after.contains("    });\n    s.every(\"b\", X, || Y {});\n    s\n"),
            "{after}"
        );
        let after = insert(text, "d");
        assert!(
            after.contains("// c\n    s.every(\"d\", X, || Y {});\n}"),
            "{after}"
        );
        let after = insert(text, "A");
        assert!(
            after.contains("{\n    s.every(\"A\", X, || Y {});\n    // A\n"),
            "{after}"
        );
    }

    #[test]
    fn an_empty_list_gets_its_first() {
        for text in [
            "fn register(s: &mut List) {}\n",
            "fn register(s: &mut List) {\n}\n",
        ] {
            let after = insert(text, "a");
            assert_eq!(
                after,
                "fn register(s: &mut List) {\n    s.every(\"a\", X, || Y {});\n}\n"
            );
        }
    }

    #[test]
    fn a_schedule_that_is_not_a_statement_of_the_list_counts_too() {
        for text in [
            "fn register(s: &mut List) {\n    s.every(\"b\", X, || B {});\n    if x {\n        \
             s.every(\"a\", X, || A {});\n    }\n}\n",
            "fn register(s: &mut List) { more(s); }\n\
             fn more(s: &mut List) { s.cron(\"a\", \"1\", || A {}).time_zone(\"X\"); }\n",
        ] {
            let edit = insert_schedule(text, "a", &|list| format!("{list}.x();"));
            assert_eq!(edit, Ok(Edit::Unchanged), "{text}");
            assert!(has_schedule(text, "a"));
        }
        let test = "fn register(s: &mut List) {}\n#[cfg(test)]\nmod tests {\n    \
                    fn f() { s.every(\"a\", X, || A {}); }\n}\n";
        assert!(!has_schedule(test, "a"));
    }

    #[test]
    fn names_the_line_to_add() {
        let statement = |list: &str| format!("{list}.x();");
        let error = insert_schedule("fn other() {}", "a", &statement).unwrap_err();
        assert_eq!(error.line, "schedules.x();");
    }
}
