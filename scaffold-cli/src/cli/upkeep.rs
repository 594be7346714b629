//! Arguments of the commands that look after what is there.

use clap::{Args, ValueEnum};

const LIST_HELP: &str = "\
Examples:
  scaffold list routes
  scaffold list tasks --json

Read from the source, as it stands: the service is not built. A route is a function with
`#[utoipa::path(..)]`; its path is below `API_PREFIX` unless it is in `service_routes`.";

/// Arguments of `scaffold list`.
#[derive(Debug, Clone, Args)]
#[command(after_help = LIST_HELP)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    pub kind: ListKind,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListKind {
    /// Handlers with their methods and paths
    Routes,
    /// Background tasks
    Tasks,
    /// What runs by the clock
    Schedules,
    /// Changes of the database
    Migrations,
    /// Tables with a model, and their routes
    Resources,
}

const UNDO_HELP: &str = "\
Examples:
  scaffold undo --list
      what can be taken back, the last first
  scaffold undo
      every file that the last command wrote is what it was before, byte for byte

A file that changed since is named and nothing is written; with `--force` it becomes what it was
before the command, and what changed since is lost. The last 100 commands are kept, in `.scaffold`,
which is not for version control.";

/// Arguments of `scaffold undo`.
#[derive(Debug, Clone, Args)]
#[command(after_help = UNDO_HELP)]
pub struct UndoArgs {
    /// List what can be taken back
    #[arg(long)]
    pub list: bool,
}
