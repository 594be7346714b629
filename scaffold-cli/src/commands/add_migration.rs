//! `scaffold add-migration`.

use super::migrations::{self, MIGRATIONS, SCHEMA};
use crate::cli::AddMigrationArgs;
use crate::clock::Clock;
use crate::edit::schema;
use crate::error::{Error, Result};
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::field::Field;
use crate::snippets::migration::{self, Base, Migration};
use crate::sql;

mod form;
mod known;

use form::Form;

/// Plans a migration: filled in if its name says what it does, else two files to fill.
pub fn plan(project: &Project, args: &AddMigrationArgs, clock: &dyn Clock) -> Result<Plan> {
    let name = Name::parse(NameKind::Migration, &args.name, &[])?.snake();
    let fields = Field::parse_all(&args.fields)?;
    let form = Form::of(&name, &|table| migrations::columns(project, table));
    check(project, &name, &form, &fields)?;
    let (directory, is_new) = migrations::directory(project, &name, clock)?;
    if is_new {
        known::check(project, &form, &fields)?;
    }
    let mut plan = Plan::new();
    match content(project, &form, &fields)? {
        Some(content) => migrations::create(&mut plan, project, &directory, content)?,
        // What it dropped is gone from schema.rs by now.
        None if matches!(form, Form::Drop { .. }) && !is_new => {
            for file in ["up", "down"] {
                plan.keep(project, &format!("{MIGRATIONS}/{directory}/{file}.sql"))?;
            }
        }
        None => migrations::create(&mut plan, project, &directory, migration::stub())?,
    }
    describe(&mut plan, project, &form, &fields)?;
    next_steps(&mut plan, &form, &directory, &fields);
    Ok(plan)
}

fn check(project: &Project, name: &str, form: &Form, fields: &[Field]) -> Result<()> {
    let refuse = |message: String, hint: &str| {
        Err(Error::Argument {
            message,
            hint: hint.to_owned(),
        })
    };
    match form {
        Form::Create { table } => migrations::check(project, table, fields),
        Form::Add { table } | Form::Remove { table } if !fields.is_empty() => {
            migrations::check(project, table, fields)
        }
        Form::Add { .. } | Form::Remove { .. } => refuse(
            format!("`{name}` does not say of what type its columns are"),
            "add them, as in `note:text?`: a migration that goes down needs them too",
        ),
        Form::Rename { to, .. } => {
            let field = Field::parse(&format!("{to}:text"))?;
            migrations::check(project, "", &[field])?;
            no_fields(name, fields)
        }
        Form::Index { .. } | Form::Drop { .. } => no_fields(name, fields),
        Form::Other | Form::Nothing { .. } if fields.is_empty() => Ok(()),
        Form::Other | Form::Nothing { .. } if Form::looks_known(name) => refuse(
            format!("`{name}` names no table or column of {SCHEMA}"),
            "check the names, or leave the fields out for two files to fill",
        ),
        Form::Other | Form::Nothing { .. } => refuse(
            format!("`{name}` neither creates nor changes a table, so it has no fields"),
            "leave the fields out, or name it `create_<table>` or `add_<column>_to_<table>`",
        ),
    }
}

fn no_fields(name: &str, fields: &[Field]) -> Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    Err(Error::Argument {
        message: format!("`{name}` says all there is to say, so it has no fields"),
        hint: "leave the fields out".to_owned(),
    })
}

/// The SQL, if the name says what it is to do.
fn content(project: &Project, form: &Form, fields: &[Field]) -> Result<Option<Migration>> {
    let database = project.database()?;
    Ok(Some(match form {
        Form::Create { table } => migration::create_table(database, table, fields, Base::Times)?,
        Form::Add { table } => migration::add_columns(database, table, fields)?,
        Form::Remove { table } => migration::remove_columns(database, table, fields)?,
        Form::Rename { table, from, to } => migration::rename_column(table, from, to),
        Form::Index { table, columns } => migration::add_index(database, table, columns),
        Form::Drop { table } => match again(project, table)? {
            Some(down) => migration::drop_table(table, down),
            None => return Ok(None),
        },
        Form::Other | Form::Nothing { .. } => return Ok(None),
    }))
}

/// The SQL that makes a table again: what made it, or else what `schema.rs` knows of it.
fn again(project: &Project, table: &str) -> Result<Option<String>> {
    let directories = project.list(MIGRATIONS)?;
    let create = format!("create_{table}");
    let is_it = |directory: &&String| migrations::migration_name(directory) == Some(&create);
    let made = directories.iter().rposition(|it| is_it(&it));
    if let Some(made) = made {
        let changed = directories[made + 1..].iter().map(|later| {
            let name = migrations::migration_name(later).unwrap_or_default();
            let sql = project.read(&format!("{MIGRATIONS}/{later}/up.sql"))?;
            let is_own = name == format!("drop_{table}");
            Ok(!is_own && sql::names(&sql.unwrap_or_default(), table))
        });
        let changed: Result<Vec<bool>> = changed.collect();
        if !changed?.contains(&true) {
            let path = format!("{MIGRATIONS}/{}/up.sql", directories[made]);
            return project.read(&path);
        }
    }
    let columns = migrations::columns(project, table);
    let database = project.database()?;
    Ok(columns.map(|columns| migration::recreate_table(database, table, &columns)))
}

/// Plans what is new in `schema.rs`. What goes away stays there until the code does without it.
fn describe(plan: &mut Plan, project: &Project, form: &Form, fields: &[Field]) -> Result<()> {
    match form {
        Form::Create { table } => {
            migrations::describe_table(plan, project, table, fields, Base::Times)
        }
        Form::Add { table } => {
            let columns = migrations::schema_columns(project.database()?, fields);
            plan.edit(project, SCHEMA, |text| {
                schema::insert_columns(text, table, &columns)
            })?;
            migrations::describe_joins(plan, project, table, fields)
        }
        _ => Ok(()),
    }
}

fn next_steps(plan: &mut Plan, form: &Form, directory: &str, fields: &[Field]) {
    match form {
        Form::Other | Form::Nothing { .. } => {
            plan.next_step(format!("write the SQL in {MIGRATIONS}/{directory}"))
        }
        Form::Remove { table } => {
            let names: Vec<String> = fields.iter().map(|it| format!("`{}`", it.name)).collect();
            let names = names.join(", ");
            plan.next_step(format!(
                "take {names} out of `{table}` in {SCHEMA} and out of its model"
            ));
        }
        Form::Rename { table, from, to } => plan.next_step(format!(
            "rename `{from}` to `{to}` in `{table}` in {SCHEMA} and in its model"
        )),
        Form::Drop { table } => {
            plan.next_step(format!(
                "look at what down.sql in {MIGRATIONS}/{directory} makes again"
            ));
            plan.next_step(format!("take `{table}` out of {SCHEMA}, with its model"));
        }
        Form::Create { .. } | Form::Add { .. } | Form::Index { .. } => {}
    }
    plan.next_step("cargo run -- migrate up");
}
