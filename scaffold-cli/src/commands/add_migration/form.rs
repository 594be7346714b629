//! What the name of a migration says.

use crate::edit::schema::Column;

/// What a migration does, as its name says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `create_users`
    Create { table: String },
    /// `add_email_to_users`
    Add { table: String },
    /// `remove_email_from_users`
    Remove { table: String },
    /// `rename_email_to_address_on_users`
    Rename {
        table: String,
        from: String,
        to: String,
    },
    /// `add_index_to_users_on_name_and_age`, `add_index_on_name_to_users`
    Index { table: String, columns: Vec<String> },
    /// `drop_users`
    Drop { table: String },
    /// `rename_nothing_to_title_on_users`, `add_index_to_users_on_nothing`
    Nothing { table: String, column: String },
    /// Anything else.
    Other,
}

impl Form {
    /// Reads a name. `columns` tells those of a table, if there is such a table: `to` and `on` may
    /// be part of a column's name.
    pub(super) fn of(name: &str, columns: &dyn Fn(&str) -> Option<Vec<Column>>) -> Self {
        let own = str::to_owned;
        if let Some(table) = name.strip_prefix("create_") {
            return Self::Create { table: own(table) };
        }
        if let Some(table) = name.strip_prefix("drop_") {
            return Self::Drop { table: own(table) };
        }
        if let Some(rest) = name.strip_prefix("add_index_") {
            return index(rest, columns);
        }
        if let Some(rest) = name.strip_prefix("rename_") {
            return rename(rest, columns);
        }
        let behind = |verb, word| {
            let rest = name.strip_prefix(verb)?;
            let tables = splits(rest, word).map(|(_, table)| table);
            // The longest name of a table that there is.
            tables.into_iter().find(|table| columns(table).is_some())
        };
        if let Some(table) = behind("add_", "_to_") {
            return Self::Add { table: own(table) };
        }
        match behind("remove_", "_from_") {
            Some(table) => Self::Remove { table: own(table) },
            None => Self::Other,
        }
    }

    /// Whether the name asks for something that `schema.rs` would have to know.
    pub(super) fn looks_known(name: &str) -> bool {
        let begins = |verb: &str, word: &str| name.starts_with(verb) && name.contains(word);
        begins("add_index_", "_")
            || begins("add_", "_to_")
            || begins("remove_", "_from_")
            || begins("rename_", "_on_")
    }
}

/// `to_users_on_name_and_age` or `on_name_and_age_to_users`.
fn index(rest: &str, columns: &dyn Fn(&str) -> Option<Vec<Column>>) -> Form {
    let table_first = rest.strip_prefix("to_").map(|rest| splits(rest, "_on_"));
    let table_last = rest.strip_prefix("on_").map(|rest| {
        let swapped = splits(rest, "_to_").map(|(columns, table)| (table, columns));
        swapped.collect::<Vec<_>>()
    });
    let pairs = table_first.map(Iterator::collect).or(table_last);
    let mut form = Form::Other;
    for (table, names) in pairs.unwrap_or_default() {
        let Some(known) = columns(table) else {
            continue;
        };
        let has = |name: &str| known.iter().any(|(column, _)| column == name);
        let several: Vec<&str> = names.split("_and_").collect();
        let found = if has(names) { vec![names] } else { several };
        let Some(absent) = found.iter().find(|name| !has(name)) else {
            return Form::Index {
                table: table.to_owned(),
                columns: found.into_iter().map(str::to_owned).collect(),
            };
        };
        form = nothing(form, table, absent);
    }
    form
}

/// The first reading of a name that fits but for its column.
fn nothing(form: Form, table: &str, column: &str) -> Form {
    match form {
        Form::Other => Form::Nothing {
            table: table.to_owned(),
            column: column.to_owned(),
        },
        form => form,
    }
}

