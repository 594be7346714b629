//! Lists of `mod x;` lines.

use syn::{Item, ItemMod, Visibility};

use super::list::{Entry, insert_line, last_block};
use super::{Edit, EditError, Insert, Result, Source, parse, plain};

/// Adds `mod name;` with a visibility such as `pub `.
///
/// ```text
/// pub mod health;      ->  pub mod health;
/// pub mod tasks;           pub mod reports;
///                          pub mod tasks;
/// ```
pub fn insert_mod(text: &str, visibility: &str, name: &str) -> Result<Edit> {
    let line = format!("{visibility}mod {name};");
    let source = parse(text, &line)?;
    if has_mod(&source, name) {
        return Ok(Edit::Unchanged);
    }
    let key = name.to_owned();
    let block = last_block(&source, declarations(&source, visibility));
    let insert = match insert_line(&source, &block, &key, &line) {
        Some(insert) => insert,
        None if has_macros(&source) => {
            let reason = "no `mod` line found, but a macro that may have some";
            return Err(EditError::new(reason, line));
        }
        None => first_line(&source, &line),
    };
    Edit::checked(&source, vec![insert], &line)
}

/// A module that a file declares or has inline.
#[derive(Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// Whether something stands before it, such as a condition.
    pub has_attributes: bool,
}

/// The modules of a file.
pub fn placed_modules(source: &Source<'_>) -> Vec<Module> {
    let placed = modules(source).map(|module| Module {
        name: plain(&module.ident),
        line: source.line(&module.mod_token),
        has_attributes: !module.attrs.is_empty(),
    });
    placed.collect()
}

/// Whether a macro of the file names what may be a module.
pub fn may_have(source: &Source<'_>, name: &str) -> bool {
    let macros = source.file().items.iter().filter_map(|item| match item {
        Item::Macro(item) if item.ident.is_none() => Some(&item.mac.tokens),
        _ => None,
    });
    let mut tokens = macros.flat_map(|tokens| super::flat(tokens.clone(), Vec::new()));
    tokens.any(|token| token.strip_prefix("r#").unwrap_or(&token) == name)
}

/// Whether the file has a module of that name, declared or inline.
pub fn has_mod(source: &Source<'_>, name: &str) -> bool {
    modules(source).any(|module| plain(&module.ident) == name)
}

/// Whether a module of that name is not the file beside its list: inline, or at a `#[path]`.
pub fn is_elsewhere(source: &Source<'_>, name: &str) -> bool {
    modules(source)
        .filter(|module| plain(&module.ident) == name)
        .any(|module| {
            let has_path = module.attrs.iter().any(|a| a.path().is_ident("path"));
            module.content.is_some() || has_path
        })
}

fn modules<'a>(source: &'a Source<'_>) -> impl Iterator<Item = &'a ItemMod> {
    source.file().items.iter().filter_map(|item| match item {
        Item::Mod(module) => Some(module),
        _ => None,
    })
}

/// The declarations with the wanted visibility, or all if none has it.
fn declarations(source: &Source<'_>, visibility: &str) -> Vec<Entry<String>> {
    let wants_private = visibility.is_empty();
    let fits = |module: &&ItemMod| matches!(module.vis, Visibility::Inherited) == wants_private;
    let declared = || modules(source).filter(|module| module.content.is_none());
    let entry = |module: &ItemMod| Entry {
        key: plain(&module.ident),
        range: source.range(module),
    };
    let fitting: Vec<_> = declared().filter(fits).map(entry).collect();
    if fitting.is_empty() {
        declared().map(entry).collect()
    } else {
        fitting
    }
}

/// Whether the file has items that only a macro knows.
fn has_macros(source: &Source<'_>) -> bool {
    let mut items = source.file().items.iter();
    // One with a name is the definition of a macro.
    items.any(|item| matches!(item, Item::Macro(item) if item.ident.is_none()))
}

