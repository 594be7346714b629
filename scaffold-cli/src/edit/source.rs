//! The text of a Rust file beside its syntax tree.

use std::fmt::Display;
use std::ops::Range;

use proc_macro2::{LexError, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::Insert;

/// The deepest nesting that is parsed, well below what the stack has room for.
const MAX_DEPTH: usize = 100;

const BOM: &str = "\u{feff}";

/// The text of a Rust file beside its syntax tree.
pub struct Source<'a> {
    text: &'a str,
    tokens: TokenStream,
    file: syn::File,
    shift: usize,
}

impl<'a> Source<'a> {
    /// Parses a file, or says why it does not parse.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let shift = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let tokens: TokenStream = text[shift..]
            .parse()
            .map_err(|error: LexError| not_rust(error.span(), &error))?;
        if is_deeper_than(tokens.clone(), MAX_DEPTH) {
            return Err(format!("nested deeper than {MAX_DEPTH} brackets"));
        }
        let file = syn::parse2(tokens.clone())
            .map_err(|error: syn::Error| not_rust(error.span(), &error))?;
        Ok(Self {
            text,
            tokens,
            file,
            shift,
        })
    }

    /// The text as it was given.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The syntax tree.
    pub fn file(&self) -> &syn::File {
        &self.file
    }

    /// The tokens of the file.
    pub(super) fn tokens(&self) -> TokenStream {
        self.tokens.clone()
    }

    /// The bytes of a node, with its attributes.
    pub fn range(&self, node: &impl Spanned) -> Range<usize> {
        let range = node.span().byte_range();
        range.start + self.shift..range.end + self.shift
    }

    /// The line that a node begins on, from 1.
    pub fn line(&self, node: &impl Spanned) -> usize {
        node.span().start().line
    }

    /// The line ending that the file uses.
    pub fn newline(&self) -> &'static str {
        match self.text.find('\n') {
            Some(at) if self.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Where the line of a byte begins.
    pub fn line_start(&self, offset: usize) -> usize {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        start.max(self.shift)
    }

    /// Where the text of a byte's line ends, in front of its line ending.
    pub fn line_end(&self, offset: usize) -> usize {
        let end = self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |at| offset + at);
        if self.text[offset..end].ends_with('\r') {
            end - 1
        } else {
            end
        }
    }

    /// White space at the beginning of a byte's line.
    pub fn indent(&self, offset: usize) -> &'a str {
        let line = &self.text[self.line_start(offset)..offset];
        &line[..line.len() - line.trim_start().len()]
    }

    /// A line below the one that `end` is on, or in the middle of it if more code follows there.
    pub fn line_after(&self, end: usize, indent: &str, line: &str) -> Insert {
        let line_end = self.line_end(end);
        let rest = self.text[end..line_end].trim();
        let offset = if is_trailing_comment(rest) {
            line_end
        } else {
            end
        };
        Insert::new(offset, format!("{}{indent}{line}", self.newline()))
    }

    /// A line above the one that `start` is on and above the comments that belong to it.
    pub fn line_before(&self, start: usize, indent: &str, line: &str) -> Insert {
        let newline = self.newline();
        let line_start = self.line_start(start);
        if !self.text[line_start..start].trim().is_empty() {
            return Insert::new(start, format!("{line}{newline}{indent}"));
        }
        let offset = self.above_comments(line_start);
        Insert::new(offset, format!("{indent}{line}{newline}"))
    }

    /// The beginning of the `//` lines directly above a line, unless they head the file.
    fn above_comments(&self, line_start: usize) -> usize {
        let code = end_before(self.tokens.clone(), line_start - self.shift) + self.shift;
        let mut top = line_start;
        while top > self.shift {
            let above = self.line_start(top - 1);
            let line = self.text[above..top].trim_start();
            let is_comment = line.starts_with("//") && !line.starts_with("//!");
            // What looks like one may be in a text, or in a comment of another kind.
            if !is_comment || above < code || !has_only_comments(&self.text[code..above]) {
                return top;
            }
            top = above;
        }
        // Comments up to the first line are the file's heading.
        line_start
    }
}

/// Where the last of the tokens in front of a byte ends.
fn end_before(tokens: TokenStream, offset: usize) -> usize {
    let (mut tokens, mut end) = (tokens.into_iter(), 0);
    while let Some(token) = tokens.next() {
        let range = token.span().byte_range();
        match token {
            _ if range.end <= offset => end = range.end,
            TokenTree::Group(group) if range.start < offset => {
                end = group.span_open().byte_range().end;
                tokens = group.stream().into_iter();
            }
            _ => break,
        }
    }
    end
}

