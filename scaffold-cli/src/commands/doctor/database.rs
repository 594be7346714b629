//! Migrations that cannot be reverted, and a schema that is not what they make.

use std::collections::BTreeSet;

use super::Findings;
use crate::edit::tables::{Table, described, may_have_more};
use crate::error::Result;
use crate::project::Project;
use crate::sql::Tables;
use crate::survey::migrations::{is_empty, migrations};
use crate::survey::{self, SCHEMA};

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let mut made = Tables::default();
    for migration in migrations(project)? {
        let (up, down) = (migration.file("up"), migration.file("down"));
        made.run(&up, &project.read(&up)?.unwrap_or_default());
        let message = match project.read(&down)? {
            None => "is missing: the migration cannot be reverted",
            Some(sql) if is_empty(&sql) => "has no statement: the migration cannot be reverted",
            Some(_) => continue,
        };
        findings.add("no_down_migration", &down, 1, message);
    }
    let text = project.read(SCHEMA)?.unwrap_or_default();
    let source = survey::parse(SCHEMA, &text)?;
    compare(&made, &described(&source), may_have_more(&source), findings);
    Ok(())
}

fn compare(made: &Tables, schema: &[Table], is_partial: bool, findings: &mut Findings) {
    for (name, table) in made.iter() {
        let Some(known) = schema.iter().find(|known| known.name == *name) else {
            if !is_partial {
                let message = format!("the table `{name}` is not in {SCHEMA}");
                findings.add("schema", &table.file, 1, message);
            }
            continue;
        };
        // What is made from a query, or by a statement of another kind, is not known.
        if table.is_known {
            columns(name, &table.columns, known, findings);
        }
    }
    for table in schema {
        if !made.has(&table.name) {
            let message = format!("no migration makes the table `{}`", table.name);
            findings.add("schema", SCHEMA, table.line, message);
        }
    }
}

fn columns(name: &str, made: &BTreeSet<String>, known: &Table, findings: &mut Findings) {
    let described: BTreeSet<String> = known.columns.iter().cloned().collect();
    for column in made.difference(&described) {
        let message = format!("the column `{column}` of `{name}` is missing here");
        findings.add("schema", SCHEMA, known.line, message);
    }
    for column in described.difference(made) {
        let message = format!("no migration makes the column `{column}` of `{name}`");
        findings.add("schema", SCHEMA, known.line, message);
    }
}
