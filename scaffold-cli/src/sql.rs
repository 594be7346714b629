//! What migrations make of tables and columns, as far as their SQL tells.

use std::collections::{BTreeMap, BTreeSet};

mod effects;
mod references;
mod words;

pub use effects::{Effect, effect};

use references::reference;
use words::{Word, words};

/// What begins a part of a table that is no column.
const NO_COLUMN: [&str; 11] = [
    "check",
    "constraint",
    "exclude",
    "foreign",
    "fulltext",
    "index",
    "key",
    "like",
    "primary",
    "spatial",
    "unique",
];

/// A table as the migrations leave it.
#[derive(Debug, Default)]
pub struct Table {
    /// The file that made it.
    pub file: String,
    /// Its columns.
    pub columns: BTreeSet<String>,
    /// The columns that refer to other tables, with these.
    references: BTreeSet<(String, String)>,
    /// Whether every statement about it was understood.
    pub is_known: bool,
}

/// The tables as the migrations leave them.
#[derive(Debug, Default)]
pub struct Tables {
    tables: BTreeMap<String, Table>,
}

impl Tables {
    /// The tables by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Table)> {
        self.tables.iter()
    }

    /// Whether there is a table of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// Runs the statements of a file.
    pub fn run(&mut self, file: &str, sql: &str) {
        let words = words(sql);
        for statement in words.split(|word| word.is(";")) {
            self.statement(file, statement);
        }
    }

    fn statement(&mut self, file: &str, words: &[Word]) {
        let rest = skip(
            words,
            &["temporary", "temp", "unlogged", "or", "replace"],
            1,
        );
        match (word(words, 0), word(rest, 1)) {
            ("create", "table") => self.create(file, after(&rest[2..], &["if", "not", "exists"])),
            ("drop", "table") => {
                for part in after(&words[2..], &["if", "exists"]).split(|word| word.is(",")) {
                    self.tables.remove(&name(part).0);
                }
            }
            ("alter", "table") => {
                let rest = after(&words[2..], &["if", "exists"]);
                self.alter(after(rest, &["only"]));
            }
            _ => {}
        }
    }

    fn create(&mut self, file: &str, words: &[Word]) {
        let (table, rest) = name(words);
        if table.is_empty() || self.has(&table) {
            return;
        }
        let is_list = word(rest, 0) == "(";
        let parts = parts(rest);
        let columns = parts.iter().filter_map(|part| {
            let (column, _) = name(part);
            let is_column = part.first()?.quoted || !NO_COLUMN.contains(&column.as_str());
            (is_column && !column.is_empty()).then_some(column)
        });
        let made = Table {
            file: file.to_owned(),
            columns: if is_list {
                columns.collect()
            } else {
                BTreeSet::new()
            },
            references: parts.iter().filter_map(|part| reference(part)).collect(),
            is_known: is_list && !rest.iter().any(|word| word.is("as") || word.is("inherits")),
        };
        self.tables.insert(table, made);
    }

    fn alter(&mut self, words: &[Word]) {
        let (table, rest) = name(words);
        if let ("rename", "to" | "as") = (word(rest, 0), word(rest, 1)) {
            self.rename(&table, &name(&rest[2..]).0);
            return;
        }
        let Some(made) = self.tables.get_mut(&table) else {
            return;
        };
        for action in top_level(rest) {
            made.change(action);
        }
    }

    fn rename(&mut self, old: &str, new: &str) {
        if let Some(made) = self.tables.remove(old) {
            self.tables.insert(new.to_owned(), made);
        }
        for table in self.tables.values_mut() {
            table.refer_instead(|(_, table)| table, old, new);
        }
    }
}

impl Table {
    fn change(&mut self, action: &[Word]) {
        let rest = after(&action[action.len().min(1)..], &["column"]);
        let column = |skipped: &[&str]| name(after(rest, skipped)).0;
        if word(action, 0) == "add" {
            let added = after(rest, &["if", "not", "exists"]);
            self.references.extend(reference(added));
        }
        match (word(action, 0), word(action, 1)) {
            ("add", second) if NO_COLUMN.contains(&second) => {}
            ("add", "(") => self.is_known = false,
            ("add", _) => {
                self.columns.insert(column(&["if", "not", "exists"]));
            }
            ("drop", second) if NO_COLUMN.contains(&second) => {}
            ("drop", _) => {
                let column = column(&["if", "exists"]);
                self.columns.remove(&column);
                self.references.retain(|(owner, _)| *owner != column);
            }
            ("rename", second) if NO_COLUMN.contains(&second) => {}
            ("rename", _) => {
                let (old, rest) = name(rest);
                self.rename(&old, &name(after(rest, &["to"])).0);
            }
            ("change", _) => {
                let (old, rest) = name(rest);
                self.rename(&old, &name(rest).0);
            }
            _ => {}
        }
    }

