//! Reads the tables of `schema.rs`; changes nothing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Item, Visibility};

use super::Source;

/// A table of `schema.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name in the database.
    pub name: String,
    /// The names of its columns in the database.
    pub columns: Vec<String>,
    /// The line of its macro, from 1.
    pub line: usize,
}

/// The names in `diesel::table! { users (id) { .. } }`.
pub fn tables(source: &Source<'_>) -> Vec<String> {
    let tables = described(source).into_iter();
    tables.map(|table| table.name).collect()
}

/// The tables with their columns.
pub fn described(source: &Source<'_>) -> Vec<Table> {
    let table = |item: &Item| {
        let Item::Macro(item) = item else {
            return None;
        };
        if item.mac.path.segments.last()?.ident != "table" {
            return None;
        }
        // Attributes and `use` lines may stand in front; the key follows the name.
        let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
        let at = tokens.windows(2).position(|pair| {
            matches!(pair, [TokenTree::Ident(_), TokenTree::Group(group)]
                if group.delimiter() == Delimiter::Parenthesis)
        })?;
        let columns = tokens[at..].iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                Some(group.stream())
            }
            _ => None,
        });
        Some(Table {
            name: sql_name(&tokens[..at]).unwrap_or_else(|| plain(&tokens[at])),
            columns: columns.map(columns_of).unwrap_or_default(),
            line: source.line(&item.mac.path),
        })
    };
    source.file().items.iter().filter_map(table).collect()
}

/// Whether a file may have tables in a form that is not read: from another file, or in a macro of
/// its owner.
pub fn may_have_more(source: &Source<'_>) -> bool {
    const KNOWN: [&str; 4] = [
        "table",
        "joinable",
        "allow_tables_to_appear_in_same_query",
        "allow_columns_to_appear_in_same_group_by_clause",
    ];
    source.file().items.iter().any(|item| match item {
        Item::Macro(item) if item.ident.is_none() => {
            let name = item.mac.path.segments.last();
            name.is_none_or(|name| KNOWN.iter().all(|known| name.ident != known))
        }
        Item::Mod(item) => item.content.is_none(),
        Item::Use(item) => !matches!(item.vis, Visibility::Inherited),
        _ => false,
    })
}

/// The names in `id -> Text, #[sql_name = "type"] kind -> Text`.
fn columns_of(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let mut columns = Vec::new();
    let mut from = 0;
    for at in 0..tokens.len() {
        if is(at + 1, '-') && is(at + 2, '>') {
            columns.push(sql_name(&tokens[from..at]).unwrap_or_else(|| plain(&tokens[at])));
            from = at + 3;
        }
    }
    columns
}

/// What `#[sql_name = "type"]` says, if it is there.
fn sql_name(tokens: &[TokenTree]) -> Option<String> {
    tokens.iter().find_map(|token| {
        let TokenTree::Group(group) = token else {
            return None;
        };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        match inner.as_slice() {
            [
                TokenTree::Ident(key),
                TokenTree::Punct(_),
                TokenTree::Literal(name),
            ] if key == "sql_name" => Some(name.to_string().trim_matches('"').to_owned()),
            _ => None,
        }
    })
}

fn plain(token: &TokenTree) -> String {
    let name = token.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let text = "diesel::table! { use diesel::sql_types::*; users (id) { id -> Text, } }\n\
                    table! { #[sql_name = \"x\"] posts (id) { id -> Text, } }\n\
                    diesel::joinable!(posts -> users (user_id));";
        let source = Source::parse(text).unwrap();
        assert_eq!(tables(&source), ["users", "x"]);
    }

    #[test]
    fn what_is_not_read_may_be_tables() {
        let may_have_more = |text| may_have_more(&Source::parse(text).unwrap());
        for text in [
            "tables! {}",
            "mod billing;",
            "pub use billing::*;",
            "include!(\"x\");",
        ] {
            assert!(may_have_more(text), "{text}");
        }
        let text = "use diesel::table;\npub mod sql_types {}\ntable! { a (id) { id -> Text, } }\n\
                    diesel::joinable!(a -> b (c));\nmacro_rules! x { () => {} }\n";
        assert!(!may_have_more(text));
    }

    #[test]
    fn columns_are_read() {
        let text = "table! {\n    a (id) {\n        id -> Nullable<Text>,\n        r#fn -> Text,\n        \
                    #[sql_name = \"type\"]\n        #[max_length = 3]\n        kind -> Text,\n    }\n}\n";
        let found = described(&Source::parse(text).unwrap());
        assert_eq!(found[0].columns, ["id", "fn", "type"]);
    }
}
