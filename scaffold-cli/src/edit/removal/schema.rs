//! Tables, columns and joins of `schema.rs`.

use std::ops::Range;

use super::{Cut, Found, Removal};
use crate::edit::schema::{self, Column, Join, Names};
use crate::edit::{EditError, Source};

/// Takes out a table with its joins.
pub fn remove_table(text: &str, table: &str) -> Found {
    let is_of = |join: &Join| join.table == table || join.other == table;
    let steps: [&dyn Fn(&str) -> Found; 3] = [
        &|text| remove_join(text, is_of),
        &|text| remove_allowed(text, table),
        &|text| remove_block(text, table),
    ];
    each_while_found(text, &steps)
}

/// Takes a column out of a table, with the join that it is.
pub fn remove_column(text: &str, table: &str, column: &str) -> Found {
    let is_it = |join: &Join| join.table == table && join.column == column;
    let steps: [&dyn Fn(&str) -> Found; 2] = [&|text| remove_join(text, is_it), &|text| {
        remove_line(text, table, column)
    }];
    each_while_found(text, &steps)
}

/// Does each step until it finds nothing more.
fn each_while_found(text: &str, steps: &[&dyn Fn(&str) -> Found]) -> Found {
    let mut left = text.to_owned();
    let (mut found, mut edited) = (false, None);
    for step in steps {
        while let Some(removal) = step(&left)? {
            found = true;
            edited = edited.or(removal.edited);
            left = removal.text;
        }
    }
    Ok(found.then_some(Removal { text: left, edited }))
}

fn remove_block(text: &str, table: &str) -> Found {
    let source = Source::parse(text)?;
    let mut tables = schema::tables(&source).into_iter();
    let Some(found) = tables.find(|it| it.name == table) else {
        return Ok(None);
    };
    let columns: Vec<Column> = found.columns.into_iter().map(|it| it.column).collect();
    let written = [schema::block(table, &columns)];
    let cut = Cut::new(&source, found.range);
    Ok(Some(cut.removal(&written, |text| {
        schema::insert_table(text, table, &columns)
    })))
}

fn remove_line(text: &str, table: &str, column: &str) -> Found {
    let source = Source::parse(text)?;
    let mut tables = schema::tables(&source).into_iter();
    let found = tables.find(|it| it.name == table);
    let mut places = found.into_iter().flat_map(|table| table.columns);
    let Some(place) = places.find(|place| place.column.0 == column) else {
        return Ok(None);
    };
    let column = [place.column];
    let written = [schema::line(&column[0])];
    let cut = Cut::new(&source, place.range);
    Ok(Some(cut.removal(&written, |text| {
        schema::insert_columns(text, table, &column)
    })))
}

/// Takes out a join and, if it follows, what lets the two tables appear together.
fn remove_join(text: &str, is_it: impl Fn(&Join) -> bool) -> Found {
    let source = Source::parse(text)?;
    // Of several, the last: it was inserted last.
    let Some(join) = schema::joins(&source).into_iter().rfind(is_it) else {
        return Ok(None);
    };
    let (table, other) = (join.table.as_str(), join.other.as_str());
    let follows = |names: &Names| {
        let is_pair = names.names.iter().map(|(name, _)| name).eq([table, other]);
        let between = text.get(join.range.end..names.range.start);
        is_pair && between.is_some_and(|between| between.trim().is_empty())
    };
    let pair = schema::allowed(&source).into_iter().find(follows);
    let lines = schema::join(table, other, &join.column);
    let (written, end) = match pair {
        Some(pair) => (lines.concat(), pair.range.end),
        None => (lines[0].clone(), join.range.end),
    };
    let cut = Cut::new(&source, join.range.start..end);
    Ok(Some(cut.removal(&[written], |text| {
        schema::insert_join(text, table, other, &join.column)
    })))
}

/// Takes a table out of the lists of those that may appear in one query.
fn remove_allowed(text: &str, table: &str) -> Found {
    let source = Source::parse(text)?;
    for list in schema::allowed(&source) {
        let Some(at) = list.names.iter().position(|(name, _)| name == table) else {
            continue;
        };
        if list.names.len() > 2 {
            let range = entry(&list, at);
            let gone = &text[range.clone()];
            // A comment goes with the name that it stands beside.
            let is_noted = gone.contains("//") || gone.contains("/*");
            let line = text[..range.start].matches('\n').count() + 1;
            return Ok(Some(Removal {
                text: format!("{}{}", &text[..range.start], &text[range.end..]),
                edited: is_noted.then_some(line),
            }));
        }
        let written = [text[list.range.clone()].to_owned()];
        let cut = Cut::new(&source, list.range);
        let never = |_: &str| Err(EditError::new("it is not inserted alone", ""));
        return Ok(Some(cut.removal(&written, never)));
    }
    Ok(None)
}

