//! What SQL does to tables that are there.

use super::words::{Word, words};
use super::{after, name, word};

/// What SQL does to some tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It leaves their columns and indexes as they are.
    None,
    /// It changes them and nothing else.
    Change,
    /// Both, or nobody knows.
    Unknown,
}

/// What the statements of a file do to these tables.
pub fn effect(sql: &str, tables: &[String]) -> Effect {
    let words = words(sql);
    let statements = words.split(|word| word.is(";"));
    let statements = statements.filter(|statement| !statement.is_empty());
    let effects: Vec<Effect> = statements.map(|it| of_one(it, tables)).collect();
    match effects.first() {
        None => Effect::None,
        Some(first) if effects.iter().all(|effect| effect == first) => *first,
        Some(_) => Effect::Unknown,
    }
}

fn of_one(words: &[Word], tables: &[String]) -> Effect {
    let is_ours = |words: &[Word]| tables.contains(&name(words).0);
    let change_if = |is_ours: bool| {
        if is_ours {
            Effect::Change
        } else {
            Effect::None
        }
    };
    let rest = words.get(2..).unwrap_or_default();
    let rest = match word(rest, 1) {
        "not" => after(rest, &["if", "not", "exists"]),
        _ => after(rest, &["if", "exists"]),
    };
    let behind_on = |words: &[Word]| {
        let on = words.iter().position(|word| word.is("on"));
        on.is_some_and(|on| is_ours(after(&words[on + 1..], &["only"])))
    };
    let is_named = words.iter().any(|word| tables.contains(&word.text));
    match (word(words, 0), word(words, 1)) {
        ("alter", "table") => {
            let table = after(rest, &["only"]);
            let action = name(table).1;
            match (is_ours(table), word(action, 0), word(action, 1)) {
                (true, "rename", "to" | "as") => Effect::Unknown,
                (is_ours, ..) => change_if(is_ours),
            }
        }
        ("create", "index" | "unique") => change_if(behind_on(words)),
        ("drop", "index") => {
            let index = name(rest).0;
            let is_called = |table: &String| index.starts_with(&format!("{table}_"));
            change_if(behind_on(words) || tables.iter().any(is_called))
        }
        ("update", _) => change_if(is_ours(&words[1..])),
        ("delete", _) => change_if(is_ours(&words[2.min(words.len())..])),
        ("insert", _) => Effect::None,
        ("create", "table") if !is_ours(rest) => Effect::None,
        _ if is_named => Effect::Unknown,
        _ => Effect::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_told_apart() {
        for (sql, expected) in [
            ("", Effect::None),
            ("-- ALTER TABLE a ADD x INT;", Effect::None),
            ("CREATE TABLE b (a INT REFERENCES a (id));", Effect::None),
            (
                "ALTER TABLE b ADD COLUMN a INT; CREATE INDEX i ON b (a);",
                Effect::None,
            ),
            (
                "INSERT INTO a VALUES (1); DROP TABLE IF EXISTS b;",
                Effect::None,
            ),
            (
                "ALTER TABLE IF EXISTS a ADD COLUMN x INT REFERENCES b (id);",
                Effect::Change,
            ),
            (
                "ALTER TABLE a DROP x;\nCREATE UNIQUE INDEX i ON \"a\" (x);",
                Effect::Change,
            ),
            (
                "ALTER TABLE a ADD x INT; UPDATE a SET x = 1;",
                Effect::Change,
            ),
            ("DROP INDEX IF EXISTS a_x_index;", Effect::Change),
            ("DROP INDEX x_index ON a;", Effect::Change),
            ("ALTER TABLE a RENAME COLUMN x TO y;", Effect::Change),
            ("ALTER TABLE a RENAME TO c;", Effect::Unknown),
            (
                "ALTER TABLE a ADD x INT; ALTER TABLE b ADD x INT;",
                Effect::Unknown,
            ),
            ("CREATE TABLE a (x INT);", Effect::Unknown),
            ("DROP TABLE b, a;", Effect::Unknown),
            ("CREATE VIEW v AS SELECT * FROM a;", Effect::Unknown),
        ] {
            assert_eq!(effect(sql, &["a".to_owned()]), expected, "{sql}");
        }
    }
}
