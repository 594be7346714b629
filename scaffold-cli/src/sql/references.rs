//! What refers to other tables.

use super::Word;
use super::{Table, Tables, name};

impl Tables {
    /// The tables that refer to this one with a column, but for itself.
    pub fn that_refer_to(&self, table: &str) -> impl Iterator<Item = &String> {
        let refers = move |it: &Table| it.references.iter().any(|(_, other)| other == table);
        let found = self
            .iter()
            .filter(move |(name, it)| *name != table && refers(it));
        found.map(|(name, _)| name)
    }
}

impl Table {
    /// Gives one side of its references another name.
    pub(super) fn refer_instead(
        &mut self,
        side: impl Fn(&mut (String, String)) -> &mut String,
        old: &str,
        new: &str,
    ) {
        let all = std::mem::take(&mut self.references).into_iter();
        let renamed = all.map(|mut reference| {
            let name = side(&mut reference);
            if name == old {
                new.clone_into(name);
            }
            reference
        });
        self.references = renamed.collect();
    }
}

/// The column and the table of `owner TEXT REFERENCES users (id)`, also of a `FOREIGN KEY`.
pub(super) fn reference(part: &[Word]) -> Option<(String, String)> {
    let at = part.iter().position(|word| word.is("references"))?;
    let key = part[..at]
        .windows(3)
        .position(|it| it[0].is("foreign") && it[1].is("key") && it[2].is("("));
    let column = name(&part[key.map_or(0, |key| key + 3)..]).0;
    Some((column, name(&part[at + 1..]).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, table: &str, expected: &[&str]) {
        let mut tables = Tables::default();
        tables.run("up.sql", sql);
        let found: Vec<_> = tables.that_refer_to(table).collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn tables_refer_to_tables() {
        let made = "CREATE TABLE a (x INT REFERENCES a (id));\n\
                    CREATE TABLE b (y INT, CONSTRAINT k FOREIGN KEY (y) REFERENCES a (id));\n\
                    CREATE TABLE c (references_a INT); CREATE TABLE d (id INT);\n\
                    ALTER TABLE d ADD COLUMN z INT CONSTRAINT l REFERENCES public.a (id);\n";
        check(made, "a", &["b", "d"]);
        let gone = "ALTER TABLE d RENAME COLUMN z TO w; ALTER TABLE d DROP COLUMN w;\n\
                    DROP TABLE b;";
        check(&format!("{made}{gone}"), "a", &[]);
        check(
            &format!("{made}ALTER TABLE a RENAME TO e;"),
            "e",
            &["b", "d"],
        );
        let key =
            "ALTER TABLE c ADD COLUMN f INT, ADD CONSTRAINT m FOREIGN KEY (f) REFERENCES b (y);";
        check(&format!("{made}{key}"), "b", &["c"]);
    }
}