/// A name of a list with the comma and the white space before or after it.
fn entry(list: &Names, at: usize) -> Range<usize> {
    let own = list.names[at].1.clone();
    match list.names.get(at + 1) {
        Some((_, next)) => own.start..next.start,
        None => list.names[at - 1].1.end..own.end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "// @generated\n\ndiesel::table! {\n    a (id) {\n        id -> Text,\n    }\n}\n\n\
                          diesel::table! {\n    c (id) {\n        id -> Text,\n    }\n}\n";

    fn own(columns: &[(&str, &str)]) -> Vec<Column> {
        let own = |(name, ty): &(&str, &str)| ((*name).to_owned(), (*ty).to_owned());
        columns.iter().map(own).collect()
    }

    #[track_caller]
    fn left(found: Found) -> String {
        let removal = found.unwrap().unwrap();
        assert_eq!(removal.edited, None);
        removal.text
    }

    /// With a table of its own place, a join and more columns.
    fn grown(text: &str, table: &str) -> String {
        let columns = own(&[("id", "Text"), ("c_id", "Nullable<Text>")]);
        let text = schema::insert_table(text, table, &columns)
            .unwrap()
            .apply(text);
        schema::insert_join(&text, table, "c", "c_id")
            .unwrap()
            .apply(&text)
    }

    #[test]
    fn a_table_goes_with_its_joins() {
        for schema in [SCHEMA.to_owned(), SCHEMA.replace('\n', "\r\n")] {
            for table in ["A", "b", "d"] {
                let after = grown(&schema, table);
                assert_eq!(left(remove_table(&after, table)), schema, "{table}");
                let more = grown(&after, "e");
                assert_eq!(left(remove_table(&more, "e")), after);
                assert_eq!(left(remove_table(&more, table)), grown(&schema, "e"));
            }
        }
        assert_eq!(remove_table(SCHEMA, "b"), Ok(None));
    }

    #[test]
    fn a_table_goes_from_lists_that_have_more() {
        let list = "diesel::allow_tables_to_appear_in_same_query!(a, b, c,);\n";
        let after = grown(SCHEMA, "b") + list;
        let expected = format!("\n{}", list.replace("b, ", ""));
        assert_eq!(
            left(remove_table(&after, "b")),
            SCHEMA.to_owned() + &expected
        );
        let last = list.replace("a, b, c,", "a, c, b");
        let after = grown(SCHEMA, "b") + &last;
        let expected = format!("\n{}", last.replace(", b", ""));
        assert_eq!(
            left(remove_table(&after, "b")),
            SCHEMA.to_owned() + &expected
        );
        let noted = list.replace("b, ", "b, // mine\n");
        let removal = remove_table(&(grown(SCHEMA, "b") + &noted), "b").unwrap();
        assert!(removal.unwrap().edited.is_some());
        let pair = "\ndiesel::allow_tables_to_appear_in_same_query!(a, c);\n";
        let text = left(remove_table(&(SCHEMA.to_owned() + pair), "c"));
        assert!(
            !text.contains("allow") && text.contains("    a (id)"),
            "{text}"
        );
    }

    #[test]
    fn columns_go_with_their_join() {
        for schema in [SCHEMA.to_owned(), SCHEMA.replace('\n', "\r\n")] {
            let columns = own(&[("note", "Nullable<Text>"), ("c_id", "Text")]);
            let after = schema::insert_columns(&schema, "a", &columns).unwrap();
            let after = after.apply(&schema);
            let joined = schema::insert_join(&after, "a", "c", "c_id").unwrap();
            let joined = joined.apply(&after);
            let first = left(remove_column(&joined, "a", "c_id"));
            assert!(!first.contains("joinable") && first.contains("note ->"));
            assert_eq!(left(remove_column(&first, "a", "note")), schema);
            assert_eq!(remove_column(&schema, "a", "note"), Ok(None));
            assert_eq!(remove_column(&schema, "b", "id"), Ok(None));
        }
    }

    #[test]
    fn what_its_owner_added_is_told() {
        let noted = SCHEMA.replace("    c (id)", "    /// Mine.\n    c (id)");
        let removal = remove_table(&noted, "c").unwrap().unwrap();
        assert_eq!(removal.edited, Some(9));
        let noted = SCHEMA.replace(
            "id -> Text,\n    }\n}\n\n",
            "id -> Text, // mine\n    }\n}\n\n",
        );
        let removal = remove_column(&noted, "a", "id").unwrap().unwrap();
        assert_eq!(removal.edited, Some(5));
    }
}
