//! Reads the handlers of a file; changes nothing.

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use syn::{Attribute, Item, LitStr, Meta};

use super::{Source, has_cfg};

const METHODS: [&str; 8] = [
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

/// A function of a file, and the route that its attribute describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The name of the function.
    pub function: String,
    /// The line that names it, from 1.
    pub line: usize,
    /// The methods and the path of `#[utoipa::path(..)]`.
    pub route: Option<(Vec<String>, String)>,
    /// The id that the attribute gives instead of the name.
    pub operation_id: Option<String>,
    /// The scopes that a token has to have.
    pub scopes: Vec<String>,
    /// Whether there is a condition under which it is not compiled.
    pub is_conditional: bool,
}

/// The functions at the top of a file.
pub fn handlers(source: &Source<'_>) -> Vec<Handler> {
    let handler = |item: &Item| match item {
        Item::Fn(item) => {
            let arguments = item.attrs.iter().find_map(arguments).unwrap_or_default();
            let text = |key| arguments.iter().find_map(|tokens| text(tokens, key));
            Some(Handler {
                function: item.sig.ident.to_string(),
                line: source.line(&item.sig.ident),
                route: text("path").map(|path| (all_methods(&arguments), path)),
                operation_id: text("operation_id"),
                scopes: arguments.iter().flat_map(|tokens| scopes(tokens)).collect(),
                is_conditional: has_cfg(&item.attrs),
            })
        }
        _ => None,
    };
    source.file().items.iter().filter_map(handler).collect()
}

/// The arguments of `#[utoipa::path(..)]`.
fn arguments(attribute: &Attribute) -> Option<Vec<Vec<TokenTree>>> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    let is_path = |first: &str| {
        let segments: Vec<_> = list
            .path
            .segments
            .iter()
            .map(|s| s.ident.to_string())
            .collect();
        segments == [first, "path"]
    };
    is_path("utoipa").then(|| split(list.tokens.clone()))
}

fn all_methods(arguments: &[Vec<TokenTree>]) -> Vec<String> {
    arguments
        .iter()
        .flat_map(|tokens| methods(tokens))
        .collect()
}

/// The arguments of an attribute, split at its commas.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut arguments = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => arguments.push(Vec::new()),
            _ => arguments.last_mut().expect("never empty").push(token),
        }
    }
    arguments
}

/// `get`, or the names in `method(get, head)`.
fn methods(argument: &[TokenTree]) -> Vec<String> {
    match argument {
        [TokenTree::Ident(ident)] if METHODS.iter().any(|method| ident == method) => {
            vec![ident.to_string()]
        }
        [TokenTree::Ident(ident), TokenTree::Group(group)] if ident == "method" => {
            split(group.stream())
                .iter()
                .flat_map(|tokens| methods(tokens))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The text in `path = "/reports"`.
fn text(argument: &[TokenTree], key: &str) -> Option<String> {
    match argument {
        [
            TokenTree::Ident(ident),
            TokenTree::Punct(_),
            TokenTree::Literal(literal),
        ] if ident == key => string(literal),
        _ => None,
    }
}

/// The scopes in `security(("bearer" = ["read", "write"]))`.
fn scopes(argument: &[TokenTree]) -> Vec<String> {
    match argument {
        [TokenTree::Ident(ident), TokenTree::Group(group)] if ident == "security" => {
            in_brackets(group.stream())
        }
        _ => Vec::new(),
    }
}

/// The texts in square brackets, however deep.
fn in_brackets(tokens: TokenStream) -> Vec<String> {
    let found = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let literals = group.stream().into_iter();
            literals.filter_map(|token| literal(&token)).collect()
        }
        TokenTree::Group(group) => in_brackets(group.stream()),
        _ => Vec::new(),
    });
    found.collect()
}

fn literal(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(literal) => string(literal),
        _ => None,
    }
}

fn string(literal: &Literal) -> Option<String> {
    let token = TokenStream::from(TokenTree::Literal(literal.clone()));
    syn::parse2::<LitStr>(token).ok().map(|text| text.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_scopes_and_lines_are_read() {
        let text = "#[utoipa::path(get, path = \"/a\", operation_id = \"all\",\n\
                    security((\"bearer\" = [\"read\", \"a:b\"]), (\"key\" = [])))]\n\
                    async fn list_a() {}\n";
        let found = handlers(&Source::parse(text).unwrap());
        assert_eq!(found[0].operation_id.as_deref(), Some("all"));
        assert_eq!(found[0].scopes, ["read", "a:b"]);
        assert_eq!(found[0].line, 3);
        assert!(!found[0].is_conditional);
        let found = handlers(&Source::parse("#[cfg(unix)]\nfn a() {}\n").unwrap());
        assert!(found[0].is_conditional);
    }

    #[test]
    fn routes_are_read_from_attributes() {
        let text = r#"
            #[doc = "x"]
            #[utoipa::path(get, path = "/a/{id}", responses((status = OK, path = "no")))]
            async fn find_a() {}
            #[utoipa::path(method(get, head), operation_id = "get", path = r"/b")]
            async fn b() {}
            fn helper() {}
            mod inner { fn hidden() {} }
        "#;
        let source = Source::parse(text).unwrap();
        let found: Vec<_> = handlers(&source)
            .into_iter()
            .map(|handler| (handler.function, handler.route))
            .collect();
        let route = |methods: &[&str], path: &str| {
            let methods = methods.iter().map(|&method| method.to_owned()).collect();
            Some((methods, path.to_owned()))
        };
        assert_eq!(
            found,
            [
                ("find_a".to_owned(), route(&["get"], "/a/{id}")),
                ("b".to_owned(), route(&["get", "head"], "/b")),
                ("helper".to_owned(), None),
            ]
        );
    }
}
