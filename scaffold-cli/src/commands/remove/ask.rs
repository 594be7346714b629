//! Whether a migration has run. Its source does not tell, so the database is asked.

use std::env;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::project::Project;
use crate::survey::migrations::Migration;

/// Asks the database of the project, by the project's own binary.
pub(super) fn is_applied(project: &Project, name: &str) -> Result<bool> {
    let migration = super::migration::find(project, name)?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let args = ["run", "--quiet", "--locked", "--", "migrate", "status"];
    let command = command.args(args).current_dir(project.root());
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| unanswered(&error.to_string()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        let mut lines = message.lines().filter(|line| !line.trim().is_empty());
        return Err(unanswered(
            lines.next_back().unwrap_or("it does not say why"),
        ));
    }
    status(&String::from_utf8_lossy(&output.stdout), &migration)
        .ok_or_else(|| unanswered("`migrate status` does not list the migration"))
}

/// What `migrate status` says about a migration.
fn status(text: &str, migration: &Migration) -> Option<bool> {
    text.lines().find_map(|line| {
        let (word, name) = line.split_once(' ')?;
        match (word, name.trim() == migration.directory()) {
            ("applied", true) => Some(true),
            ("pending", true) => Some(false),
            _ => None,
        }
    })
}

fn unanswered(reason: &str) -> Error {
    Error::Unanswered {
        message: format!("the database cannot be asked whether it has run the migration: {reason}"),
        hint: "say it yourself: `--applied` makes a migration that reverts it, `--not-applied` \
               takes the files away"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read() {
        let migration = |name: &str| Migration {
            path: format!("migrations/1_{name}"),
            version: "1".to_owned(),
            name: name.to_owned(),
        };
        let text = "applied  1_a\npending  1_b\n";
        assert_eq!(status(text, &migration("a")), Some(true));
        assert_eq!(status(text, &migration("b")), Some(false));
        assert_eq!(status(text, &migration("c")), None);
    }
}
