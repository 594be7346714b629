//! Finds a place with the syntax tree and changes the text with a splice.
//!
//! Every function takes the text of a file and answers what to insert where. What is not inserted
//! stays byte for byte as it was.

use std::fmt;

use proc_macro2::{TokenStream, TokenTree};

pub mod call_chain;
pub mod call_list;
pub mod generated;
pub mod handlers;
#[cfg(any(test, feature = "invariants"))]
pub mod invariants;
pub mod items;
mod list;
pub mod mentions;
pub mod mod_list;
pub mod models;
pub mod order;
#[cfg(test)]
mod properties;
pub mod removal;
pub mod schedules;
pub mod schema;
mod source;
pub mod tables;
pub mod tasks;
mod text;
pub mod use_list;
pub mod variables;

pub use source::Source;
pub use text::Insert;

/// What to do with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The line is there already.
    Unchanged,
    /// Text to put between bytes of the file.
    Insert(Vec<Insert>),
}

impl Edit {
    /// The text after the edit.
    pub fn apply(&self, source: &str) -> String {
        match self {
            Self::Unchanged => source.to_owned(),
            Self::Insert(inserts) => text::apply(source, inserts),
        }
    }

    /// Turns inserts into an edit, if the file still parses with them.
    fn checked(source: &Source<'_>, mut inserts: Vec<Insert>, line: &str) -> Result<Self> {
        text::sort(&mut inserts);
        let edit = Self::Insert(inserts);
        match Source::parse(&edit.apply(source.text())) {
            Ok(_) => Ok(edit),
            Err(_) => Err(EditError::new("no place found that keeps it valid", line)),
        }
    }
}

/// A file in which the place could not be recognised; it must not be touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditError {
    /// What was looked for, or what is wrong.
    pub reason: String,
    /// The exact line to add by hand.
    pub line: String,
}

impl EditError {
    pub(crate) fn new(reason: impl Into<String>, line: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            line: line.into(),
        }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; add this line yourself: {}", self.reason, self.line)
    }
}

impl std::error::Error for EditError {}

/// The result of looking for a place.
pub type Result<T> = std::result::Result<T, EditError>;

/// Parses a file, or says which line could not be added because it does not parse.
fn parse<'a>(text: &'a str, line: &str) -> Result<Source<'a>> {
    Source::parse(text).map_err(|reason| EditError::new(reason, line))
}

/// Whether a file has this code, wherever that is: in a macro or in a chain of another form, too.
pub fn has_code(text: &str, code: &str) -> bool {
    // What is nested too deep must not be followed.
    if Source::parse(text).is_err() {
        return false;
    }
    let tokens = |text: &str| {
        let stream: Option<TokenStream> = text.parse().ok();
        stream.map(|stream| flat(stream, Vec::new()))
    };
    match (tokens(text.trim_start_matches('\u{feff}')), tokens(code)) {
        (Some(all), Some(wanted)) if !wanted.is_empty() => {
            all.windows(wanted.len()).any(|part| part == wanted)
        }
        _ => false,
    }
}

/// The tokens in their order, those in brackets too.
fn flat(stream: TokenStream, mut tokens: Vec<String>) -> Vec<String> {
    for token in stream {
        match token {
            TokenTree::Group(group) => {
                tokens.push(format!("{:?}", group.delimiter()));
                tokens = flat(group.stream(), tokens);
                tokens.push("end".to_owned());
            }
            token => tokens.push(token.to_string()),
        }
    }
    tokens
}

/// Whether there is a condition under which something is not compiled.
fn has_cfg(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg"))
}

/// Whether an attribute is `#[cfg(test)]`.
fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    let argument = attribute.parse_args::<syn::Path>();
    attribute.path().is_ident("cfg") && argument.is_ok_and(|path| path.is_ident("test"))
}

/// A name without the mark of a raw identifier.
fn plain(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_wherever_it_is_but_not_in_texts() {
        let text = "\u{feff}// mod a;\nall! { pub mod b ; }\nfn f() { x.routes(routes!(c::d,)) }\n\
                    const E: &str = \"mod e;\";\n";
        for code in ["pub mod b;", "mod b;", ".routes(routes!(c", "c::d"] {
            assert_eq!(has_code(text, code), !code.contains("(c"), "{code}");
        }
        for code in ["mod a;", "mod e;", "routes!(c::d)", ""] {
            assert!(!has_code(text, code), "{code}");
        }
        assert!(!has_code("mod a; (", "mod a;"));
    }
}
