//! Reads the handlers of a file; changes nothing.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, LitStr, Meta};

use super::Source;

const METHODS: [&str; 8] = [
    "delete", "get", "head", "options", "patch", "post", "put", "trace",
];

/// A function of a file, and the route that its attribute describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The name of the function.
    pub function: String,
    /// The methods and the path of `#[utoipa::path(..)]`.
    pub route: Option<(Vec<String>, String)>,
}

/// The functions at the top of a file.
pub fn handlers(source: &Source<'_>) -> Vec<Handler> {
    let handler = |item: &Item| match item {
        Item::Fn(item) => Some(Handler {
            function: item.sig.ident.to_string(),
            route: item.attrs.iter().find_map(route),
        }),
        _ => None,
    };
    source.file().items.iter().filter_map(handler).collect()
}

fn route(attribute: &Attribute) -> Option<(Vec<String>, String)> {
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
    if !is_path("utoipa") {
        return None;
    }
    let arguments = split(list.tokens.clone());
    let methods: Vec<String> = arguments
        .iter()
        .flat_map(|tokens| methods(tokens))
        .collect();
    let path = arguments.iter().find_map(|tokens| path(tokens))?;
    Some((methods, path))
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
fn path(argument: &[TokenTree]) -> Option<String> {
    match argument {
        [
            TokenTree::Ident(ident),
            TokenTree::Punct(_),
            TokenTree::Literal(literal),
        ] if ident == "path" => {
            let token = TokenStream::from(TokenTree::Literal(literal.clone()));
            syn::parse2::<LitStr>(token).ok().map(|text| text.value())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
