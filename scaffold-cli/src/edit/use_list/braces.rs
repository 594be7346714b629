//! The layout of `use a::{b, c};` lists, kept as rustfmt would have it.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::{ItemUse, UseGroup, UseTree};

use crate::edit::order::version_cmp;
use crate::edit::{Insert, Source};

/// The longest list that rustfmt leaves on one line, with the semicolon.
pub(in crate::edit) const MAX_LINE: usize = 98;
/// The longest of several lines that rustfmt fills; an only line may have one more.
const MAX_FILLED: usize = 99;
const INDENT: &str = "    ";

/// Turns `a::b` into `a::{b, name}`.
pub(super) fn wrap(source: &Source<'_>, tree: &UseTree, name: &str) -> Option<Vec<Insert>> {
    let range = source.range(tree);
    let (open, close) = if version_cmp(name, &key(tree)).is_lt() {
        (format!("{{{name}, "), "}".to_owned())
    } else {
        ("{".to_owned(), format!(", {name}}}"))
    };
    fits(source, range.start, open.len() + close.len(), MAX_LINE).then(|| {
        vec![
            Insert::new(range.start, open),
            Insert::new(range.end, close),
        ]
    })
}

/// Adds a name to a list, or `None` if other lines would have to move.
pub(super) fn insert(
    source: &Source<'_>,
    item: &ItemUse,
    group: &UseGroup,
    name: &str,
) -> Option<Vec<Insert>> {
    insert_nested(source, group, name).or_else(|| {
        let list = List::new(source, group);
        let one_line = !source.text()[list.inside.clone()].contains('\n');
        let alone = source.indent(source.range(item).start).is_empty();
        let breaks = one_line && alone && !list.entries.is_empty();
        breaks
            .then(|| list.break_open(list.place(name), name))
            .flatten()
    })
}

/// Adds a name to a list that may be in another, on the lines that it has.
pub(super) fn insert_nested(
    source: &Source<'_>,
    group: &UseGroup,
    name: &str,
) -> Option<Vec<Insert>> {
    let list = List::new(source, group);
    let index = list.place(name);
    let inside = &source.text()[list.inside.clone()];
    if list.entries.is_empty() {
        return inside
            .is_empty()
            .then(|| vec![Insert::new(list.inside.start, name)]);
    }
    if !inside.contains('\n') {
        let insert = list.in_line(index, name);
        let fits = fits(source, insert.offset, insert.text.len(), MAX_LINE);
        return fits.then(|| vec![insert]);
    }
    if list.is_vertical() {
        return Some(vec![list.on_own_line(index, name)]);
    }
    list.among_lines(index, name).map(|insert| vec![insert])
}

fn fits(source: &Source<'_>, offset: usize, added: usize, limit: usize) -> bool {
    let line = &source.text()[source.line_start(offset)..source.line_end(offset)];
    line.chars().count() + added <= limit
}

fn key(tree: &UseTree) -> String {
    match tree {
        UseTree::Path(path) => super::plain(&path.ident),
        UseTree::Name(name) => super::plain(&name.ident),
        UseTree::Rename(name) => super::plain(&name.ident),
        _ => String::new(),
    }
}

struct List<'s, 'a> {
    source: &'s Source<'a>,
    /// Between the braces.
    inside: Range<usize>,
    entries: Vec<(String, Range<usize>)>,
}

impl<'s, 'a> List<'s, 'a> {
    fn new(source: &'s Source<'a>, group: &UseGroup) -> Self {
        let open = source.range(&group.brace_token.span.open().span());
        let close = source.range(&group.brace_token.span.close().span());
        let entry = |tree: &UseTree| (key(tree), source.range(tree));
        Self {
            source,
            inside: open.end..close.start,
            entries: group.items.iter().map(entry).collect(),
        }
    }

    /// The index that the name gets: in order if the list is in order, else last.
    fn place(&self, name: &str) -> usize {
        // `self` is first whatever the order.
        let names: Vec<&str> = self.entries.iter().map(|(key, _)| key.as_str()).collect();
        let fixed = usize::from(names.first() == Some(&"self"));
        let ordered = &names[fixed..];
        if ordered.is_sorted_by(|a, b| version_cmp(a, b).is_le()) {
            fixed + ordered.partition_point(|key| version_cmp(key, name).is_le())
        } else {
            names.len()
        }
    }

    fn in_line(&self, index: usize, name: &str) -> Insert {
        match index.checked_sub(1) {
            Some(before) => Insert::new(self.entries[before].1.end, format!(", {name}")),
            None => Insert::new(self.entries[0].1.start, format!("{name}, ")),
        }
    }