    fn rename(&mut self, old: &str, new: &str) {
        self.columns.remove(old);
        self.columns.insert(new.to_owned());
        self.refer_instead(|(column, _)| column, old, new);
    }
}

/// Whether SQL has a name in it, of a table or a column.
pub fn names(sql: &str, name: &str) -> bool {
    words(sql).iter().any(|word| word.text == name)
}

fn word(words: &[Word], index: usize) -> &str {
    words.get(index).map_or("", |word| word.text.as_str())
}

/// What is behind these words, as many of them as are there in this order.
fn after<'a>(mut words: &'a [Word], expected: &[&str]) -> &'a [Word] {
    for expected in expected {
        match words.split_first() {
            Some((first, rest)) if first.is(expected) => words = rest,
            _ => return words,
        }
    }
    words
}

/// The statement from where the skipped words end, with one word kept in front.
fn skip<'a>(words: &'a [Word], skipped: &[&str], from: usize) -> &'a [Word] {
    let more = words.iter().skip(from);
    let count = more
        .take_while(|word| skipped.iter().any(|it| word.is(it)))
        .count();
    &words[count.min(words.len())..]
}

/// A name, without the schema in front, and what follows it.
fn name(words: &[Word]) -> (String, &[Word]) {
    match words {
        [_, dot, table, rest @ ..] if dot.is(".") => (table.text.clone(), rest),
        [table, rest @ ..] => (table.text.clone(), rest),
        [] => (String::new(), words),
    }
}

/// The parts of a list in brackets.
fn parts(words: &[Word]) -> Vec<&[Word]> {
    let mut depth = 0;
    let end = words.iter().position(|word| {
        depth += i32::from(word.is("(")) - i32::from(word.is(")"));
        depth == 0
    });
    top_level(words.get(1..end.unwrap_or(words.len())).unwrap_or_default())
}

/// Splits at the commas that are in no brackets.
fn top_level(words: &[Word]) -> Vec<&[Word]> {
    let mut depth = 0;
    let split = words.split(|word| {
        depth += i32::from(word.is("(")) - i32::from(word.is(")"));
        depth == 0 && word.is(",")
    });
    split.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[(&str, &[&str])]) {
        let mut tables = Tables::default();
        tables.run("up.sql", sql);
        let found: Vec<(&str, Vec<&str>)> = tables
            .iter()
            .map(|(name, table)| {
                assert!(table.is_known, "{name}");
                (
                    name.as_str(),
                    table.columns.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, columns)| (*name, columns.to_vec()))
            .collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn tables_are_made() {
        check(
            "-- a; b\nCREATE TABLE IF NOT EXISTS \"users\" (\n id TEXT NOT NULL PRIMARY KEY,\n\
             price DECIMAL(10, 2), -- c\n `key` TEXT DEFAULT 'a,(b',\n\
             CONSTRAINT x CHECK (length(id) <= 3), PRIMARY KEY (id), UNIQUE (price)\n) STRICT;\n\
             CREATE INDEX i ON users (id);",
            &[("users", &["id", "key", "price"])],
        );
        check("create table public.A (b int)", &[("a", &["b"])]);
    }

    #[test]
    fn tables_are_dropped_and_renamed() {
        check(
            "CREATE TABLE a (x INT); CREATE TABLE b (x INT); DROP TABLE IF EXISTS a, b;",
            &[],
        );
        check(
            "CREATE TABLE new_a (y INT); DROP TABLE a; ALTER TABLE new_a RENAME TO a;",
            &[("a", &["y"])],
        );
    }

    #[test]
    fn columns_come_and_go() {
        check(
            "CREATE TABLE a (x INT, y INT, z INT);\n\
             ALTER TABLE a ADD COLUMN b INT DEFAULT 1, ADD c INT;\n\
             ALTER TABLE a DROP COLUMN x; ALTER TABLE a RENAME COLUMN y TO d;\n\
             ALTER TABLE a CHANGE COLUMN z e BIGINT; ALTER TABLE a ADD CONSTRAINT k UNIQUE (b);\n\
             ALTER TABLE a ALTER COLUMN b TYPE BIGINT; ALTER TABLE other ADD COLUMN b INT;",
            &[("a", &["b", "c", "d", "e"])],
        );
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let sql = "-- not c\nALTER TABLE `a` ADD b_c TEXT DEFAULT 'd';";
        assert!(names(sql, "a") && names(sql, "b_c"));
        assert!(!names(sql, "c") && !names(sql, "d") && !names(sql, "b"));
    }

    #[test]
    fn what_comes_from_a_query_is_not_known() {
        let mut tables = Tables::default();
        tables.run(
            "up.sql",
            "CREATE TABLE a AS SELECT 1; CREATE TABLE b (x) AS SELECT 1;",
        );
        assert!(tables.iter().all(|(_, table)| !table.is_known));
    }
}
