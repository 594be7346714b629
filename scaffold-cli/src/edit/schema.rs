//! The tables of `schema.rs`: what they have, and more of it.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::Item;

use super::list::{Entry, insert_line};
use super::{Edit, EditError, Insert, Result, Source, parse};

/// A column with its type, as in `email -> Nullable<Text>`.
pub type Column = (String, String);

/// The columns of a table, if the file has it.
pub fn columns(source: &Source<'_>, table: &str) -> Option<Vec<Column>> {
    let found = tables(source).into_iter().find(|it| it.name == table)?;
    Some(found.columns.into_iter().map(|it| it.column).collect())
}

/// Adds a table below those whose names come before its own.
///
/// ```text
/// diesel::table! {
///     invoices (id) {
///         id -> Text,
///     }
/// }
/// ```
pub fn insert_table(text: &str, table: &str, columns: &[Column]) -> Result<Edit> {
    let block = block(table, columns);
    let source = parse(text, &block)?;
    let tables = tables(&source);
    if tables.iter().any(|it| it.name == table) {
        return Ok(Edit::Unchanged);
    }
    let newline = source.newline();
    let local = block.replace('\n', newline);
    let is_sorted = tables.is_sorted_by(|a, b| a.name <= b.name);
    let next = tables
        .iter()
        .find(|it| is_sorted && it.name.as_str() > table);
    let insert = match (next, tables.last()) {
        (Some(next), _) => source.line_before(next.range.start, "", &format!("{local}{newline}")),
        (None, Some(last)) => source.line_after(last.range.end, "", &format!("{newline}{local}")),
        (None, None) => {
            let gap = if text.trim().is_empty() { "" } else { newline };
            let end = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                newline
            };
            Insert::new(text.len(), format!("{end}{gap}{local}{newline}"))
        }
    };
    Edit::checked(&source, vec![insert], &block)
}

/// Adds columns at the end of a table, where the database has them too.
pub fn insert_columns(text: &str, table: &str, columns: &[Column]) -> Result<Edit> {
    let all: Vec<String> = columns.iter().map(line).collect();
    let all = all.join(" ");
    let source = parse(text, &all)?;
    let missing = |reason: String| EditError::new(reason, &all);
    let found = tables(&source).into_iter().find(|it| it.name == table);
    let found = found.ok_or_else(|| missing(format!("no table `{table}` found")))?;
    let is_new = |(name, _): &&Column| found.columns.iter().all(|it| it.column.0 != *name);
    let wanted: Vec<&Column> = columns.iter().filter(is_new).collect();
    if wanted.is_empty() {
        return Ok(Edit::Unchanged);
    }
    let last = found.columns.last();
    let last = last.ok_or_else(|| missing(format!("no columns found in table `{table}`")))?;
    let comma = if last.has_comma { "" } else { "," };
    let entry = [Entry {
        key: 0,
        range: last.range.clone(),
    }];
    let indent = source.indent(last.range.start);
    let separator = format!("{}{indent}", source.newline());
    let lines: Vec<String> = wanted.into_iter().map(line).collect();
    let mut inserts = Vec::new();
    if !comma.is_empty() {
        inserts.push(Insert::new(last.range.end, comma));
    }
    inserts.extend(insert_line(&source, &entry, &1, &lines.join(&separator)));
    Edit::checked(&source, inserts, &all)
}

/// Lets queries join a table with another one that it refers to.
///
/// ```text
/// diesel::joinable!(invoices -> persons (person_id));
/// diesel::allow_tables_to_appear_in_same_query!(invoices, persons);
/// ```
pub fn insert_join(text: &str, table: &str, other: &str, column: &str) -> Result<Edit> {
    let [join, allow] = join(table, other, column);
    let source = parse(text, &join)?;
    let is_join = |join: &Join| join.table == table && join.other == other;
    if joins(&source).iter().any(is_join) {
        return Ok(Edit::Unchanged);
    }
    let items = &source.file().items;
    let last = items.iter().rfind(|item| {
        let names = ["table", "joinable", "allow_tables_to_appear_in_same_query"];
        names.iter().any(|name| tokens(item, name).is_some())
    });
    let Some(last) = last else {
        return Err(EditError::new("no `table!` found", join));
    };
    let newline = source.newline();
    let gap = if tokens(last, "table").is_some() {
        newline
    } else {
        ""
    };
    let lines = format!("{gap}{join}{newline}{allow}");
    let insert = source.line_after(source.range(last).end, "", &lines);
    Edit::checked(&source, vec![insert], &join)
}