    fn is_vertical(&self) -> bool {
        let lines = |range: &Range<usize>| self.source.line_start(range.start);
        self.entries
            .windows(2)
            .all(|pair| lines(&pair[0].1) != lines(&pair[1].1))
            && self.entries.len() > 1
    }

    fn on_own_line(&self, index: usize, name: &str) -> Insert {
        let newline = self.source.newline();
        let indent = self.source.indent(self.entries[0].1.start);
        match index.checked_sub(1) {
            Some(before) => {
                let end = self.entries[before].1.end;
                Insert::new(end, format!(",{newline}{indent}{name}"))
            }
            None => Insert::new(self.entries[0].1.start, format!("{name},{newline}{indent}")),
        }
    }

    /// Adds to one of several filled lines, if that line has room.
    fn among_lines(&self, index: usize, name: &str) -> Option<Insert> {
        let here = self.in_line(index, name);
        if self.has_room(here.offset, here.text.len()) {
            return Some(here);
        }
        let before = &self.entries.get(index.checked_sub(1)?)?.1;
        match self.entries.get(index) {
            // The line before may have one more only while there is no other.
            None if fits(self.source, before.end, 0, MAX_FILLED) => {
                let indent = self.source.indent(self.entries[0].1.start);
                let newline = self.source.newline();
                Some(Insert::new(before.end, format!(",{newline}{indent}{name}")))
            }
            None => None,
            Some((_, after)) => {
                let text = format!("{name}, ");
                let same_line =
                    self.source.line_start(before.end) == self.source.line_start(after.start);
                let room = self.has_room(after.start, text.len());
                (!same_line && room).then(|| Insert::new(after.start, text))
            }
        }
    }

    fn has_room(&self, offset: usize, added: usize) -> bool {
        fits(
            self.source,
            offset,
            added,
            MAX_FILLED + usize::from(self.has_one_line()),
        )
    }

    fn has_one_line(&self) -> bool {
        let mut lines = self
            .entries
            .iter()
            .map(|(_, range)| self.source.line_start(range.start));
        let first = lines.next();
        lines.all(|line| Some(line) == first)
    }

    /// Breaks a list on one line into filled lines, by nothing but inserts.
    fn break_open(&self, index: usize, name: &str) -> Option<Vec<Insert>> {
        let text = self.source.text();
        let gaps = self.entries.windows(2);
        let mut gaps = gaps.map(|pair| &text[pair[0].1.end..pair[1].1.start]);
        let tight = self.inside.start == self.entries[0].1.start
            && self.entries.last()?.1.end == self.inside.end;
        if !tight || gaps.any(|gap| gap != ", ") {
            return None;
        }
        Some(self.filled(index, name))
    }

    fn filled(&self, index: usize, name: &str) -> Vec<Insert> {
        let newline = self.source.newline();
        let break_line = format!("{newline}{INDENT}");
        let mut inserts = vec![Insert::new(self.inside.start, break_line.clone())];
        let mut width = INDENT.len();
        let count = self.entries.len() + 1;
        let mut broken = false;
        for position in 0..count {
            let is_new = position == index;
            let old = position - usize::from(position > index);
            let length = if is_new {
                name.len()
            } else {
                self.entries[old].1.len()
            };
            let first = position == 0;
            let breaks = !first
                && width + 1 + length + 1
                    > MAX_FILLED + usize::from(position + 1 == count && !broken);
            broken |= breaks;
            width = match (first, breaks) {
                (true, _) | (_, true) => INDENT.len() + length + 1,
                _ => width + 1 + length + 1,
            };
            if is_new {
                inserts.push(self.new_entry(index, name, breaks, &break_line));
            } else if old == 0 && index == 0 {
                let gap = if breaks { &break_line } else { " " };
                inserts.push(Insert::new(self.entries[0].1.start, gap));
            } else if breaks {
                // The space after the comma is there already, and part of the indent.
                let at = self.entries[old].1.start - 1;
                inserts.push(Insert::new(at, &break_line[..break_line.len() - 1]));
            }
        }
        inserts.push(Insert::new(self.inside.end, format!(",{newline}")));
        inserts
    }

    fn new_entry(&self, index: usize, name: &str, breaks: bool, break_line: &str) -> Insert {
        match index.checked_sub(1) {
            None => Insert::new(self.entries[0].1.start, format!("{name},")),
            Some(before) => {
                let gap = if breaks { break_line } else { " " };
                Insert::new(self.entries[before].1.end, format!(",{gap}{name}"))
            }
        }
    }
}