/// The first declaration of a file goes above its items, or below its comments.
fn first_line(source: &Source<'_>, line: &str) -> Insert {
    let text = source.text();
    let newline = source.newline();
    if let Some(item) = source.file().items.first() {
        let start = source.range(item).start;
        return source.line_before(start, "", &format!("{line}{newline}"));
    }
    let body = text.trim_start_matches('\u{feff}');
    let gap = if body.is_empty() || body.ends_with("\n\n") || body.ends_with("\r\n\r\n") {
        String::new()
    } else if body.ends_with('\n') {
        newline.to_owned()
    } else {
        newline.repeat(2)
    };
    Insert::new(text.len(), format!("{gap}{line}{newline}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(before: &str, name: &str) -> String {
        insert_mod(before, "pub ", name).unwrap().apply(before)
    }

    #[track_caller]
    fn check(before: &str, name: &str, after: &str) {
        assert_eq!(insert(before, name), after);
        assert_eq!(insert_mod(after, "pub ", name), Ok(Edit::Unchanged));
    }

    #[test]
    fn keeps_sorted_lists_sorted() {
        check(
            "pub mod a;\npub mod c;\n",
            "b",
            "pub mod a;\npub mod b;\npub mod c;\n",
        );
        check("pub mod b;\n", "a", "pub mod a;\npub mod b;\n");
        check("pub mod a;\n", "b", "pub mod a;\npub mod b;\n");
    }

    #[test]
    fn keeps_unsorted_lists_unsorted() {
        check(
            "pub mod b;\npub mod a;\n",
            "c",
            "pub mod b;\npub mod a;\npub mod c;\n",
        );
        check(
            "pub mod c;\npub mod b;\n",
            "a",
            "pub mod c;\npub mod b;\npub mod a;\n",
        );
    }

    #[test]
    fn second_run_changes_nothing() {
        for text in [
            "pub mod a;\n",
            "mod a;\n",
            "pub mod r#a;",
            "mod a { }",
            "#[cfg(unix)]\npub mod a;\n",
        ] {
            assert_eq!(insert_mod(text, "pub ", "a"), Ok(Edit::Unchanged), "{text}");
        }
    }

    #[test]
    fn modules_without_a_file_of_their_own_are_known() {
        let is_elsewhere = |text| is_elsewhere(&Source::parse(text).unwrap(), "a");
        assert!(is_elsewhere("mod a { }"));
        assert!(is_elsewhere("#[path = \"x.rs\"]\npub mod a;"));
        assert!(!is_elsewhere("pub mod a;\nmod b { mod a {} }"));
    }

    #[test]
    fn a_commented_out_line_does_not_count() {
        check(
            "// pub mod b;\n\npub mod a;\n",
            "b",
            "// pub mod b;\n\npub mod a;\npub mod b;\n",
        );
    }

    #[test]
    fn comments_stay_with_their_line() {
        check(
            "pub mod a; // first\n/* of c */\npub mod c; /* last */\n",
            "b",
            "pub mod a; // first\npub mod b;\n/* of c */\npub mod c; /* last */\n",
        );
        check(
            "pub mod a; /* last */\n",
            "b",
            "pub mod a; /* last */\npub mod b;\n",
        );
        check(
            "//! Routes.\n\n// B is great.\npub mod b;\n",
            "a",
            "//! Routes.\n\npub mod a;\n// B is great.\npub mod b;\n",
        );
        check(
            "// Licence\npub mod b;\n",
            "a",
            "// Licence\npub mod a;\npub mod b;\n",
        );
    }

    #[test]
    fn attributes_stay_with_their_item() {
        check(
            "#[cfg(unix)]\npub mod b;\n/// D.\n#[cfg(test)]\npub mod d;\n",
            "c",
            "#[cfg(unix)]\npub mod b;\npub mod c;\n/// D.\n#[cfg(test)]\npub mod d;\n",
        );
        check(
            "#[cfg(unix)]\npub mod b;\n",
            "a",
            "pub mod a;\n#[cfg(unix)]\npub mod b;\n",
        );
    }

    #[test]
    fn line_endings_and_tabs_are_kept() {
        check(
            "pub mod a;\r\npub mod c;\r\n",
            "b",
            "pub mod a;\r\npub mod b;\r\npub mod c;\r\n",
        );
        check("\tpub mod b;\n", "a", "\tpub mod a;\n\tpub mod b;\n");
    }

    #[test]
    fn no_final_newline_stays_none() {
        check("pub mod a;", "b", "pub mod a;\npub mod b;");
    }

    #[test]
    fn a_byte_order_mark_stays_first() {
        check(
            "\u{feff}pub mod b;\n",
            "a",
            "\u{feff}pub mod a;\npub mod b;\n",
        );
        check(
            "\u{feff}pub mod a;\n",
            "b",
            "\u{feff}pub mod a;\npub mod b;\n",
        );
        check("\u{feff}", "a", "\u{feff}pub mod a;\n");
    }

    #[test]
    fn a_list_without_entries_gets_its_first() {
        check("", "a", "pub mod a;\n");
        check("//! Routes.\n", "a", "//! Routes.\n\npub mod a;\n");
        check("//! Routes.", "a", "//! Routes.\n\npub mod a;\n");
        check("//! Routes.\n\n", "a", "//! Routes.\n\npub mod a;\n");
        check("fn x() {}\n", "a", "pub mod a;\n\nfn x() {}\n");
    }

    #[test]
    fn several_on_a_line_are_torn_apart_where_needed() {
        check(
            "pub mod a; pub mod c;\n",
            "b",
            "pub mod a;\npub mod b; pub mod c;\n",
        );
    }

    #[test]
    fn the_last_block_is_extended() {
        check(
            "pub mod x;\npub mod y;\n\npub mod a;\npub mod c;\n",
            "b",
            "pub mod x;\npub mod y;\n\npub mod a;\npub mod b;\npub mod c;\n",
        );
    }

    #[test]
    fn private_lists_get_private_lines() {
        let before = "mod a;\npub mod b;\nmod d;\n";
        let edit = insert_mod(before, "", "c").unwrap();
        assert_eq!(edit.apply(before), "mod a;\nmod c;\npub mod b;\nmod d;\n");
    }

    #[test]
    fn a_line_does_not_get_into_a_comment_or_a_text() {
        check(
            "/*\n// c */\nmod b;\n",
            "a",
            "/*\n// c */\npub mod a;\nmod b;\n",
        );
        check(
            "pub mod a; /* a /* b */\n*/ pub mod c;\n",
            "b",
            "pub mod a;\npub mod b; /* a /* b */\n*/ pub mod c;\n",
        );
        check(
            "pub mod a; /// About c.\npub mod c;\n",
            "b",
            "pub mod a;\npub mod b; /// About c.\npub mod c;\n",
        );
    }

    #[test]
    fn a_macro_may_have_modules() {
        let text = "// b\nmod a;\nmodules! { pub mod b; group(c, r#type) }\n\
                    macro_rules! m { () => { d } }\n";
        let source = Source::parse(text).unwrap();
        let names = ["a", "b", "c", "d", "type"].map(|name| may_have(&source, name));
        assert_eq!(names, [false, true, true, false, true]);
    }

    #[test]
    fn names_the_line_to_add() {
        let error = insert_mod("pub mod {", "pub ", "a").unwrap_err();
        assert_eq!(error.line, "pub mod a;");
        assert!(
            error.reason.starts_with("not valid Rust"),
            "{}",
            error.reason
        );
    }
}
