//! Finds where a file names something; changes nothing.

use std::ops::RangeInclusive;

use proc_macro2::{TokenStream, TokenTree};
use syn::Item;
use syn::spanned::Spanned;

use super::use_list::bindings;
use super::{Source, is_cfg_test};

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A type of one of these modules, which others may have too.
    Item(&'static [&'static str], String),
    /// A module of this one, which stands in paths and imports.
    Submodule(&'static str, String),
    /// Something in a module of routes.
    OfRoute(String, String),
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
            Self::Module(name) | Self::Table(name) => name,
            Self::Item(_, name) | Self::OfRoute(_, name) => name,
            Self::Submodule(_, name) | Self::Column(_, name) => name,
        }
    }

    /// The modules that it may be in, if it stands behind one of them or is imported from it.
    fn modules(&self) -> Vec<&str> {
        match self {
            Self::Item(modules, _) => modules.to_vec(),
            Self::Submodule(module, _) => vec![module],
            Self::OfRoute(module, _) => vec![module],
            Self::Module(_) | Self::Table(_) | Self::Column(..) => Vec::new(),
        }
    }

    /// Whether a file is where it is listed: there it needs no path.
    fn is_home(&self, here: &[String]) -> bool {
        let (Self::Item(..) | Self::Submodule(..), Some(last)) = (self, here.last()) else {
            return false;
        };
        self.modules().contains(&last.as_str())
    }
}

/// The lines of a file that name it, from 1; none if the file does not parse. `here` is the module
/// that the file is.
pub fn mentions(text: &str, wanted: &Wanted, here: &[String]) -> Vec<usize> {
    let modules = wanted.modules();
    let is_in_scope =
        wanted.is_home(here) || !modules.is_empty() && is_in_scope(text, &modules, wanted.word());
    lines(text, wanted.word(), &|place| match wanted {
        Wanted::Item(..) | Wanted::OfRoute(..) => {
            is_in_scope || modules.iter().any(|module| place.is_below(module))
        }
        Wanted::Submodule(module, _) => {
            let is_beside = here.iter().any(|above| above == module);
            let is_named = is_in_scope && (place.is_path || place.in_use);
            is_named || place.is_below(module) || is_beside && place.is_below("super")
        }
        Wanted::Module(_) => (place.is_path || place.in_use) && !place.is_elsewhere("routes"),
        Wanted::Table(_) => place.is_path || place.in_use || place.is_below("schema"),
        Wanted::Column(table, _) => place.is_below(table),
    })
}

/// Whether a file imports an item of one of these modules.
fn is_in_scope(text: &str, modules: &[&str], name: &str) -> bool {
    let Ok(source) = Source::parse(text) else {
        return false;
    };
    let is_it = |(bound, path): &(String, Vec<String>)| {
        let (last, above) = match path.split_last() {
            Some(_) if bound == "*" => (None, path.last()),
            Some((last, above)) => (Some(last), above.last()),
            None => (None, None),
        };
        let is_ours = above.is_some_and(|module| modules.contains(&module.as_str()));
        is_ours && last.is_none_or(|last| last == name)
    };
    bindings(&source).iter().any(is_it)
}

/// Whether a file does more with a name than to import it.
pub fn is_used(text: &str, name: &str) -> bool {
    !uses(text, name).is_empty()
}

/// The lines on which a file does more with a name than to import it.
pub fn uses(text: &str, name: &str) -> Vec<usize> {
    lines(text, name, &|place| !place.in_use)
}

/// Whether a file names something: not to define it, and not in its tests.
pub fn is_named(text: &str, name: &str) -> bool {
    let Ok(source) = Source::parse(text) else {
        return false;
    };
    let tests = test_lines(&source);
    let is_test = |line: &usize| tests.iter().any(|lines| lines.contains(line));
    let found = lines(text, name, &|place| !place.is_definition());
    !found.iter().all(is_test)
}

/// The lines of what is compiled for tests alone.
pub(super) fn test_lines(source: &Source<'_>) -> Vec<RangeInclusive<usize>> {
    let items = source.file().items.iter();
    items.filter_map(lines_of_test).collect()
}

/// The lines of an item that is compiled for tests alone.
fn lines_of_test(item: &Item) -> Option<RangeInclusive<usize>> {
    let attributes = match item {
        Item::Fn(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        _ => return None,
    };
    let span = item.span();
    let is_test = attributes.iter().any(is_cfg_test);
    is_test.then(|| span.start().line..=span.end().line)
}

/// A word of a file.
struct Place<'a> {
    tokens: &'a [TokenTree],
    at: usize,
    /// Whether more of a path follows.
    is_path: bool,
    /// Whether it is in a `use`.
    in_use: bool,
}

impl Place<'_> {
    /// Whether it is the name of a function that begins here.
    fn is_definition(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        matches!(before, Some(TokenTree::Ident(word)) if word == "fn")
    }

    fn is_below(&self, module: &str) -> bool {
        let above = self.at.checked_sub(3).and_then(|at| self.tokens.get(at));
        let is_it = matches!(above, Some(TokenTree::Ident(above)) if above == module);
        is_it && is_path(self.tokens, self.at - 3)
    }

    /// Whether it is in another module of the crate than this: `crate::models::reports`.
    fn is_elsewhere(&self, module: &str) -> bool {
        let segment = |up: usize| {
            let at = self.at.checked_sub(3 * up)?;
            match self.tokens.get(at) {
                Some(TokenTree::Ident(ident)) if is_path(self.tokens, at) => Some(ident),
                _ => None,
            }
        };
        segment(1).is_some_and(|above| above != module)
            && segment(2).is_some_and(|root| root == "crate")
    }
}

/// Whether `::` follows.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    is_colon(at + 1) && is_colon(at + 2)
}

fn is_angle(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == '<')
}

/// The lines on which a word stands in a place that fits.
fn lines(text: &str, word: &str, fits: &dyn Fn(&Place<'_>) -> bool) -> Vec<usize> {
    let text = text.trim_start_matches('\u{feff}');
    // What is nested too deep must not be followed.
    let tokens = Source::parse(text).ok().and_then(|_| text.parse().ok());
    let mut lines = Vec::new();
    collect(tokens.unwrap_or_default(), word, fits, false, &mut lines);
    lines.dedup();
    lines
}

fn collect(
    tokens: TokenStream,
    word: &str,
    fits: &dyn Fn(&Place<'_>) -> bool,
    mut in_use: bool,
    lines: &mut Vec<usize>,
) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), word, fits, in_use, lines),
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
            // Not `impl Trait + use<'a>`.
            TokenTree::Ident(ident) if ident == "use" => in_use = !is_angle(tokens.get(at + 1)),
            TokenTree::Ident(ident) if ident == word => {
                let place = Place {
                    tokens: &tokens,
                    at,
                    is_path: is_path(&tokens, at),
                    in_use,
                };
                if fits(&place) {
                    lines.push(ident.span().start().line);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
