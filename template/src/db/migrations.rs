//! The migrations, which are inside the binary.

use anyhow::{Context, anyhow};
use diesel::migration::{Migration, MigrationSource};
use diesel_async::AsyncMigrationHarness;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, Database, PooledConnection};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// A migration, and whether it has been applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name, with the time stamp in front.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// Applies what is pending. Returns the names.
///
/// Like all functions here it needs a runtime with more than one thread.
pub async fn up(db: &Database) -> anyhow::Result<Vec<String>> {
    let mut harness = harness(db).await?;
    let applied = harness
        .run_pending_migrations(MIGRATIONS)
        .map_err(|error| anyhow!(error).context("a migration failed"))?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Reverts the latest migration. Returns its version, or `None` if there is nothing to revert.
pub async fn down(db: &Database) -> anyhow::Result<Option<String>> {
    let mut harness = harness(db).await?;
    revert_latest(&mut harness)
}

/// Reverts the latest migration and applies it again.
pub async fn redo(db: &Database) -> anyhow::Result<Option<String>> {
    let mut harness = harness(db).await?;
    let reverted = revert_latest(&mut harness)?;
    if reverted.is_some() {
        harness
            .run_next_migration(MIGRATIONS)
            .map_err(|error| anyhow!(error).context("the migration could not be applied again"))?;
    }
    Ok(reverted)
}

/// Lists all migrations, oldest first.
pub async fn status(db: &Database) -> anyhow::Result<Vec<Status>> {
    let mut harness = harness(db).await?;
    let applied = harness
        .applied_migrations()
        .map_err(|error| anyhow!(error).context("the applied migrations cannot be read"))?;
    let mut all: Vec<Box<dyn Migration<Backend>>> =
        MIGRATIONS.migrations().map_err(|error| anyhow!(error))?;
    all.sort_unstable_by_key(|migration| migration.name().version().as_owned());
    Ok(all
        .iter()
        .map(|migration| Status {
            name: migration.name().to_string(),
            applied: applied.contains(&migration.name().version()),
        })
        .collect())
}

type Harness = AsyncMigrationHarness<PooledConnection>;

async fn harness(db: &Database) -> anyhow::Result<Harness> {
    let conn = db.connection().await.context("cannot migrate")?;
    Ok(AsyncMigrationHarness::new(conn))
}

fn revert_latest(harness: &mut Harness) -> anyhow::Result<Option<String>> {
    let applied = harness
        .applied_migrations()
        .map_err(|error| anyhow!(error))?;
    if applied.is_empty() {
        return Ok(None);
    }
    let reverted = harness
        .revert_last_migration(MIGRATIONS)
        .map_err(|error| anyhow!(error).context("the migration could not be reverted"))?;
    Ok(Some(reverted.to_string()))
}
