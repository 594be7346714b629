//! Arguments of the commands that look after what is there.

use clap::{Args, Subcommand, ValueEnum};

use super::KitArgs;

const LIST_HELP: &str = "\
Examples:
  scaffold list routes
  scaffold list tasks --json

Read from the source, as it stands: the service is not built. A route is a function with
`#[utoipa::path(..)]`; its path is below `API_PREFIX` unless it is in `service_routes`. A kit is
listed whether it is there or not.";

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
    /// Sets of files that `add-kit` adds, and whether they are there
    Kits,
}

const REMOVE_HELP: &str = "\
Examples:
  scaffold remove route reports
  scaffold remove resource invoice
  scaffold remove task send_report --dry-run
  scaffold remove schedule nightly_report
  scaffold remove migration create_reports
  scaffold remove kit monitoring

The inverse of the commands that add: files are deleted, lines are taken out of the lists. Files and
lines that changed since are named, and so is other code that needs what is to go; then nothing is
written, unless `--force` is there.";

/// Arguments of `scaffold remove`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REMOVE_HELP, disable_help_subcommand = true)]
pub struct RemoveArgs {
    /// What to take away
    #[command(subcommand)]
    pub kind: RemoveKind,
}

/// What can be taken away.
#[derive(Debug, Clone, Subcommand)]
pub enum RemoveKind {
    /// Handlers of a module, all or some, with their tests and lines
    Route(RemoveRoute),
    /// A table with its migration, model, routes and tests
    Resource(RemoveResource),
    /// A background task, with its test and lines
    Task(RemoveNamed),
    /// What runs by the clock, with its test, and its task if you have not written that
    Schedule(RemoveNamed),
    /// A change of the database: its files or, if it has run, by another that reverts it
    Migration(RemoveMigration),
    /// The files of a kit
    Kit(KitArgs),
}

/// What is taken away by its name.
#[derive(Debug, Clone, Args)]
pub struct RemoveNamed {
    /// Its name, as it was given to the command that added it
    pub name: String,
}

const REMOVE_ROUTE_HELP: &str = "\
Examples:
  scaffold remove route reports
      all handlers of src/routes/reports.rs, and the file
  scaffold remove route reports --method post
      POST /reports and nothing else
  scaffold remove route reports --method get,delete --path /reports/{id}
      what `add-route` has made of the same flags";

/// Arguments of `scaffold remove route`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REMOVE_ROUTE_HELP)]
pub struct RemoveRoute {
    /// Its name, as it was given to the command that added it
    pub name: String,
    /// Only the handlers of these methods: get, post, put, delete
    #[arg(long, value_delimiter = ',')]
    pub method: Vec<String>,
    /// Their path below the API prefix [default: /<name>]
    #[arg(long, requires = "method")]
    pub path: Option<String>,
}

const REMOVE_RESOURCE_HELP: &str = "\
Examples:
  scaffold remove resource invoice
      asks the database with `cargo run -- migrate status` whether it has the table
  scaffold remove resource invoice --applied
      creates migrations/<stamp>-0000_revert_create_invoices, which drops the table and what is in it
  scaffold remove resource invoice --not-applied
      deletes the migration too

Modules that came with the first field of some type, such as src/decimal.rs, go when nothing needs them.";

/// Arguments of `scaffold remove resource`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REMOVE_RESOURCE_HELP)]
pub struct RemoveResource {
    /// Name of one of them, as it was given to the command that added it
    pub name: String,
    /// What has become of its migration.
    #[command(flatten)]
    pub state: MigrationState,
}

/// Whether a migration has run.
#[derive(Debug, Clone, Copy, Args)]
pub struct MigrationState {
    /// Some database has run its migration: revert it by a new one
    #[arg(long)]
    applied: bool,
    /// No database has run its migration: delete the files
    #[arg(long, conflicts_with = "applied")]
    not_applied: bool,
}

impl MigrationState {
    /// Whether it has run, if the flags say so.
    pub fn answer(self) -> Option<bool> {
        (self.applied || self.not_applied).then_some(self.applied)
    }
}

const REMOVE_MIGRATION_HELP: &str = "\
Examples:
  scaffold remove migration create_reports
      asks the database with `cargo run -- migrate status`
  scaffold remove migration create_reports --applied
      creates migrations/<stamp>-0000_revert_create_reports, up and down the other way round
  scaffold remove migration create_reports --not-applied
      deletes its files

Only the database of this project is asked. If another may have run it, say `--applied`.";

/// Arguments of `scaffold remove migration`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REMOVE_MIGRATION_HELP)]
pub struct RemoveMigration {
    /// Its name, with or without the stamp
    pub name: String,
    /// What has become of it.
    #[command(flatten)]
    pub state: MigrationState,
}

pub(super) const DOCTOR_HELP: &str = "\
Looks, in the source alone, for
  modules that their list does not name, or names twice
  handlers that no router names, or that are named twice; routes in each other's way
  operation ids and names of tasks and schedules that are not unique
  tasks that src/tasks/mod.rs does not register, or registers twice
  settings that .env.example does not list, and lines of it that no setting has
  tables and columns of src/schema.rs that the migrations do not make, and the other way round
  migrations that cannot be reverted
  another version of the template

What is in a form that it does not read, such as a macro of your own, it does not judge.

Exits with 1 if it finds something.";

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

const COMPLETIONS_HELP: &str = "\
Examples:
  scaffold completions bash > ~/.local/share/bash-completion/completions/scaffold
  scaffold completions zsh > ~/.zfunc/_scaffold
  scaffold completions fish > ~/.config/fish/completions/scaffold.fish";

/// Arguments of `scaffold completions`.
#[derive(Debug, Clone, Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

const MAN_HELP: &str = "\
Examples:
  scaffold man > ~/.local/share/man/man1/scaffold.1
  scaffold man add-route > ~/.local/share/man/man1/scaffold-add-route.1";

/// Arguments of `scaffold man`.
#[derive(Debug, Clone, Args)]
#[command(after_help = MAN_HELP)]
pub struct ManArgs {
    /// The command, with its own sub-command if it has some [default: scaffold itself]
    pub command: Vec<String>,
}
