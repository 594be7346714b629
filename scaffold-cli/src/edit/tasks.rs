//! Reads the tasks of a file; changes nothing.

use syn::{Expr, ExprLit, ImplItem, Item, ItemImpl, Lit, Type};

use super::Source;

/// What a file has of tasks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// The values of `const NAME` in implementations of `Task`.
    pub names: Vec<String>,
    /// The types that the file declares or re-exports.
    pub types: Vec<String>,
}

/// An implementation of `Task`.
#[derive(Debug, PartialEq, Eq)]
pub struct TaskImpl {
    /// The type that is a task.
    pub ty: String,
    /// `NAME`, if it is a text.
    pub name: Option<String>,
    /// `QUEUE`, if it is a text.
    pub queue: Option<String>,
    /// The line of the implementation, from 1.
    pub line: usize,
}

/// The implementations of `Task` in a file.
pub fn implementations(source: &Source<'_>) -> Vec<TaskImpl> {
    let found = |item: &Item| {
        let Item::Impl(item) = item else {
            return None;
        };
        let Type::Path(ty) = &*item.self_ty else {
            return None;
        };
        is_task(item).then(|| TaskImpl {
            ty: ty
                .path
                .segments
                .last()
                .map(|s| s.ident.to_string())
                .unwrap_or_default(),
            name: constant(item, "NAME"),
            queue: constant(item, "QUEUE"),
            line: source.line(&item.impl_token),
        })
    };
    source.file().items.iter().filter_map(found).collect()
}

/// The tasks of a file.
pub fn tasks(source: &Source<'_>) -> Tasks {
    let mut tasks = Tasks::default();
    for item in &source.file().items {
        match item {
            Item::Impl(item) if is_task(item) => tasks.names.extend(constant(item, "NAME")),
            Item::Struct(item) => tasks.types.push(item.ident.to_string()),
            Item::Enum(item) => tasks.types.push(item.ident.to_string()),
            _ => {}
        }
    }
    tasks
}

/// The names of a struct's fields, if the file has such a struct with named fields or none.
pub fn fields(source: &Source<'_>, name: &str) -> Option<Vec<String>> {
    source.file().items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => {
            let names = item.fields.iter().map(|field| field.ident.as_ref());
            names.map(|name| name.map(ToString::to_string)).collect()
        }
        _ => None,
    })
}

/// What a file calls another crate: the alias of an `extern crate` item, if it has one.
pub fn crate_alias(source: &Source<'_>, name: &str) -> Option<String> {
    source.file().items.iter().find_map(|item| match item {
        Item::ExternCrate(item) if item.ident == name => {
            let (_, alias) = item.rename.as_ref()?;
            (alias != "_").then(|| alias.to_string())
        }
        _ => None,
    })
}

fn is_task(item: &ItemImpl) -> bool {
    let path = item.trait_.as_ref().map(|implemented| &implemented.0);
    path.and_then(|path| path.segments.last())
        .is_some_and(|segment| segment.ident == "Task")
}

fn constant(item: &ItemImpl, name: &str) -> Option<String> {
    item.items.iter().find_map(|item| match item {
        ImplItem::Const(item) if item.ident == name => match &item.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_read() {
        let alias = |text| crate_alias(&Source::parse(text).unwrap(), "my_service");
        assert_eq!(
            alias("extern crate my_service as service;").as_deref(),
            Some("service")
        );
        assert_eq!(alias("extern crate other as service;"), None);
        assert_eq!(alias("extern crate my_service as _;"), None);
        assert_eq!(alias("extern crate my_service;"), None);
    }

    #[test]
    fn names_and_types_are_read() {
        let text = r#"
            pub struct A {}
            impl crate::queue::Task for A { const NAME: &'static str = "do_a"; }
            impl Other for A { const NAME: &'static str = "no"; }
            pub(crate) enum B {}
        "#;
        let found = tasks(&Source::parse(text).unwrap());
        assert_eq!(found.names, ["do_a"]);
        assert_eq!(found.types, ["A", "B"]);
        let found = implementations(&Source::parse(text).unwrap());
        assert_eq!(
            (found[0].ty.as_str(), found[0].line, found.len()),
            ("A", 3, 1)
        );
    }
}
