//! `use` lines: re-exports and imports.

use syn::{Item, ItemUse, UseTree, Visibility};

use super::list::{Entry, insert_line, last_block};
use super::order::PathKey;
use super::{Edit, EditError, Insert, Result, Source, parse, plain};

mod braces;
mod import;

pub(super) use braces::MAX_LINE;
pub use import::{Import, WhenAbsent, defines, import, is_bound};

/// Adds `pub use module::Type;` to the re-exports of a file, below its `mod` lines.
///
/// ```text
/// pub use add_one_year::AddOneYear;  ->  pub use add_one_year::AddOneYear;
///                                        pub use send_report::SendReport;
/// ```
pub fn insert_reexport(text: &str, module: &str, ty: &str) -> Result<Edit> {
    insert_reexports(text, "pub ", module, &[ty])
}

/// Adds `pub use module::{A, B};` with a visibility such as `pub `, for what is not there yet.
pub fn insert_reexports(
    text: &str,
    visibility: &str,
    module: &str,
    types: &[&str],
) -> Result<Edit> {
    let plain = line(visibility, module, types);
    let source = parse(text, &plain)?;
    let is_new = |ty: &&&str| !uses(&source).any(|item| reexports(item, module, ty));
    let types: Vec<&str> = types.iter().filter(is_new).copied().collect();
    if types.is_empty() {
        return Ok(Edit::Unchanged);
    }
    let entries: Vec<_> = uses(&source)
        .filter(|item| !matches!(item.vis, Visibility::Inherited))
        .filter_map(|item| entry(&source, item))
        .collect();
    let line = match entries.iter().any(|(_, with_self)| *with_self) {
        true => line(visibility, &format!("self::{module}"), &types),
        false => line(visibility, module, &types),
    };
    let line = line.replace('\n', source.newline());
    let entries = entries.into_iter().map(|(entry, _)| entry).collect();
    let block = last_block(&source, entries);
    let last = types.first().copied().filter(|_| types.len() == 1);
    let key = PathKey(vec![module.to_owned(), last.unwrap_or(GROUP).to_owned()]);
    let insert = insert_line(&source, &block, &key, &line)
        .or_else(|| below_modules(&source, &line))
        .ok_or_else(|| EditError::new("no `mod` or `pub use` line found", &line))?;
    Edit::checked(&source, vec![insert], &line)
}

/// What the imports of a file call other things: each name with the path that it stands for. The
/// name of a module whose content all is in scope is `*`.
pub fn bindings(source: &Source<'_>) -> Vec<(String, Vec<String>)> {
    let mut bindings = Vec::new();
    for item in uses(source) {
        each_leaf(&item.tree, &mut Vec::new(), &mut |leaf| {
            let name = match &leaf.kind {
                LeafKind::Glob => Some("*".to_owned()),
                LeafKind::Alias(alias) => Some(alias.clone()),
                LeafKind::Name => leaf.path.last().cloned(),
            };
            bindings.extend(name.map(|name| (name, leaf.path.to_vec())));
        });
    }
    bindings
}

/// What a list in braces is sorted as: behind every name.
const GROUP: &str = "\u{10ffff}";

fn line(visibility: &str, module: &str, types: &[&str]) -> String {
    let start = format!("{visibility}use {module}::");
    match types {
        [only] => format!("{start}{only};"),
        _ => braced(&start, types),
    }
}

/// `use a::{B, C};`, filled up line by line where it is long, as rustfmt does.
pub fn braced(start: &str, names: &[&str]) -> String {
    const MAX_WIDTH: usize = 100;
    let line = format!("{start}{{{}}};", names.join(", "));
    // rustfmt leaves room for one more.
    if line.len() < MAX_WIDTH - 1 {
        return line;
    }
    let mut lines = vec![String::from("   ")];
    for (index, name) in names.iter().enumerate() {
        let is_last = index + 1 == names.len();
        let fits = |line: &String| line.len() + name.len() + 2 < MAX_WIDTH + usize::from(is_last);
        match lines.last_mut().filter(|line| fits(line)) {
            Some(last) => last.push_str(&format!(" {name},")),
            None => lines.push(format!("    {name},")),
        }
    }
    format!("{start}{{\n{}\n}};", lines.join("\n"))
}

fn uses<'a>(source: &'a Source<'_>) -> impl Iterator<Item = &'a ItemUse> {
    source.file().items.iter().filter_map(|item| match item {
        Item::Use(item) => Some(item),
        _ => None,
    })
}

