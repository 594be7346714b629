//! Reads the calls of a file, wherever they are; changes nothing.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::{calls, find_fn};
use crate::edit::mentions::test_lines;
use crate::edit::{Source, has_cfg};

/// A type that a call names.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub ty: String,
    /// The line of the call, from 1.
    pub line: usize,
    /// Whether it is no plain statement of the function: a condition may be around it.
    pub is_conditional: bool,
}

/// The types that calls of a method name, but for those in tests: in the statements of the
/// function, below a condition, in another function or in a macro.
pub fn listed(source: &Source<'_>, function: &str, method: &str) -> Vec<Listed> {
    let mut found = Vec::new();
    collect(source.tokens(), method, &mut found);
    let tests = test_lines(source);
    let item = find_fn(source, function).filter(|item| !has_cfg(&item.attrs));
    let plain = item.map_or_else(Vec::new, |item| calls(source, &item.block, method));
    let is_plain = |at: usize| {
        let mut around = plain.iter().filter(|call| call.range.contains(&at));
        around.any(|call| !source.text()[call.range.start..].starts_with('#'))
    };
    let listed = found.into_iter().map(|(call, ty)| Listed {
        ty,
        line: source.line(&call),
        is_conditional: !is_plain(source.range(&call).start),
    });
    let is_test = |line: usize| tests.iter().any(|lines| lines.contains(&line));
    listed.filter(|it| !is_test(it.line)).collect()
}

/// Every `method::<a::Type>`, with the word that it begins with.
fn collect(tokens: TokenStream, method: &str, found: &mut Vec<(Ident, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), method, found),
            TokenTree::Ident(word) if word == method => {
                let ty = turbofish(&tokens[at + 1..]);
                found.extend(ty.map(|ty| (word.clone(), ty)));
            }
            _ => {}
        }
    }
}

/// The name of `Type` in `::<a::Type>`.
fn turbofish(tokens: &[TokenTree]) -> Option<String> {
    let is = |token: &TokenTree, sign: char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    let [first, second, open, rest @ ..] = tokens else {
        return None;
    };
    if !(is(first, ':') && is(second, ':') && is(open, '<')) {
        return None;
    }
    let end = rest.iter().position(|token| is(token, '>'))?;
    let is_path = |token: &TokenTree| matches!(token, TokenTree::Ident(_)) || is(token, ':');
    match rest[..end].split_last()? {
        (TokenTree::Ident(ty), path) if path.iter().all(is_path) => Some(ty.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_wherever_they_are() {
        let text = "fn register(tasks: &mut TaskList) {\n    tasks.add::<A>();\n    \
                    #[cfg(unix)]\n    tasks.add::<b::B>();\n    if x {\n        \
                    TaskList::add::<C>(tasks);\n    }\n    tasks.add::<D<E>>();\n    all!(F);\n}\n\
                    fn more(tasks: &mut TaskList) {\n    all! { tasks.add::<G>() }\n}\n\
                    #[cfg(test)]\nmod tests {\n    fn f() { tasks.add::<H>(); }\n}\n\
                    // tasks.add::<I>();\n";
        let found = listed(&Source::parse(text).unwrap(), "register", "add");
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.ty.as_str(), it.line, it.is_conditional))
            .collect();
        assert_eq!(
            found,
            [
                ("A", 2, false),
                ("B", 4, true),
                ("C", 6, true),
                ("G", 12, true)
            ]
        );
    }

    #[test]
    fn a_function_for_a_condition_is_one() {
        let text = "\u{feff}#[cfg(unix)]\nfn register(t: &mut T) { t.add::<A>(); }\n";
        let found = listed(&Source::parse(text).unwrap(), "register", "add");
        assert!(found[0].is_conditional);
    }
}
