//! The migrations, which are inside the binary.

use anyhow::{Context, anyhow};
use diesel::connection::BoxableConnection;
use diesel::migration::{
    self, Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion,
};
use diesel_async::AsyncMigrationHarness;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Backend, Database, DbConnection, MigrationLock, lock_migrations};

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
    harness(db).await?.apply_pending()
}

/// Reverts the latest migration. Returns its name, or `None` if there is nothing to revert.
pub async fn down(db: &Database) -> anyhow::Result<Option<String>> {
    let reverted = harness(db).await?.revert_latest()?;
    Ok(reverted.map(|migration| migration.name().to_string()))
}

/// Reverts the latest migration and applies it again. Returns its name.
pub async fn redo(db: &Database) -> anyhow::Result<Option<String>> {
    let mut harness = harness(db).await?;
    let Some(migration) = harness.revert_latest()? else {
        return Ok(None);
    };
    let name = migration.name().to_string();
    harness
        .inner
        .run_migration(&migration)
        .map_err(|error| anyhow!(error).context(format!("`{name}` cannot be applied again")))?;
    Ok(Some(name))
}

/// Reverts every migration and applies all of them: the tables are there again, and empty.
pub async fn reset(db: &Database) -> anyhow::Result<()> {
    let mut harness = harness(db).await?;
    while harness.revert_latest()?.is_some() {}
    harness.apply_pending()?;
    Ok(())
}

/// Writes down that the database has every migration up to this one, and none of those that come
/// after it here, and runs none of them. Returns those of which something else was written down before.
///
/// Without a version it is the latest migration. A version is a name as [`status`] lists it, or the
/// time stamp in front of it.
pub async fn stamp(db: &Database, version: Option<&str>) -> anyhow::Result<Vec<Status>> {
    let mut harness = harness(db).await?;
    let all = all()?;
    let count = match version {
        None => all.len(),
        Some(version) => 1 + position(&all, version)?,
    };
    let recorded = harness.applied()?;
    let mut changed = Vec::new();
    for (index, migration) in all.iter().enumerate() {
        let is_recorded = recorded.contains(&migration.name().version());
        let written = match (index < count, is_recorded) {
            (true, false) => harness.inner.run_migration(&Unrun(migration)),
            (false, true) => harness.inner.revert_migration(&Unrun(migration)),
            _ => continue,
        };
        written.map_err(|error| anyhow!(error).context("the migrations cannot be written down"))?;
        changed.push(Status {
            name: migration.name().to_string(),
            applied: !is_recorded,
        });
    }
    Ok(changed)
}

/// Lists all migrations, oldest first, and then what the database has of a newer binary.
pub async fn status(db: &Database) -> anyhow::Result<Vec<Status>> {
    let mut applied = harness(db).await?.applied()?;
    let mut known = Vec::new();
    for migration in all()? {
        let version = migration.name().version();
        known.push(Status {
            name: migration.name().to_string(),
            applied: applied.contains(&version),
        });
        applied.retain(|other| *other != version);
    }
    let unknown = applied.iter().rev().map(|version| Status {
        name: format!("{version}, which this binary does not have"),
        applied: true,
    });
    known.extend(unknown);
    Ok(known)
}

/// The names of those that the database lacks.
pub async fn pending(db: &Database) -> anyhow::Result<Vec<String>> {
    let all = status(db).await?.into_iter();
    let pending = all.filter(|migration| !migration.applied);
    Ok(pending.map(|migration| migration.name).collect())
}

type BoxedMigration = Box<dyn Migration<Backend>>;

/// A migration of which nothing is done but what is written down about it.
struct Unrun<'a>(&'a BoxedMigration);

impl Migration<Backend> for Unrun<'_> {
    fn run(&self, _conn: &mut dyn BoxableConnection<Backend>) -> migration::Result<()> {
        Ok(())
    }

    fn revert(&self, _conn: &mut dyn BoxableConnection<Backend>) -> migration::Result<()> {
        Ok(())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.0.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        self.0.name()
    }
}

/// What works on the migrations of this database, alone as long as it exists.
struct Harness {
    /// Its connection is not for the pool: the end of the connection is the end of what it locks.
    inner: AsyncMigrationHarness<DbConnection>,
    _lock: MigrationLock,
}

async fn harness(db: &Database) -> anyhow::Result<Harness> {
    let conn = db.connection().await.context("cannot migrate")?;
    let mut conn = Object::take(conn);
    let lock = lock_migrations(&mut conn).await.context("cannot migrate")?;
    Ok(Harness {
        inner: AsyncMigrationHarness::new(conn),
        _lock: lock,
    })
}

impl Harness {
    /// The versions that the database has, newest first.
    fn applied(&mut self) -> anyhow::Result<Vec<MigrationVersion<'static>>> {
        self.inner
            .applied_migrations()
            .map_err(|error| anyhow!(error).context("the applied migrations cannot be read"))
    }

    fn apply_pending(&mut self) -> anyhow::Result<Vec<String>> {
        let pending = self
            .inner
            .pending_migrations(MIGRATIONS)
            .map_err(|error| anyhow!(error))?;
        let mut applied = Vec::new();
        for migration in pending {
            let name = migration.name().to_string();
            self.inner
                .run_migration(&migration)
                .map_err(|error| anyhow!(error).context(format!("migration `{name}` failed")))?;
            applied.push(name);
        }
        Ok(applied)
    }

    fn revert_latest(&mut self) -> anyhow::Result<Option<BoxedMigration>> {
        let Some(latest) = self.applied()?.into_iter().next() else {
            return Ok(None);
        };
        let migration = all()?
            .into_iter()
            .find(|migration| migration.name().version() == latest)
            .with_context(|| {
                format!(
                    "the database has migration {latest}, this binary has not: it takes the newer \
                     one, which applied it, to revert it"
                )
            })?;
        self.inner.revert_migration(&migration).map_err(|error| {
            anyhow!(error).context(format!("cannot revert `{}`", migration.name()))
        })?;
        Ok(Some(migration))
    }
}

/// All migrations, oldest first.
fn all() -> anyhow::Result<Vec<BoxedMigration>> {
    let mut all: Vec<BoxedMigration> = MIGRATIONS.migrations().map_err(|error| anyhow!(error))?;
    all.sort_unstable_by_key(|migration| migration.name().version().as_owned());
    Ok(all)
}

fn position(all: &[BoxedMigration], version: &str) -> anyhow::Result<usize> {
    let is_meant = |migration: &BoxedMigration| {
        let name = migration.name().to_string();
        let stamp = name.split_once('_').map(|(stamp, _)| stamp);
        name == version || stamp == Some(version)
    };
    all.iter()
        .position(is_meant)
        .with_context(|| format!("there is no migration `{version}`; `migrate status` lists them"))
}
