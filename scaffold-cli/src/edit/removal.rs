//! Takes lines out of lists: the inverse of what the other functions insert.
//!
//! Of the ways in which a line can be cut out, the one is taken that inserting it again would
//! make undone, byte for byte. If none is, because the list was changed since, the line is cut out
//! and nothing else.

use std::ops::Range;

use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

use super::use_list::{WhenAbsent, bindings, import, insert_reexport};
use super::{Edit, Result, Source, call_chain, call_list, mod_list, plain};

mod braces;
mod schema;

pub use schema::{remove_column, remove_table};

/// A file without a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// What is left.
    pub text: String,
    /// The line, from 1, if it is not as a command writes it: then somebody may want to keep it.
    pub edited: Option<usize>,
}

/// The result of looking for the line; `None` if it is not there.
pub type Found = std::result::Result<Option<Removal>, String>;

/// Takes out `mod name;`.
pub fn remove_mod(text: &str, name: &str) -> Found {
    let source = Source::parse(text)?;
    let mut items = source.file().items.iter();
    let found = items.find_map(|item| match item {
        Item::Mod(item) if item.content.is_none() && plain(&item.ident) == name => Some(item),
        _ => None,
    });
    let Some(item) = found else {
        return Ok(None);
    };
    let visibility = match item.vis {
        Visibility::Inherited => "",
        _ => "pub ",
    };
    let cut = Cut::below_attributes(&source, source.range(item), &item.attrs);
    let written = [format!("{visibility}mod {name};")];
    Ok(Some(cut.removal(&written, |text| {
        mod_list::insert_mod(text, visibility, name)
    })))
}

/// Takes out `pub use module::Type;`.
pub fn remove_reexport(text: &str, module: &str, ty: &str) -> Found {
    let source = Source::parse(text)?;
    let spellings = ["", "self::"].map(|start| format!("pub use {start}{module}::{ty};"));
    let mut items = source.file().items.iter();
    let found = items.find_map(|item| match item {
        Item::Use(item) if names(item, &[module, ty]) => Some(item),
        _ => None,
    });
    let Some(item) = found else {
        return Ok(None);
    };
    let cut = Cut::below_attributes(&source, source.range(item), &item.attrs);
    Ok(Some(cut.removal(&spellings, |text| {
        insert_reexport(text, module, ty)
    })))
}

/// Whether the item brings nothing else into scope.
fn names(item: &ItemUse, end: &[&str]) -> bool {
    let mut path = Vec::new();
    let mut tree = &item.tree;
    while let UseTree::Path(next) = tree {
        path.push(plain(&next.ident));
        tree = &next.tree;
    }
    match tree {
        UseTree::Name(name) => path.push(plain(&name.ident)),
        _ => return false,
    }
    path.len() >= end.len() && path[path.len() - end.len()..] == *end
}

/// Takes out `tasks.add::<Type>();`.
pub fn remove_call(text: &str, function: &str, method: &str, ty: &str) -> Found {
    let source = Source::parse(text)?;
    let Some(call) = call_list::find(&source, function, method, ty) else {
        return Ok(None);
    };
    let cut = Cut::below_attributes(&source, call.range, call.attributes);
    let written = [format!("{}.{method}::<{ty}>();", call.receiver)];
    Ok(Some(cut.removal(&written, |text| {
        call_list::insert_call(text, function, method, ty)
    })))
}

/// Takes out every `.routes(routes!(module::handler))` of a module of routes.
pub fn remove_routes(text: &str, module: &str) -> Found {
    let mut left = text.to_owned();
    let (mut found, mut edited) = (false, None);
    while let Some(removal) = remove_route(&left, module)? {
        found = true;
        edited = edited.or(removal.edited);
        left = removal.text;
    }
    Ok(found.then_some(Removal { text: left, edited }))
}

