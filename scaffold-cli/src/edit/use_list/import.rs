//! Bringing a name into scope.

use syn::spanned::Spanned;
use syn::{Item, ItemUse, UseTree};

use super::braces;
use super::{LeafKind, each_leaf, uses};
use crate::edit::list::{Entry, insert_line};
use crate::edit::order::PathKey;
use crate::edit::{Edit, Insert, Result, Source, parse, plain};

/// What to do if no import list of the wanted module is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenAbsent {
    /// Name the item by its full path.
    FullPath,
    /// Add a `use` line of its own.
    AddLine,
}

/// How to name an item in a file, and the edit that makes this name work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// What to insert.
    pub edit: Edit,
    /// The path to write.
    pub spelling: String,
}

impl Import {
    fn unchanged(spelling: impl Into<String>) -> Self {
        Self {
            edit: Edit::Unchanged,
            spelling: spelling.into(),
        }
    }
}

/// Brings `path` into scope: extends the list of its module, or names it by its full path.
///
/// ```text
/// use crate::routes::{health, tasks};  ->  use crate::routes::{health, reports, tasks};
/// ```
pub fn import(text: &str, path: &[&str], when_absent: WhenAbsent) -> Result<Import> {
    let full = path.join("::");
    let source = parse(text, &format!("use {full};"))?;
    let Some((name, module)) = path.split_last() else {
        return Ok(Import::unchanged(full));
    };
    if let Some(spelling) = in_scope(&source, path) {
        return Ok(Import::unchanged(spelling));
    }
    // Also by a line that holds under a condition: a second one would not compile where that does.
    if is_bound(&source, name) {
        return Ok(Import::unchanged(full));
    }
    let line = format!("use {full};");
    let extended = plain_uses(&source).filter_map(|item| extend(&source, item, module, name));
    let added = match when_absent {
        WhenAbsent::FullPath => None,
        WhenAbsent::AddLine => new_line(&source, path).map(|insert| vec![insert]),
    };
    for inserts in extended.chain(added) {
        let Ok(edit) = Edit::checked(&source, inserts, &line) else {
            continue;
        };
        // Whatever stands around it, the name has to work.
        if in_scope(&parse(&edit.apply(text), &line)?, path).is_some() {
            return Ok(Import {
                edit,
                spelling: (*name).to_owned(),
            });
        }
    }
    Ok(Import::unchanged(full))
}

/// A way to write a path that works already.
fn in_scope(source: &Source<'_>, path: &[&str]) -> Option<String> {
    let mut direct = None;
    let mut through_module = None;
    let mut taken = false;
    let (name, module) = path.split_last()?;
    for item in plain_uses(source) {
        each_leaf(&item.tree, &mut Vec::new(), &mut |leaf| {
            let bound = match &leaf.kind {
                LeafKind::Glob if leaf.path == module => Some(*name),
                LeafKind::Glob => None,
                LeafKind::Alias(alias) => Some(alias.as_str()),
                LeafKind::Name => leaf.path.last().map(String::as_str),
            };
            let Some(bound) = bound.filter(|bound| *bound != "_") else {
                return;
            };
            if leaf.path == path || matches!(leaf.kind, LeafKind::Glob) {
                direct = Some(bound.to_owned());
            } else if leaf.path == module {
                through_module = Some(format!("{bound}::{name}"));
            } else if bound == *name {
                taken = true;
            }
        });
    }
    direct.or(if taken { None } else { through_module })
}

/// The `use` items that hold under every condition.
fn plain_uses<'a>(source: &'a Source<'_>) -> impl Iterator<Item = &'a ItemUse> {
    uses(source).filter(|item| item.attrs.is_empty() && item.leading_colon.is_none())
}

/// Whether a file defines or imports something of that name.
pub fn is_bound(source: &Source<'_>, name: &str) -> bool {
    let mut imported = false;
    for item in uses(source) {
        each_leaf(&item.tree, &mut Vec::new(), &mut |leaf| {
            imported |= match &leaf.kind {
                LeafKind::Glob => false,
                LeafKind::Alias(alias) => alias == name,
                LeafKind::Name => leaf.path.last().is_some_and(|last| last == name),
            };
        });
    }
    imported || defines(source, name)
}

