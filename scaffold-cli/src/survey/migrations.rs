//! The migrations of a project.

use crate::error::Result;
use crate::project::Project;
use crate::sql::Tables;

/// Where the migrations are.
pub const MIGRATIONS: &str = "migrations";

/// A directory with a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The directory, relative to the project.
    pub path: String,
    /// The stamp in front of its name.
    pub version: String,
    /// Its name: `create_users`.
    pub name: String,
}

impl Migration {
    /// The directory's name, which is what `migrate status` prints.
    pub fn directory(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// One of its files, relative to the project.
    pub fn file(&self, name: &str) -> String {
        format!("{}/{name}.sql", self.path)
    }
}

/// The migrations, oldest first.
pub fn migrations(project: &Project) -> Result<Vec<Migration>> {
    let directories = project.list(MIGRATIONS)?.into_iter();
    Ok(directories.filter_map(|name| migration(&name)).collect())
}

/// The tables as some of the migrations leave them.
pub fn tables(project: &Project, is_run: impl Fn(&Migration) -> bool) -> Result<Tables> {
    let mut tables = Tables::default();
    for migration in migrations(project)?.iter().filter(|it| is_run(it)) {
        let up = migration.file("up");
        tables.run(&up, &project.read(&up)?.unwrap_or_default());
    }
    Ok(tables)
}

/// The migration in `2026-11-21-101530-0000_create_users`.
fn migration(directory: &str) -> Option<Migration> {
    let (version, name) = directory.split_once('_')?;
    let is_stamp = version.chars().all(|c| c.is_ascii_digit() || c == '-');
    is_stamp.then(|| Migration {
        path: format!("{MIGRATIONS}/{directory}"),
        version: version.to_owned(),
        name: name.to_owned(),
    })
}

/// Whether SQL has anything but comments.
pub fn is_empty(sql: &str) -> bool {
    let lines = sql.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .all(|line| line.starts_with("--"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_read_from_directories() {
        let found = migration("2026-11-21-101530-0000_create_users").unwrap();
        assert_eq!(found.version, "2026-11-21-101530-0000");
        assert_eq!(found.name, "create_users");
        assert_eq!(found.directory(), "2026-11-21-101530-0000_create_users");
        assert_eq!(migration("old_x"), None);
        assert_eq!(migration(".keep"), None);
    }

    #[test]
    fn comments_are_no_sql() {
        assert!(is_empty("-- Your SQL goes here\n\n"));
        assert!(!is_empty("-- a\nDROP TABLE x;\n"));
    }
}