fn remove_route(text: &str, module: &str) -> Found {
    let source = Source::parse(text)?;
    let spellings = spellings(&source, module);
    let is_ours = |path: &Vec<String>| {
        let module = path.split_last().map(|(_, module)| module.join("::"));
        module.is_some_and(|module| spellings.contains(&module))
    };
    // Of several, the last: those before it then are where they were when it was inserted.
    let calls = call_chain::ranges(&source).into_iter();
    let mut calls = calls.filter(|(paths, _)| !paths.is_empty());
    let Some((paths, range)) = calls.rfind(|(paths, _)| paths.iter().all(is_ours)) else {
        return Ok(None);
    };
    let path = paths[0].join("::");
    let (spelling, handler) = path.rsplit_once("::").unwrap_or(("", &path));
    let written = [format!(".routes(routes!({path}))")];
    let cut = Cut::new(&source, range);
    Ok(Some(cut.removal(&written, |text| {
        let group = call_chain::Group::Guarded;
        let guarded = call_chain::insert_route(text, spelling, handler, group)?;
        if guarded.apply(text) == source.text() {
            return Ok(guarded);
        }
        call_chain::insert_route(text, spelling, handler, call_chain::Group::Public)
    })))
}

/// What a file may call a module of routes.
fn spellings(source: &Source<'_>, module: &str) -> Vec<String> {
    let mut spellings = vec![
        module.to_owned(),
        format!("routes::{module}"),
        format!("crate::routes::{module}"),
    ];
    let bound = bindings(source).into_iter();
    let aliases =
        bound.filter(|(_, path)| path.ends_with(&["routes".to_owned(), module.to_owned()]));
    spellings.extend(aliases.map(|(name, _)| name));
    spellings
}

/// Takes a path out of the imports of a file.
pub fn remove_import(text: &str, path: &[&str]) -> Found {
    let source = Source::parse(text)?;
    let again = |text: &str| {
        let added = [WhenAbsent::FullPath, WhenAbsent::AddLine]
            .map(|when| import(text, path, when).map(|import| import.edit));
        let [extended, added] = added;
        match extended {
            Ok(edit) if edit != Edit::Unchanged => Ok(edit),
            _ => added,
        }
    };
    let items = source.file().items.iter();
    let uses = items.filter_map(|item| match item {
        // What holds under a condition is its owner's.
        Item::Use(item) if item.attrs.is_empty() => Some(item),
        _ => None,
    });
    for item in uses {
        if names(item, path) {
            let cut = Cut::new(&source, source.range(item));
            let written = [format!("use {};", path.join("::"))];
            return Ok(Some(cut.removal(&written, again)));
        }
        if let Some(removal) = braces::remove(&source, item, path, again) {
            return Ok(Some(removal));
        }
    }
    Ok(None)
}

/// An entry that is to go.
struct Cut<'s, 'a> {
    source: &'s Source<'a>,
    /// With its attributes.
    range: Range<usize>,
    /// Without them: a command inserts none, but a doc comment at the end of the line above claims
    /// what follows it.
    bare: Range<usize>,
}

impl<'s, 'a> Cut<'s, 'a> {
    fn new(source: &'s Source<'a>, range: Range<usize>) -> Self {
        let bare = range.clone();
        Self {
            source,
            range,
            bare,
        }
    }

    fn below_attributes(source: &'s Source<'a>, range: Range<usize>, above: &[Attribute]) -> Self {
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
    fn removal(&self, written: &[String], again: impl Fn(&str) -> Result<Edit>) -> Removal {
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
            edited: (!is_known).then(|| text[..self.range.start].matches('\n').count() + 1),
        }
    }

    /// Whether nothing else is on the lines of the entry.
    fn is_alone(&self) -> bool {
        let text = self.source.text();
        let before = &text[self.source.line_start(self.range.start)..self.range.start];
        let after = &text[self.range.end..self.source.line_end(self.range.end)];
        before.trim().is_empty() && after.trim().is_empty()
    }

    /// The entry with its lines, if it shares them with nothing but a comment; else the entry.
    fn lines(&self) -> Range<usize> {
        let text = self.source.text();
        let start = self.source.line_start(self.range.start);
        let end = self.source.line_end(self.range.end);
        let after = text[self.range.end..end].trim();
        let alone = text[start..self.range.start].trim().is_empty()
            && (after.is_empty() || after.starts_with("//"));
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
        vec![
            above..line_end,
            line_start..below,
            line_start..self.past_newline(self.source.line_end(below)),
            self.before_newline(self.source.line_start(above))..line_end,
            above..self.bare.end,
            self.bare.start..self.bare.end + white_after,
            self.blank_around(),
        ]
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

fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests;
