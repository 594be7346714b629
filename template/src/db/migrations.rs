//! The migrations, which are inside the binary.

use anyhow::{Context, anyhow};
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_async::AsyncMigrationHarness;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, Database, DbConnection, lock_migrations};

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
    let pending = harness
        .pending_migrations(MIGRATIONS)
        .map_err(|error| anyhow!(error))?;
    let mut applied = Vec::new();
    for migration in pending {
        let name = migration.name().to_string();
        harness
            .run_migration(&migration)
            .map_err(|error| anyhow!(error).context(format!("migration `{name}` failed")))?;
        applied.push(name);
    }
    Ok(applied)
}

/// Reverts the latest migration. Returns its name, or `None` if there is nothing to revert.
pub async fn down(db: &Database) -> anyhow::Result<Option<String>> {
    let mut harness = harness(db).await?;
    let reverted = revert_latest(&mut harness)?;
    Ok(reverted.map(|migration| migration.name().to_string()))
}

/// Reverts the latest migration and applies it again. Returns its name.
pub async fn redo(db: &Database) -> anyhow::Result<Option<String>> {
    let mut harness = harness(db).await?;
    let Some(migration) = revert_latest(&mut harness)? else {
        return Ok(None);
    };
    let name = migration.name().to_string();
    harness
        .run_migration(&migration)
        .map_err(|error| anyhow!(error).context(format!("`{name}` cannot be applied again")))?;
    Ok(Some(name))
}

/// Lists all migrations, oldest first.
pub async fn status(db: &Database) -> anyhow::Result<Vec<Status>> {
    let mut harness = harness(db).await?;
    let applied = applied(&mut harness)?;
    let status = |migration: BoxedMigration| Status {
        name: migration.name().to_string(),
        applied: applied.contains(&migration.name().version().as_owned()),
    };
    Ok(all()?.into_iter().map(status).collect())
}

type BoxedMigration = Box<dyn Migration<Backend>>;

/// Its connection is not for the pool: the end of the connection is the end of the lock.
type Harness = AsyncMigrationHarness<DbConnection>;

/// What works on the migrations of this database, alone as long as it exists.
async fn harness(db: &Database) -> anyhow::Result<Harness> {
    let conn = db.connection().await.context("cannot migrate")?;
    let mut conn = Object::take(conn);
    lock_migrations(&mut conn).await.context("cannot migrate")?;
    Ok(AsyncMigrationHarness::new(conn))
}

/// All migrations, oldest first.
fn all() -> anyhow::Result<Vec<BoxedMigration>> {
    let mut all: Vec<BoxedMigration> = MIGRATIONS.migrations().map_err(|error| anyhow!(error))?;
    all.sort_unstable_by_key(|migration| migration.name().version().as_owned());
    Ok(all)
}

/// The versions that the database has, newest first.
fn applied(harness: &mut Harness) -> anyhow::Result<Vec<MigrationVersion<'static>>> {
    harness
        .applied_migrations()
        .map_err(|error| anyhow!(error).context("the applied migrations cannot be read"))
}

fn revert_latest(harness: &mut Harness) -> anyhow::Result<Option<BoxedMigration>> {
    let Some(latest) = applied(harness)?.into_iter().next() else {
        return Ok(None);
    };
    let migration = all()?
        .into_iter()
        .find(|migration| migration.name().version() == latest)
        .with_context(|| format!("the database has migration {latest}, this binary has not"))?;
    harness
        .revert_migration(&migration)
        .map_err(|error| anyhow!(error).context(format!("cannot revert `{}`", migration.name())))?;
    Ok(Some(migration))
}
