//! Names in `use a::{b, c};` lists.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::{ItemUse, UseGroup, UseTree};

use super::Removal;
use crate::edit::use_list::{MAX_LINE, braced};
use crate::edit::{Edit, Result, Source, plain};

/// Takes a path out of an item with a list that names it.
pub(super) fn remove(
    source: &Source<'_>,
    item: &ItemUse,
    path: &[&str],
    again: impl Fn(&str) -> Result<Edit>,
) -> Option<Removal> {
    let (group, index) = find(&item.tree, path)?;
    let list = List::new(source, group);
    let text = source.text();
    let is_exact = |left: &&String| {
        again(left).is_ok_and(|edit| edit != Edit::Unchanged && edit.apply(left) == text)
    };
    let ways = list.without(index, item);
    let (short, long): (Vec<_>, Vec<_>) = list.joined(index).into_iter().partition(|left| {
        let line = &left[source.line_start(list.braces.start)..];
        let line = line.lines().next().unwrap_or_default();
        line.chars().count() <= MAX_LINE
    });
    // A list that is too long for its line is so only if nothing else explains what is there.
    let all = short.iter().chain(&ways).chain(&long);
    let exact = all.into_iter().find(is_exact).cloned();
    let parses = |left: &&String| Source::parse(left).is_ok();
    let keeps = |left: &&String| comments(left) == comments(text);
    let best = ways.iter().find(|left| keeps(left) && parses(left));
    let best = best.or_else(|| ways.iter().find(parses))?;
    let left = list
        .laid_out(index, item)
        .or(exact)
        .unwrap_or_else(|| best.clone());
    let renamed = matches!(group.items.get(index), Some(UseTree::Rename(_)));
    let is_edited = renamed || comments(&left) < comments(text);
    Some(Removal {
        text: left,
        edited: is_edited.then(|| source.line(&group.items[index])),
    })
}

/// How many comments a text may have.
fn comments(text: &str) -> usize {
    text.matches("//").count() + text.matches("/*").count()
}

/// The list that names the path, and where in it.
fn find<'a>(tree: &'a UseTree, path: &[&str]) -> Option<(&'a UseGroup, usize)> {
    match tree {
        UseTree::Path(next) => {
            let (first, rest) = path.split_first()?;
            (plain(&next.ident) == *first).then(|| find(&next.tree, rest))?
        }
        UseTree::Group(group) => {
            let is_name = |tree: &UseTree| match tree {
                UseTree::Name(name) => path == [plain(&name.ident)],
                UseTree::Rename(name) => path == [plain(&name.ident)],
                _ => false,
            };
            match group.items.iter().position(is_name) {
                Some(index) => Some((group, index)),
                None => group.items.iter().find_map(|tree| find(tree, path)),
            }
        }
        _ => None,
    }
}

struct List<'s, 'a> {
    source: &'s Source<'a>,
    braces: Range<usize>,
    entries: Vec<Range<usize>>,
}

impl<'s, 'a> List<'s, 'a> {
    fn new(source: &'s Source<'a>, group: &UseGroup) -> Self {
        let open = source.range(&group.brace_token.span.open().span());
        let close = source.range(&group.brace_token.span.close().span());
        Self {
            source,
            braces: open.start..close.end,
            entries: group.items.iter().map(|tree| source.range(tree)).collect(),
        }
    }

    /// The files that are left if the entry is taken out in one way or another, the best first.
    fn without(&self, index: usize, item: &ItemUse) -> Vec<String> {
        let only = match self.others(index).as_slice() {
            [] if self.is_all_of(item) => Some(self.splice(self.whole(item), "")),
            [other] if *other != "self" => Some(self.splice(self.braces.clone(), other)),
            _ => None,
        };
        let cuts = self.cuts(index).into_iter();
        let cuts = cuts.map(|range| self.splice(range, ""));
        only.into_iter().chain(cuts).collect()
    }

    /// Whether the item has no other list around this one.
    fn is_all_of(&self, item: &ItemUse) -> bool {
        let mut tree = &item.tree;
        while let UseTree::Path(next) = tree {
            tree = &next.tree;
        }
        self.source.range(tree) == self.braces
    }

    /// The file that is left if the list then is on one line, as it may have been.
    fn joined(&self, index: usize) -> Option<String> {
        let others = self.others(index);
        if others.len() < 2 {
            return None;
        }
        let list = format!("{{{}}}", others.join(", "));
        Some(self.splice(self.braces.clone(), &list))
    }

    /// The file that is left if the list is as rustfmt lays it out, and is so again.
    fn laid_out(&self, index: usize, item: &ItemUse) -> Option<String> {
        let text = self.source.text();
        let range = self.source.range(item);
        let start = &text[range.start..self.braces.start];
        let lay_out = |names: &[&str]| braced(start, names).replace('\n', self.source.newline());
        let mut names: Vec<&str> = self.entries.iter().map(|it| &text[it.clone()]).collect();
        if names.len() < 3 || lay_out(&names) != text[range.clone()] {
            return None;
        }
        names.remove(index);
        Some(self.splice(range, &lay_out(&names)))
    }

    fn others(&self, index: usize) -> Vec<&'a str> {
        let entries = self.entries.iter().enumerate();
        let others = entries.filter(|(other, _)| *other != index);
        others
            .map(|(_, range)| &self.source.text()[range.clone()])
            .collect()
    }

    /// The entry with the comma and the white space before or after it.
    fn cuts(&self, index: usize) -> Vec<Range<usize>> {
        let entry = self.entries[index].clone();
        let before = index
            .checked_sub(1)
            .map(|before| self.entries[before].end..entry.end);
        let after = self
            .entries
            .get(index + 1)
            .map(|after| entry.start..after.start);
        let (before, after) = match (before, after) {
            // The first of a line goes with the gap behind it, so that the line begins as it did.
            (Some(before), Some(after)) if self.starts_line(entry.start) => {
                (Some(after), Some(before))
            }
            both => both,
        };
        let line = self.own_line(&entry);
        let cuts = before.into_iter().chain(after).chain(line);
        cuts.chain([entry]).collect()
    }

    /// The line of an entry that has one to itself, with its comma.
    fn own_line(&self, entry: &Range<usize>) -> Option<Range<usize>> {
        let text = self.source.text();
        let comma = text[entry.end..].starts_with(',');
        let line_end = self.source.line_end(entry.end);
        let is_alone = self.starts_line(entry.start) && line_end == entry.end + 1;
        let newline = text[line_end..].find('\n')? + 1;
        (comma && is_alone).then(|| self.source.line_start(entry.start)..line_end + newline)
    }

    fn starts_line(&self, start: usize) -> bool {
        self.source.text()[self.source.line_start(start)..start]
            .trim()
            .is_empty()
    }

    /// The item with its line, if it has one of its own.
    fn whole(&self, item: &ItemUse) -> Range<usize> {
        let range = self.source.range(item);
        let text = self.source.text();
        let (start, end) = (
            self.source.line_start(range.start),
            self.source.line_end(range.end),
        );
        let alone =
            text[start..range.start].trim().is_empty() && text[range.end..end].trim().is_empty();
        let newline = text[end..].find('\n').map_or(0, |at| at + 1);
        if alone { start..end + newline } else { range }
    }

    fn splice(&self, range: Range<usize>, with: &str) -> String {
        let text = self.source.text();
        format!("{}{with}{}", &text[..range.start], &text[range.end..])
    }
}
