//! Finds where a file names something; changes nothing.

use proc_macro2::{TokenStream, TokenTree};

use super::Source;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// A type, which is a word of its own everywhere.
    Type(&'a str),
    /// A module, which stands in paths and imports.
    Module(&'a str),
}

/// The lines of a file that name it, from 1; none if the file does not parse.
pub fn mentions(text: &str, wanted: Wanted<'_>) -> Vec<usize> {
    let text = text.trim_start_matches('\u{feff}');
    // What is nested too deep must not be followed.
    let tokens = Source::parse(text).ok().and_then(|_| text.parse().ok());
    let mut lines = Vec::new();
    collect(tokens.unwrap_or_default(), wanted, false, &mut lines);
    lines.dedup();
    lines
}

fn collect(tokens: TokenStream, wanted: Wanted<'_>, mut in_use: bool, lines: &mut Vec<usize>) {
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
                let found = match wanted {
                    Wanted::Type(name) => ident == name,
                    Wanted::Module(name) => ident == name && (is_path || in_use),
                };
                if found {
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
        assert_eq!(mentions(&text, Wanted::Module("reports")), [1, 4]);
    }

    #[test]
    fn types_are_found_everywhere() {
        let text = "fn f() { A {}; b::A(c!(A)); }\nstruct B;\n";
        assert_eq!(mentions(text, Wanted::Type("A")), [1]);
        assert_eq!(mentions(text, Wanted::Type("B")), [2]);
        assert_eq!(mentions("not rust (", Wanted::Type("B")), [0; 0]);
    }
}
