//! Ways to cut an entry out of a list.

use std::ops::Range;

use syn::Attribute;

use super::Removal;
use crate::edit::source::is_trailing_comment;
use crate::edit::{Edit, Result, Source};

/// An entry that is to go.
pub(super) struct Cut<'s, 'a> {
    source: &'s Source<'a>,
    /// With its attributes.
    range: Range<usize>,
    /// Without them: a command inserts none, but a doc comment at the end of the line above claims
    /// what follows it.
    pub(super) bare: Range<usize>,
}

impl<'s, 'a> Cut<'s, 'a> {
    pub(super) fn new(source: &'s Source<'a>, range: Range<usize>) -> Self {
        let bare = range.clone();
        Self {
            source,
            range,
            bare,
        }
    }

    pub(super) fn below_attributes(
        source: &'s Source<'a>,
        range: Range<usize>,
        above: &[Attribute],
    ) -> Self {
        let attributes = above
            .last()
            .map_or(range.start, |last| source.range(last).end);
        let rest = &source.text()[attributes..range.end];
        let bare = range.end - rest.trim_start().len()..range.end;
        Self {
            source,
            range,
            bare,
        }
    }

    /// The file without the entry. `written` is how a command writes it, `again` inserts it.
    pub(super) fn removal(
        &self,
        written: &[String],
        again: impl Fn(&str) -> Result<Edit>,
    ) -> Removal {
        let text = self.source.text();
        let without =
            |range: Range<usize>| format!("{}{}", &text[..range.start], &text[range.end..]);
        let exact = self.ways().into_iter().map(without).find(|left| {
            again(left).is_ok_and(|edit| edit != Edit::Unchanged && edit.apply(left) == text)
        });
        let is_written = written
            .iter()
            .any(|line| solid(line) == solid(&text[self.range.clone()]));
        let is_known = exact.is_some() || (is_written && self.is_alone());
        Removal {
            text: exact.unwrap_or_else(|| without(self.lines())),
            edited: (!is_known).then(|| self.first_line()),
        }
    }

    /// Its line, from 1.
    pub(super) fn first_line(&self) -> usize {
        self.source.text()[..self.range.start].matches('\n').count() + 1
    }

    /// Whether nothing else is on the lines of the entry.
    fn is_alone(&self) -> bool {
        let text = self.source.text();
        let before = &text[self.source.line_start(self.range.start)..self.range.start];
        let after = &text[self.range.end..self.source.line_end(self.range.end)];
        before.trim().is_empty() && after.trim().is_empty()
    }

    /// The entry with its lines, if it shares them with nothing but a comment; else the entry.
    pub(super) fn lines(&self) -> Range<usize> {
        let text = self.source.text();
        let start = self.source.line_start(self.range.start);
        let end = self.source.line_end(self.range.end);
        let after = text[self.range.end..end].trim();
        let alone = text[start..self.range.start].trim().is_empty()
            && (after.is_empty() || after.starts_with("//") && is_trailing_comment(after));
        if !alone {
            return self.range.clone();
        }
        let below = self.past_newline(end);
        let next = self.past_newline(self.source.line_end(below));
        let above = self.source.line_start(self.before_newline(start));
        let is_blank = |range: Range<usize>| text[range].trim().is_empty();
        // What stood between two empty lines leaves one of them.
        if below < text.len() && is_blank(above..start) && is_blank(below..next) {
            start..next
        } else {
            start..below
        }
    }

    /// All that may have been inserted with the entry.
    fn ways(&self) -> Vec<Range<usize>> {
        let text = self.source.text();
        let line_start = self.source.line_start(self.bare.start);
        let line_end = self.source.line_end(self.bare.end);
        let above = self.before_newline(line_start);
        let below = self.past_newline(line_end);
        let white_after = text[self.bare.end..].len() - text[self.bare.end..].trim_start().len();
        let ways = vec![
            above..line_end,
            line_start..below,
            line_start..self.past_newline(self.source.line_end(below)),
            self.before_newline(self.source.line_start(above))..line_end,
            above..self.bare.end,
            self.bare.start..self.bare.end + white_after,
            self.blank_around(),
        ];
        // Of what would be inserted alike, the tidier one: `{}`, and no empty line at the end.
        let blank = self.blank_around();
        let is_block = text[..blank.start].ends_with('{') && text[blank.end..].starts_with('}');
        let tidy = match blank.end == text.len() {
            true => Some(ways[3].clone()),
            false => is_block.then_some(blank),
        };
        tidy.into_iter().chain(ways).collect()
    }

    fn past_newline(&self, line_end: usize) -> usize {
        let rest = &self.source.text()[line_end..];
        let newline = ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end));
        line_end + newline.map_or(0, str::len)
    }

    fn before_newline(&self, line_start: usize) -> usize {
        let before = &self.source.text()[..line_start];
        let newline = ["\r\n", "\n"].into_iter().find(|end| before.ends_with(end));
        line_start - newline.map_or(0, str::len)
    }

    /// The entry with all white space around it, as in a block that was empty.
    fn blank_around(&self) -> Range<usize> {
        let text = self.source.text();
        let start = text[..self.bare.start].trim_end().len();
        let rest = &text[self.bare.end..];
        start..self.bare.end + rest.len() - rest.trim_start().len()
    }
}

/// A text without its white space.
pub(super) fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}