/// A `pub use` of something in a module of this file, and whether it says `self::`.
fn entry(source: &Source<'_>, item: &ItemUse) -> Option<(Entry<PathKey>, bool)> {
    let mut path = Vec::new();
    let mut tree = &item.tree;
    loop {
        match tree {
            UseTree::Path(next) => {
                path.push(next.ident.to_string());
                tree = &next.tree;
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                break;
            }
            UseTree::Group(_) => {
                path.push(GROUP.to_owned());
                break;
            }
            _ => break,
        }
    }
    let with_self = path.first().is_some_and(|first| first == "self");
    if with_self {
        path.remove(0);
    }
    let range = source.range(item);
    let key = PathKey(path);
    (key.0.len() > 1).then_some((Entry { key, range }, with_self))
}

fn reexports(item: &ItemUse, module: &str, ty: &str) -> bool {
    let mut found = false;
    each_leaf(&item.tree, &mut Vec::new(), &mut |leaf| {
        let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
        found |= match leaf.kind {
            LeafKind::Glob => path.ends_with(&[module]),
            LeafKind::Name | LeafKind::Alias(_) => path.ends_with(&[module, ty]),
        };
    });
    found
}

fn below_modules(source: &Source<'_>, line: &str) -> Option<Insert> {
    let last = source
        .file()
        .items
        .iter()
        .rfind(|item| matches!(item, Item::Mod(module) if module.content.is_none()))?;
    let line = format!("{}{line}", source.newline());
    Some(source.line_after(source.range(last).end, "", &line))
}

/// One name that a `use` item brings into scope.
struct Leaf<'a> {
    path: &'a [String],
    kind: LeafKind,
}

enum LeafKind {
    Name,
    Alias(String),
    Glob,
}

/// Calls `visit` for every name that a tree brings into scope.
fn each_leaf(tree: &UseTree, prefix: &mut Vec<String>, visit: &mut impl FnMut(Leaf<'_>)) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(plain(&path.ident));
            each_leaf(&path.tree, prefix, visit);
            prefix.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                each_leaf(tree, prefix, visit);
            }
        }
        UseTree::Glob(_) => visit(Leaf {
            path: prefix,
            kind: LeafKind::Glob,
        }),
        UseTree::Name(name) => visit_name(plain(&name.ident), LeafKind::Name, prefix, visit),
        UseTree::Rename(name) => {
            let alias = LeafKind::Alias(plain(&name.rename));
            visit_name(plain(&name.ident), alias, prefix, visit);
        }
    }
}

fn visit_name(
    name: String,
    kind: LeafKind,
    prefix: &mut Vec<String>,
    visit: &mut impl FnMut(Leaf<'_>),
) {
    // `use a::{self}` brings `a` itself into scope.
    let pushed = name != "self" || prefix.is_empty();
    if pushed {
        prefix.push(name);
    }
    visit(Leaf { path: prefix, kind });
    if pushed {
        prefix.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let edit = insert_reexport(before, "b", "B").unwrap();
        assert_eq!(edit.apply(before), after);
        assert_eq!(insert_reexport(after, "b", "B"), Ok(Edit::Unchanged));
    }

    #[test]
    fn keeps_sorted_lists_sorted() {
        check(
            "mod a;\n\npub use a::A;\npub use c::C;\n",
            "mod a;\n\npub use a::A;\npub use b::B;\npub use c::C;\n",
        );
        check("pub use c::C;\n", "pub use b::B;\npub use c::C;\n");
    }

    #[test]
    fn keeps_unsorted_lists_unsorted() {
        check(
            "pub use c::C;\npub use a::A;\n",
            "pub use c::C;\npub use a::A;\npub use b::B;\n",
        );
    }

    #[test]
    fn follows_the_self_spelling() {
        check(
            "pub use self::a::A;\r\n",
            "pub use self::a::A;\r\npub use self::b::B;\r\n",
        );
    }

    #[test]
    fn private_imports_are_another_list() {
        check(
            "use crate::queue::TaskList;\n\npub use a::A;\n",
            "use crate::queue::TaskList;\n\npub use a::A;\npub use b::B;\n",
        );
    }

    #[test]
    fn a_file_without_re_exports_gets_its_first() {
        check(
            "mod b; // b\n\nfn x() {}\n",
            "mod b; // b\n\npub use b::B;\n\nfn x() {}\n",
        );
    }

    #[test]
    fn other_spellings_count_as_re_exported() {
        for text in [
            "pub use self::b::B;",
            "pub use b::{A, B};",
            "pub use {a::A, b::B as C};",
            "pub use b::*;",
        ] {
            assert_eq!(
                insert_reexport(text, "b", "B"),
                Ok(Edit::Unchanged),
                "{text}"
            );
        }
    }

    #[test]
    fn names_the_line_to_add() {
        let error = insert_reexport("fn x() {}", "b", "B").unwrap_err();
        assert_eq!(error.line, "pub use b::B;");
    }
}