/// The macro of a table.
pub(super) fn block(table: &str, columns: &[Column]) -> String {
    let lines = columns.iter().map(|it| format!("        {}\n", line(it)));
    let lines: String = lines.collect();
    format!("diesel::table! {{\n    {table} (id) {{\n{lines}    }}\n}}")
}

/// The line of a column.
pub(super) fn line((name, ty): &Column) -> String {
    format!("{name} -> {ty},")
}

/// The two lines of a join.
pub(super) fn join(table: &str, other: &str, column: &str) -> [String; 2] {
    [
        format!("diesel::joinable!({table} -> {other} ({column}));"),
        format!("diesel::allow_tables_to_appear_in_same_query!({table}, {other});"),
    ]
}

/// A table and where it is.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) range: Range<usize>,
    pub(super) columns: Vec<Place>,
}

/// A column and where it is.
pub(super) struct Place {
    pub(super) column: Column,
    pub(super) range: Range<usize>,
    has_comma: bool,
}

/// `joinable!(table -> other (column));`
pub(super) struct Join {
    pub(super) table: String,
    pub(super) other: String,
    pub(super) column: String,
    pub(super) range: Range<usize>,
}

/// A list of tables, each with its place.
pub(super) struct Names {
    pub(super) names: Vec<(String, Range<usize>)>,
    pub(super) range: Range<usize>,
}

/// The joins of a file.
pub(super) fn joins(source: &Source<'_>) -> Vec<Join> {
    let join = |item: &Item| {
        let all: Vec<TokenTree> = tokens(item, "joinable")?.into_iter().collect();
        let [table, _, _, other, TokenTree::Group(column), ..] = all.as_slice() else {
            return None;
        };
        Some(Join {
            table: table.to_string(),
            other: other.to_string(),
            column: column.stream().to_string(),
            range: source.range(item),
        })
    };
    source.file().items.iter().filter_map(join).collect()
}

/// The lists of tables that may appear in one query.
pub(super) fn allowed(source: &Source<'_>) -> Vec<Names> {
    let list = |item: &Item| {
        let tokens = tokens(item, "allow_tables_to_appear_in_same_query")?;
        let names = tokens.into_iter().filter_map(|token| match token {
            TokenTree::Ident(name) => Some((name.to_string(), source.range(&name))),
            _ => None,
        });
        Some(Names {
            names: names.collect(),
            range: source.range(item),
        })
    };
    source.file().items.iter().filter_map(list).collect()
}

/// The tables of a file.
pub(super) fn tables(source: &Source<'_>) -> Vec<Table> {
    let items = source.file().items.iter();
    items.filter_map(|item| table(source, item)).collect()
}

fn table(source: &Source<'_>, item: &Item) -> Option<Table> {
    // Attributes and `use` lines may stand in front; the key follows the name.
    let all: Vec<TokenTree> = tokens(item, "table")?.into_iter().collect();
    let at = all.windows(2).position(|pair| {
        matches!(pair, [TokenTree::Ident(_), TokenTree::Group(key)] if key.delimiter() == proc_macro2::Delimiter::Parenthesis)
    })?;
    let [TokenTree::Ident(name), _, TokenTree::Group(body)] = all.get(at..at + 3)? else {
        return None;
    };
    Some(Table {
        name: name.to_string(),
        range: source.range(item),
        columns: places(source, body.stream()),
    })
}

/// The columns in the braces of a table.
fn places(source: &Source<'_>, body: TokenStream) -> Vec<Place> {
    let mut places = Vec::new();
    let mut current: Vec<TokenTree> = Vec::new();
    let mut depth = 0_usize;
    for token in body {
        let mark = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        // Not the one of `->`.
        let is_arrow = matches!(current.last(), Some(TokenTree::Punct(it)) if it.as_char() == '-');
        match mark {
            '<' => depth += 1,
            '>' if !is_arrow => depth = depth.saturating_sub(1),
            _ => {}
        }
        if mark == ',' && depth == 0 {
            places.extend(place(source, &current, Some(&token)));
            current.clear();
        } else {
            current.push(token);
        }
    }
    places.extend(place(source, &current, None));
    places
}

