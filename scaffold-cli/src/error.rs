//! Everything that a user can put right; anything else is a bug and panics.

use std::io;
use std::path::PathBuf;

use serde_json::Value;

/// The result of a command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An expected failure: exit code 1, a sentence and a way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No `.scaffold.toml` in the directory or above it.
    #[error("{} is not inside a scaffold project: no `.scaffold.toml` here or above", .0.display())]
    NotAProject(PathBuf),
    /// A name that cannot be used.
    #[error("{message}")]
    Name {
        /// What is wrong with it.
        message: String,
        /// A name that would do, or what to do.
        hint: String,
    },
    /// Something with this name is there already.
    #[error("{message}")]
    Taken {
        /// What is there.
        message: String,
        /// What to do instead.
        hint: String,
    },
    /// Files that this command would have to overwrite.
    #[error("{}", conflict_message(.paths))]
    Conflict {
        /// The files, relative to the project.
        paths: Vec<String>,
        /// What to do instead.
        hint: String,
    },
    /// Files that changed since a command wrote them, or that none has written.
    #[error("{}", edited_message(.paths))]
    Edited {
        /// The files, relative to the project.
        paths: Vec<String>,
        /// What to do instead.
        hint: String,
    },
    /// Something that other code needs.
    #[error("{message}")]
    InUse {
        /// What, and where.
        message: String,
        /// What to do instead.
        hint: String,
    },
    /// The database did not say what it has run.
    #[error("{message}")]
    Unanswered {
        /// Why not.
        message: String,
        /// How to go on without it.
        hint: String,
    },
    /// What is wrong with the project.
    #[error("{}", count(.items.len()))]
    Unhealthy {
        /// One object for each problem.
        items: Vec<Value>,
    },
    /// A place in a list that could not be recognised.
    #[error("{file}: {reason}; add this line yourself: {line}")]
    Anchor {
        /// The file, relative to the project.
        file: String,
        /// What was looked for.
        reason: String,
        /// The exact line to add.
        line: String,
    },
    /// A file of the project that cannot be understood.
    #[error("{file}: {reason}")]
    Invalid {
        /// The file, relative to the project.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An argument that parses but is wrong.
    #[error("{message}")]
    Argument {
        /// What is wrong.
        message: String,
        /// What is accepted.
        hint: String,
    },
    /// A file changed between reading and writing, or another command is at work.
    #[error("{message}")]
    Busy {
        /// What happened.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The rendered service could not be built or did not run.
    #[error("{message}")]
    Service {
        /// What happened.
        message: String,
    },
    /// The operating system refused.
    #[error("failed to {action} {}: {source}", .path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// A short stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAProject(_) => "not_a_project",
            Self::Name { .. } => "invalid_name",
            Self::Taken { .. } => "name_taken",
            Self::Conflict { .. } => "conflict",
            Self::Edited { .. } => "edited",
            Self::InUse { .. } => "in_use",
            Self::Unanswered { .. } => "no_answer",
            Self::Unhealthy { .. } => "unhealthy",
            Self::Anchor { .. } => "anchor_missing",
            Self::Invalid { .. } => "invalid_file",
            Self::Argument { .. } => "invalid_argument",
            Self::Busy { .. } => "busy",
            Self::Service { .. } => "service",
            Self::Io { .. } => "io",
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::NotAProject(_) => Some(
                "change into a rendered project, pass `--project DIR`, or make one with `scaffold new`",
            ),
            Self::Name { hint, .. }
            | Self::Taken { hint, .. }
            | Self::Conflict { hint, .. }
            | Self::Edited { hint, .. }
            | Self::InUse { hint, .. }
            | Self::Unanswered { hint, .. }
            | Self::Argument { hint, .. }
            | Self::Busy { hint, .. } => Some(hint),
            Self::Anchor { .. } => {
                Some("nothing was written; add the line, then run the command again")
            }
            Self::Service { .. } => {
                Some("the project is complete: run `cargo run --locked` in it to see more")
            }
            Self::Invalid { .. } | Self::Io { .. } | Self::Unhealthy { .. } => None,
        }
    }

    /// The file that the error is about.
    pub fn file(&self) -> Option<String> {
        match self {
            Self::Anchor { file, .. } | Self::Invalid { file, .. } => Some(file.clone()),
            Self::Conflict { paths, .. } | Self::Edited { paths, .. } => paths.first().cloned(),
            Self::Io { path, .. } => Some(path.display().to_string()),
            _ => None,
        }
    }

    /// The exact line to add by hand.
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Anchor { line, .. } => Some(line),
            _ => None,
        }
    }

    /// What was found, one object for each.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Self::Unhealthy { items } => Some(items),
            _ => None,
        }
    }

    /// Files that stood in the way.
    pub fn conflicts(&self) -> &[String] {
        match self {
            Self::Conflict { paths, .. } | Self::Edited { paths, .. } => paths,
            _ => &[],
        }
    }

    /// Adds the file and what was tried to an I/O error.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

fn edited_message(paths: &[String]) -> String {
    let end = if paths.len() == 1 {
        "is not as scaffold left it"
    } else {
        "are not as scaffold left them"
    };
    format!("{} {end}", paths.join(", "))
}

fn count(problems: usize) -> String {
    match problems {
        1 => "there is one problem".to_owned(),
        several => format!("there are {several} problems"),
    }
}

fn conflict_message(paths: &[String]) -> String {
    let verb = if paths.len() == 1 { "exists" } else { "exist" };
    format!(
        "{} {verb} already and would be overwritten",
        paths.join(", ")
    )
}