/// `email_to_address_on_users`
fn rename(rest: &str, columns: &dyn Fn(&str) -> Option<Vec<Column>>) -> Form {
    let mut form = Form::Other;
    for (names, table) in splits(rest, "_on_") {
        let Some(known) = columns(table) else {
            continue;
        };
        for (from, to) in splits(names, "_to_") {
            // The second time, `schema.rs` may have the new name.
            if known
                .iter()
                .any(|(column, _)| column == from || column == to)
            {
                return Form::Rename {
                    table: table.to_owned(),
                    from: from.to_owned(),
                    to: to.to_owned(),
                };
            }
            form = nothing(form, table, from);
        }
    }
    form
}

/// Every way to split a text at a word.
fn splits<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let places = text.match_indices(word);
    places.map(move |(at, _)| (&text[..at], &text[at + word.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str) -> Form {
        let columns = |names: &[&str]| {
            let column = |name: &&str| ((*name).to_owned(), "Text".to_owned());
            Some(names.iter().map(column).collect())
        };
        Form::of(name, &|table| match table {
            "users" => columns(&["id", "name", "way_to_pay", "one_and_two"]),
            "add_ons" => columns(&["id", "name"]),
            "links_to_users" => columns(&["id"]),
            _ => None,
        })
    }

    fn nothing_of(column: &str) -> Form {
        Form::Nothing {
            table: "users".to_owned(),
            column: column.to_owned(),
        }
    }

    fn rename_of(name: &str) -> (String, String, String) {
        match form(name) {
            Form::Rename { table, from, to } => (table, from, to),
            other => panic!("{name}: {other:?}"),
        }
    }

    fn index_of(name: &str) -> (String, Vec<String>) {
        match form(name) {
            Form::Index { table, columns } => (table, columns),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn names_say_what_is_done() {
        let table = "users".to_owned();
        assert_eq!(
            form("create_users"),
            Form::Create {
                table: table.clone()
            }
        );
        assert_eq!(
            form("drop_users"),
            Form::Drop {
                table: table.clone()
            }
        );
        assert_eq!(
            form("add_email_to_users"),
            Form::Add {
                table: table.clone()
            }
        );
        assert_eq!(form("remove_name_from_users"), Form::Remove { table });
        let table = "links_to_users".to_owned();
        assert_eq!(form("add_name_to_links_to_users"), Form::Add { table });
        for name in [
            "backfill_users",
            "add_email_to_nobody",
            "add_email",
            "rename_x",
        ] {
            assert_eq!(form(name), Form::Other, "{name}");
        }
    }

    #[test]
    fn columns_may_hold_the_words_between_them() {
        let names = |table: &str, from: &str, to: &str| (table.into(), from.into(), to.into());
        let found = rename_of("rename_name_to_full_name_on_users");
        assert_eq!(found, names("users", "name", "full_name"));
        let found = rename_of("rename_way_to_pay_to_method_on_users");
        assert_eq!(found, names("users", "way_to_pay", "method"));
        let found = rename_of("rename_name_to_title_on_add_ons");
        assert_eq!(found, names("add_ons", "name", "title"));
        assert_eq!(form("rename_no_to_title_on_users"), nothing_of("no"));
        assert_eq!(form("rename_no_to_title_on_nobody"), Form::Other);
    }

    #[test]
    fn an_index_has_one_column_or_several() {
        let found = |table: &str, columns: &[&str]| {
            (
                table.to_owned(),
                columns.iter().map(|it| (*it).to_owned()).collect(),
            )
        };
        let one = index_of("add_index_to_users_on_name");
        assert_eq!(one, found("users", &["name"]));
        let one = index_of("add_index_on_way_to_pay_to_users");
        assert_eq!(one, found("users", &["way_to_pay"]));
        let two = index_of("add_index_to_users_on_name_and_id");
        assert_eq!(two, found("users", &["name", "id"]));
        let one = index_of("add_index_to_users_on_one_and_two");
        assert_eq!(one, found("users", &["one_and_two"]));
        assert_eq!(form("add_index_to_users_on_no"), nothing_of("no"));
        assert_eq!(form("add_index_to_users_on_id_and_no"), nothing_of("no"));
        assert_eq!(form("add_index_to_nobody_on_id"), Form::Other);
    }
}
