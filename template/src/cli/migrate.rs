use std::time::Duration;

use tokio::time::timeout;

use super::args::MigrateCommand;
use super::output::print;
use crate::config::Config;
use crate::db::Database;
use crate::db::migrations::{self, Status};

/// How long somebody who is told of an error waits for its cause.
const PATIENCE: Duration = Duration::from_secs(1);

/// Changes the schema of the database, or tells what it is.
pub(super) async fn run(command: MigrateCommand, config: &Config) -> anyhow::Result<()> {
    let db = Database::new(config)?;
    let text = match command {
        MigrateCommand::Up => {
            let applied = migrations::up(&db).await?;
            listed("applied", &applied, "nothing is pending")
        }
        MigrateCommand::Down => {
            let reverted = migrations::down(&db).await?;
            listed("reverted", reverted.as_slice(), "nothing to revert")
        }
        MigrateCommand::Redo => {
            let redone = migrations::redo(&db).await?;
            listed("redone", redone.as_slice(), "nothing to redo")
        }
        MigrateCommand::Status => {
            let all = migrations::status(&db).await?;
            lines(&all)
        }
        MigrateCommand::Stamp { version } => {
            let changed = migrations::stamp(&db, version.as_deref()).await?;
            match changed.is_empty() {
                true => "that is what is written down already".to_owned(),
                false => lines(&changed),
            }
        }
    };
    Ok(print(&text)?)
}

/// The error, with its cause if that is a schema that was not brought up to date.
pub(super) async fn explain(error: anyhow::Error, config: &Config) -> anyhow::Error {
    let pending = async { migrations::pending(&Database::new(config)?).await };
    match timeout(PATIENCE, pending).await {
        Ok(Ok(pending)) if !pending.is_empty() => {
            error.context("the database lacks migrations: `migrate up` applies them")
        }
        _ => error,
    }
}

fn lines(all: &[Status]) -> String {
    let word = |applied| if applied { "applied" } else { "pending" };
    all.iter()
        .map(|migration| format!("{:<8} {}\n", word(migration.applied), migration.name))
        .collect()
}

fn listed(word: &str, names: &[String], none: &str) -> String {
    if names.is_empty() {
        return none.to_owned();
    }
    names
        .iter()
        .map(|name| format!("{word} {name}\n"))
        .collect()
}