/// Whether a file defines something of that name.
pub fn defines(source: &Source<'_>, name: &str) -> bool {
    source.file().items.iter().any(|item| {
        let ident = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Mod(item) => &item.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            _ => return false,
        };
        ident == name
    })
}

/// Extends the import of something else from the same module, in whatever list that is.
fn extend(source: &Source<'_>, item: &ItemUse, module: &[&str], name: &str) -> Option<Vec<Insert>> {
    let (tree, is_nested) = below(&item.tree, module, false)?;
    let range = source.range(item);
    let is_one_line = !source.text()[range].contains('\n');
    match tree {
        UseTree::Group(group) if is_nested => braces::insert_nested(source, group, name),
        UseTree::Group(group) => braces::insert(source, item, group, name),
        // rustfmt leaves no list on one line that has a list in it.
        UseTree::Name(_) | UseTree::Rename(_) if is_nested && is_one_line => None,
        UseTree::Name(_) | UseTree::Rename(_) => braces::wrap(source, tree, name),
        _ => None,
    }
}

/// What a tree has of a module, and whether that is in a list.
fn below<'t>(tree: &'t UseTree, module: &[&str], is_nested: bool) -> Option<(&'t UseTree, bool)> {
    let Some((first, rest)) = module.split_first() else {
        return Some((tree, is_nested));
    };
    match tree {
        UseTree::Path(path) if path.ident == first => below(&path.tree, rest, is_nested),
        UseTree::Group(group) => {
            let mut trees = group.items.iter();
            trees.find_map(|tree| below(tree, module, true))
        }
        _ => None,
    }
}

/// A `use` line of its own among those of the same crate.
fn new_line(source: &Source<'_>, path: &[&str]) -> Option<Insert> {
    let local = path.first() == Some(&"crate");
    let entries: Vec<_> = plain_uses(source)
        .filter_map(|item| {
            let mut key = Vec::new();
            first_path(&item.tree, &mut key);
            let range = source.range(&item.span());
            let fits = key.first().is_some_and(|first| (first == "crate") == local);
            fits.then_some(Entry {
                key: PathKey(key),
                range,
            })
        })
        .collect();
    let key = PathKey(path.iter().map(|&segment| segment.to_owned()).collect());
    insert_line(source, &entries, &key, &format!("use {};", path.join("::")))
}

