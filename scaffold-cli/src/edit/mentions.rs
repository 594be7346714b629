//! Finds where a file names something; changes nothing.

use proc_macro2::{TokenStream, TokenTree};

use super::Source;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A type, which is a word of its own everywhere.
    Type(String),
    /// A module, which stands in paths and imports.
    Module(String),
    /// A table of `schema.rs`, which stands in paths and imports too, also as their last part.
    Table(String),
    /// A column, behind its table.
    Column(String, String),
}

impl Wanted {
    /// The word that a file has to have.
    pub fn word(&self) -> &str {
        match self {
            Self::Type(name) | Self::Module(name) | Self::Table(name) => name,
            Self::Column(_, name) => name,
        }
    }
}

/// The lines of a file that name it, from 1; none if the file does not parse.
pub fn mentions(text: &str, wanted: &Wanted) -> Vec<usize> {
    let text = text.trim_start_matches('\u{feff}');
    // What is nested too deep must not be followed.
    let tokens = Source::parse(text).ok().and_then(|_| text.parse().ok());
    let mut lines = Vec::new();
    collect(tokens.unwrap_or_default(), wanted, false, &mut lines);
    lines.dedup();
    lines
}

fn collect(tokens: TokenStream, wanted: &Wanted, mut in_use: bool, lines: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), wanted, in_use, lines),
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
            TokenTree::Ident(ident) if ident == "use" => in_use = true,
            TokenTree::Ident(ident) => {
                let is_path = is_colon(at + 1) && is_colon(at + 2);
                let is_below = |module: &str| {
                    let above = at.checked_sub(3).and_then(|above| tokens.get(above));
                    let is_it = matches!(above, Some(TokenTree::Ident(above)) if above == module);
                    is_it && is_colon(at - 1) && is_colon(at - 2)
                };
                let found = match wanted {
                    Wanted::Type(_) => true,
                    Wanted::Module(_) => is_path || in_use,
                    Wanted::Table(_) => is_path || in_use || is_below("schema"),
                    Wanted::Column(table, _) => is_below(table),
                };
                if ident == wanted.word() && found {
                    lines.push(ident.span().start().line);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_in_paths_and_imports() {
        let text = "use crate::routes::{reports, a};\nlet reports = 1;\nfn f() {\n    \
                    reports::x(reports);\n}\n// reports::y\n";
        let text = format!("fn g() {{ {text} }}");
        assert_eq!(
            mentions(&text, &Wanted::Module("reports".to_owned())),
            [1, 4]
        );
    }

    #[test]
    fn tables_and_columns_are_found_behind_what_they_belong_to() {
        let text = "use crate::schema::users;\n#[diesel(table_name = crate::schema::users)]\n\
                    struct A { users: u8 }\nfn f() {\n    users::table.select(users::note);\n    \
                    other::note;\n    let note = users;\n}\n";
        assert_eq!(
            mentions(text, &Wanted::Table("users".to_owned())),
            [1, 2, 5]
        );
        assert_eq!(
            mentions(text, &Wanted::Column("users".to_owned(), "note".to_owned())),
            [5]
        );
    }

    #[test]
    fn types_are_found_everywhere() {
        let text = "fn f() { A {}; b::A(c!(A)); }\nstruct B;\n";
        assert_eq!(mentions(text, &Wanted::Type("A".to_owned())), [1]);
        assert_eq!(mentions(text, &Wanted::Type("B".to_owned())), [2]);
        assert_eq!(
            mentions("not rust (", &Wanted::Type("B".to_owned())),
            [0; 0]
        );
    }
}