/// Whether a text between two tokens ends outside of its comments.
fn has_only_comments(mut text: &str) -> bool {
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return true;
        }
        let end = match text.starts_with("//") {
            true => text.find('\n'),
            false => comment_end(text),
        };
        let Some(end) = end else {
            return false;
        };
        text = &text[end..];
    }
}

/// Where a `/* .. */` at the beginning of a text ends, those inside of it counted.
fn comment_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let next = rest.find(['/', '*'])?;
        match rest.get(next..next + 2) {
            Some("/*") => depth += 1,
            Some("*/") => depth -= 1,
            _ => {
                at += next + 1;
                continue;
            }
        }
        at += next + 2;
        if depth <= 0 {
            return Some(at);
        }
    }
}

fn not_rust(place: Span, error: &dyn Display) -> String {
    let line = place.start().line;
    format!("not valid Rust at line {line}: {error}")
}

/// Whether brackets are nested deeper; does not itself descend.
fn is_deeper_than(tokens: TokenStream, depth: usize) -> bool {
    let mut groups = vec![(tokens, 0)];
    while let Some((tokens, level)) = groups.pop() {
        if level > depth {
            return true;
        }
        groups.extend(tokens.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => Some((group.stream(), level + 1)),
            _ => None,
        }));
    }
    false
}

/// Nothing, or a comment that ends with its line and is not about what follows.
pub(super) fn is_trailing_comment(rest: &str) -> bool {
    let is_block = rest.starts_with("/*") && comment_end(rest) == Some(rest.len());
    rest.is_empty() || !is_doc(rest) && (rest.starts_with("//") || is_block)
}

/// Whether a comment is the documentation of the item behind it.
fn is_doc(comment: &str) -> bool {
    let is = |mark: &str, not: &[char]| {
        let rest = comment.strip_prefix(mark);
        rest.is_some_and(|rest| !rest.starts_with(not))
    };
    is("///", &['/']) || is("/**", &['*', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_above_is_outside_of_texts_and_comments() {
        for (text, above) in [
            ("mod a;\n// b\nmod b;\n", "mod a;\n^// b\nmod b;\n"),
            ("/*\n// c */\nmod b;\n", "/*\n// c */\n^mod b;\n"),
            (
                "/* /* */\n// c\n*/ // d\n// e\nmod b;\n",
                "/* /* */\n// c\n*/ // d\n^// e\nmod b;\n",
            ),
            (
                "const A: &str = \"\n// c\";\nmod b;\n",
                "const A: &str = \"\n// c\";\n^mod b;\n",
            ),
            (
                "\u{feff}mod a { /*\n// ä */\n// c\nmod b; }\n",
                "\u{feff}mod a { /*\n// ä */\n^// c\nmod b; }\n",
            ),
        ] {
            let source = Source::parse(text).unwrap();
            let insert = source.line_before(text.find("mod b").unwrap(), "", "^");
            let (before, after) = text.split_at(insert.offset);
            assert_eq!(format!("{before}^{after}"), above);
        }
    }

    #[test]
    fn a_trailing_comment_ends_with_its_line_and_is_about_it() {
        for comment in [
            "",
            "// a",
            "//// a",
            "/* a */",
            "/* /* a */ */",
            "/**/",
            "/*** a */",
        ] {
            assert!(is_trailing_comment(comment), "{comment}");
        }
        for rest in [
            "/// a",
            "/** a */",
            "/* a",
            "/* a /* b */",
            "/* a */ b /* c */",
            "b // c",
        ] {
            assert!(!is_trailing_comment(rest), "{rest}");
        }
    }

    #[test]
    fn absurd_nesting_is_refused_and_not_followed() {
        let nested = |depth: usize| {
            let (open, close) = ("(".repeat(depth), ")".repeat(depth));
            format!("const X: u8 = {open}1{close};")
        };
        assert!(Source::parse(&nested(MAX_DEPTH)).is_ok());
        for depth in [MAX_DEPTH + 1, 3000, 100_000] {
            let error = Source::parse(&nested(depth)).err().unwrap();
            assert_eq!(error, "nested deeper than 100 brackets");
        }
    }
}