fn first_path(tree: &UseTree, path: &mut Vec<String>) {
    match tree {
        UseTree::Path(next) => {
            path.push(plain(&next.ident));
            first_path(&next.tree, path);
        }
        UseTree::Name(name) => path.push(plain(&name.ident)),
        // Lists come after everything else of their module.
        _ => path.push("\u{10ffff}".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORTS: [&str; 3] = ["crate", "routes", "reports"];

    #[track_caller]
    fn check(before: &str, spelling: &str, after: &str) {
        check_with(before, WhenAbsent::FullPath, spelling, after);
    }

    #[track_caller]
    fn check_with(before: &str, when_absent: WhenAbsent, spelling: &str, after: &str) {
        let import = import(before, &REPORTS, when_absent).unwrap();
        assert_eq!(import.edit.apply(before), after);
        assert_eq!(import.spelling, spelling);
        let again = super::import(after, &REPORTS, when_absent).unwrap();
        assert_eq!(again, Import::unchanged(spelling));
    }

    #[test]
    fn extends_the_list_in_order() {
        check(
            "use crate::routes::{health, tasks};\n",
            "reports",
            "use crate::routes::{health, reports, tasks};\n",
        );
        check(
            "use crate::routes::{tasks, health};\n",
            "reports",
            "use crate::routes::{tasks, health, reports};\n",
        );
        check(
            "use crate::routes::{self};\n",
            "routes::reports",
            "use crate::routes::{self};\n",
        );
    }

    #[test]
    fn lists_in_lists_are_extended() {
        check(
            "use crate::{\n    app,\n    routes::{health, tasks},\n};\n",
            "reports",
            "use crate::{\n    app,\n    routes::{health, reports, tasks},\n};\n",
        );
        check(
            "use crate::{\r\n\troutes::{\r\n\t\thealth,\r\n\t\ttasks, // all\r\n\t},\r\n};\r\n",
            "reports",
            "use crate::{\r\n\troutes::{\r\n\t\thealth,\r\n\t\treports,\r\n\t\ttasks, // all\r\n\t},\r\n};\r\n",
        );
        check(
            "use crate::{routes::{health}, app};\n",
            "reports",
            "use crate::{routes::{health, reports}, app};\n",
        );
        check(
            "use {\n    crate::routes::health,\n    std::fmt,\n};\n",
            "reports",
            "use {\n    crate::routes::{health, reports},\n    std::fmt,\n};\n",
        );
    }

    #[test]
    fn a_list_in_a_list_that_would_have_to_move_stays() {
        let long = format!(
            "use crate::{{\n    routes::{{health, {}}},\n}};\n",
            "z".repeat(70)
        );
        for text in [
            "use crate::{app, routes::health};\n",
            "use crate::{app, models::{health, tasks}};\n",
            long.as_str(),
        ] {
            check(text, "crate::routes::reports", text);
            check_with(
                text,
                WhenAbsent::AddLine,
                "reports",
                &format!("use crate::routes::reports;\n{text}"),
            );
        }
    }

    #[test]
    fn a_single_import_becomes_a_list() {
        check(
            "use crate::routes::tasks;\n",
            "reports",
            "use crate::routes::{reports, tasks};\n",
        );
        check(
            "use crate::routes::health as h; // note\r\n",
            "reports",
            "use crate::routes::{health as h, reports}; // note\r\n",
        );
    }

    #[test]
    fn what_is_in_scope_already_is_used() {
        for (text, spelling) in [
            ("use crate::routes::{health, reports};", "reports"),
            ("use crate::{app, routes::{reports as r}};", "r"),
            ("use crate::routes::*;", "reports"),
            ("use crate::routes;", "routes::reports"),
            ("use crate::{routes as all};", "all::reports"),
        ] {
            check(text, spelling, text);
        }
    }

    #[test]
    fn a_name_that_means_something_else_is_avoided() {
        for text in [
            "use crate::models::reports;\nuse crate::routes::{health};\n",
            "use crate::routes::health;\nmod reports;\n",
            "use crate::routes::health;\nfn reports() {}\n",
        ] {
            check(text, "crate::routes::reports", text);
        }
    }

    #[test]
    fn a_name_is_imported_once_whatever_stands_above_it() {
        for text in [
            "use crate::app;\n#[cfg(unix)]\nuse crate::routes::reports;\n",
            "use crate::routes::health;\n#[allow(unused_imports)]\nuse crate::routes::{reports};\n",
            "use crate::app;\nuse ::other::reports;\n",
        ] {
            check(text, "crate::routes::reports", text);
            check_with(text, WhenAbsent::AddLine, "crate::routes::reports", text);
        }
    }

    #[test]
    fn bound_names_are_defined_or_imported() {
        let is_bound = |text| is_bound(&Source::parse(text).unwrap(), "A");
        for text in [
            "struct A;",
            "enum A {}",
            "type A = u8;",
            "union A { a: u8 }",
            "use b::A;",
            "use b::{c::B as A};",
        ] {
            assert!(is_bound(text), "{text}");
        }
        assert!(!is_bound("use A::B; use c::*; mod a { struct A; }"));
    }

    #[test]
    fn unknown_shapes_use_the_full_path() {
        for text in [
            "",
            "fn x() {}\n",
            "#[cfg(unix)]\nuse crate::routes::{health};\n",
            "use ::routes::{health};\n",
            "use super::routes::{health};\n",
        ] {
            check(text, "crate::routes::reports", text);
        }
    }

    #[test]
    fn adds_a_line_where_asked_to() {
        check_with(
            "use axum::Json;\n\nuse crate::app::App;\nuse crate::time::Now;\n",
            WhenAbsent::AddLine,
            "reports",
            "use axum::Json;\n\nuse crate::app::App;\nuse crate::routes::reports;\nuse crate::time::Now;\n",
        );
        check_with(
            "fn x() {}\n",
            WhenAbsent::AddLine,
            "crate::routes::reports",
            "fn x() {}\n",
        );
    }

    #[test]
    fn a_doc_comment_behind_a_line_stays_with_what_follows() {
        check_with(
            "use crate::a; /// Text.\nuse crate::routes::{};\n",
            WhenAbsent::AddLine,
            "reports",
            "use crate::a;\nuse crate::routes::reports; /// Text.\nuse crate::routes::{};\n",
        );
    }
}