/// `email -> Nullable<Text>`, with attributes in front.
fn place(source: &Source<'_>, tokens: &[TokenTree], comma: Option<&TokenTree>) -> Option<Place> {
    let arrow = tokens.windows(2).position(|pair| {
        let text: String = pair.iter().map(ToString::to_string).collect();
        text == "->"
    })?;
    let name = tokens[..arrow].last()?;
    let ty: String = tokens[arrow + 2..]
        .iter()
        .map(ToString::to_string)
        .collect();
    let (first, last) = (tokens.first()?, comma.or(tokens.last())?);
    Some(Place {
        column: (name.to_string(), ty),
        range: source.range(first).start..source.range(last).end,
        has_comma: comma.is_some(),
    })
}

/// What stands in the brackets of a macro of this name.
fn tokens(item: &Item, name: &str) -> Option<TokenStream> {
    let Item::Macro(item) = item else {
        return None;
    };
    let is_it = item.mac.path.segments.last()?.ident == name;
    is_it.then(|| item.mac.tokens.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "// @generated\n\ndiesel::table! {\n    a (id) {\n        id -> Text,\n        \
                          note -> Nullable<Array<Text, Text>>,\n    }\n}\n\ndiesel::table! {\n    \
                          /// C\n    c (id) {\n        id -> Text\n    }\n}\n\n\
                          diesel::allow_tables_to_appear_in_same_query!(a, c,);\n";

    fn own(columns: &[(&str, &str)]) -> Vec<Column> {
        let own = |(name, ty): &(&str, &str)| ((*name).to_owned(), (*ty).to_owned());
        columns.iter().map(own).collect()
    }

    #[test]
    fn columns_are_read() {
        let source = Source::parse(SCHEMA).unwrap();
        let expected = own(&[("id", "Text"), ("note", "Nullable<Array<Text,Text>>")]);
        assert_eq!(columns(&source, "a"), Some(expected));
        assert_eq!(columns(&source, "c"), Some(own(&[("id", "Text")])));
        assert_eq!(columns(&source, "b"), None);
    }

    #[test]
    fn a_table_goes_where_its_name_belongs() {
        for (table, before) in [("b", "diesel::table! {\n    /// C"), ("d", "diesel::allow")] {
            let new = own(&[("id", "Text"), ("age", "Nullable<Integer>")]);
            let after = insert_table(SCHEMA, table, &new).unwrap().apply(SCHEMA);
            let block = format!(
                "diesel::table! {{\n    {table} (id) {{\n        id -> Text,\n        \
                 age -> Nullable<Integer>,\n    }}\n}}\n\n{before}"
            );
            assert!(after.contains(&block), "{after}");
            assert_eq!(insert_table(&after, table, &new), Ok(Edit::Unchanged));
        }
        let first = insert_table("", "x", &own(&[("id", "Text")])).unwrap();
        assert!(first.apply("").starts_with("diesel::table! {\n    x (id)"));
    }

    #[test]
    fn columns_go_to_the_end_of_their_table() {
        let new = own(&[("x", "Text"), ("y", "Bool")]);
        let after = insert_columns(SCHEMA, "a", &new).unwrap().apply(SCHEMA);
        let expected = "Text>>,\n        x -> Text,\n        y -> Bool,\n    }";
        assert!(after.contains(expected), "{after}");
        assert_eq!(insert_columns(&after, "a", &new), Ok(Edit::Unchanged));
        let after = insert_columns(SCHEMA, "c", &new).unwrap().apply(SCHEMA);
        assert!(after.contains("id -> Text,\n        x -> Text,"), "{after}");
        assert!(insert_columns(SCHEMA, "b", &new).is_err());
        let crlf = SCHEMA.replace('\n', "\r\n");
        let after = insert_columns(&crlf, "a", &new).unwrap().apply(&crlf);
        assert!(
            after.contains(",\r\n        x -> Text,\r\n        y"),
            "{after}"
        );
    }

    #[test]
    fn a_join_is_allowed_once() {
        let after = insert_join(SCHEMA, "a", "c", "c_id").unwrap().apply(SCHEMA);
        let expected = "diesel::joinable!(a -> c (c_id));\n\
                        diesel::allow_tables_to_appear_in_same_query!(a, c);\n";
        assert!(after.ends_with(expected), "{after}");
        assert_eq!(insert_join(&after, "a", "c", "x_id"), Ok(Edit::Unchanged));
    }
}
