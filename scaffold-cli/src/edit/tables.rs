//! Reads the tables of `schema.rs`; changes nothing.

use proc_macro2::TokenTree;
use syn::Item;

use super::Source;

/// The names in `diesel::table! { users (id) { .. } }`.
pub fn tables(source: &Source<'_>) -> Vec<String> {
    let table = |item: &Item| {
        let Item::Macro(item) = item else {
            return None;
        };
        if item.mac.path.segments.last()?.ident != "table" {
            return None;
        }
        // Attributes and `use` lines may stand in front; the key follows the name.
        let tokens: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
        tokens.windows(2).find_map(|pair| match pair {
            [TokenTree::Ident(name), TokenTree::Group(_)] => Some(name.to_string()),
            _ => None,
        })
    };
    source.file().items.iter().filter_map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read() {
        let text = "diesel::table! { use diesel::sql_types::*; users (id) { id -> Text, } }\n\
                    table! { #[sql_name = \"x\"] posts (id) { id -> Text, } }\n\
                    diesel::joinable!(posts -> users (user_id));";
        assert_eq!(tables(&Source::parse(text).unwrap()), ["users", "posts"]);
    }
}
