//! The command line: names, flags and help texts.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};

use crate::answers::{Broker, Database};
use crate::kits;

mod upkeep;

pub use upkeep::{
    CompletionsArgs, ListArgs, ListKind, ManArgs, MigrationState, RemoveArgs, RemoveKind,
    RemoveMigration, RemoveNamed, RemoveResource, RemoveRoute, UndoArgs,
};

/// Renders a complete Rust service and grows it.
#[derive(Debug, Parser)]
#[command(name = "scaffold", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// Flags that every command knows.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command knows.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Print the unified diff and write nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print one JSON object to stdout, also on failure
    #[arg(long, global = true)]
    pub json: bool,
    /// Replace what a command would create; lists and files with other functions only grow
    #[arg(long, global = true)]
    pub force: bool,
    /// Print errors and data only
    #[arg(long, global = true)]
    pub quiet: bool,
    /// Where to look for the project [default: the current directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// What was typed, for the history.
    #[arg(skip)]
    pub typed: String,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render a new service
    New(NewArgs),
    /// Add a route with its handler and its test
    AddRoute(AddRouteArgs),
    /// Add a table with its model, routes and tests
    AddResource(AddResourceArgs),
    /// Add a schedule, its task if that is new, and a test of when it fires
    AddSchedule(AddScheduleArgs),
    /// Add a background task and its test
    AddTask(AddTaskArgs),
    /// Add a database migration
    AddMigration(AddMigrationArgs),
    /// Add a set of files that not every service wants
    #[command(after_help = ADD_KIT_HELP)]
    AddKit(KitArgs),
    /// List what there is, with file and line
    List(ListArgs),
    /// Take away what a command has added
    Remove(RemoveArgs),
    /// Find what is forgotten, doubled or apart
    #[command(after_help = upkeep::DOCTOR_HELP)]
    Doctor,
    /// Take back the last command
    Undo(UndoArgs),
    /// Print what lets a shell complete commands and flags
    Completions(CompletionsArgs),
    /// Print the manual page of a command
    Man(ManArgs),
}

impl Command {
    /// The command as it is typed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::AddRoute(_) => "add-route",
            Self::AddResource(_) => "add-resource",
            Self::AddSchedule(_) => "add-schedule",
            Self::AddTask(_) => "add-task",
            Self::AddMigration(_) => "add-migration",
            Self::AddKit(_) => "add-kit",
            Self::List(_) => "list",
            Self::Remove(_) => "remove",
            Self::Doctor => "doctor",
            Self::Undo(_) => "undo",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

const NEW_HELP: &str = "\
Examples:
  scaffold new my-service --run
  scaffold new my-service --database postgres --broker redis --yes

Creates the directory <name>, which must be absent or empty, and a git repository in it.";

/// Arguments of `scaffold new`.
#[derive(Debug, Args)]
#[command(after_help = NEW_HELP)]
pub struct NewArgs {
    /// Name of the service, for example `my-service`; asked for if left out
    pub name: Option<String>,
    /// The database the service stores its data in
    #[arg(long, value_enum)]
    pub database: Option<Database>,
    /// What carries tasks to the workers
    #[arg(long, value_enum)]
    pub broker: Option<Broker>,
    /// The parent directory [default: the current directory]
    #[arg(long, value_name = "DIR")]
    pub path: Option<PathBuf>,
    /// Take the defaults instead of asking
    #[arg(long)]
    pub yes: bool,
    /// Build, migrate and start the service
    #[arg(long)]
    pub run: bool,
    /// Do not make a git repository
    #[arg(long)]
    pub no_git: bool,
}

const ADD_ROUTE_HELP: &str = "\
Examples:
  scaffold add-route reports
      GET /reports -> reports::list_reports
  scaffold add-route reports --method get,delete --path /reports/{id}
      GET /reports/{id} -> reports::find_report
      DELETE /reports/{id} -> reports::delete_report
  scaffold add-route old_reports --deprecated --sunset 2027-11-20
      every answer says so: Deprecation (RFC 9745), Sunset (RFC 8594), X-Deprecated

Creates:
  src/routes/<name>.rs                 handlers, or appends to it
  tests/integration/routes/<name>.rs   one test per handler, or appends to it
Inserts one line per list in:
  src/routes/mod.rs, src/router.rs, tests/integration/routes/mod.rs";

/// Arguments of `scaffold add-route`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADD_ROUTE_HELP)]
pub struct AddRouteArgs {
    /// Name of the resource, for example `reports`
    pub name: String,
    /// HTTP methods: get, post, put, delete
    #[arg(long, value_delimiter = ',', default_value = "get")]
    pub method: Vec<String>,
    /// Path below the API prefix, for example `/reports/{id}` [default: /<name>]
    #[arg(long)]
    pub path: Option<String>,
    /// Answer without a token
    #[arg(long, conflicts_with = "scope")]
    pub public: bool,
    /// Scope that the caller needs [default: read for get, write for the others]
    #[arg(long)]
    pub scope: Option<String>,
    /// Have the API's description and every answer say that it is deprecated, from today on
    #[arg(long)]
    pub deprecated: bool,
    /// The day on which it will be gone, for example `2027-11-20`
    #[arg(long, value_name = "DATE", requires = "deprecated")]
    pub sunset: Option<String>,
}

/// How fields are written, which several commands take.
macro_rules! field_types {
    () => {
        "\
Field types: string, text, integer, bigint, float, decimal, boolean, date, time, datetime,
uuid, json, binary, enum(a,b), references or references(table)"
    };
}

/// What may follow the type of a column.
macro_rules! column_marks {
    () => {
        "\
`?` nullable, `!` unique, `^` index, `=value` default. Quote what the shell would read:
  'status:enum(draft,sent)^=draft'"
    };
}

const ADD_RESOURCE_HELP: &str = concat!(
    "\
Examples:
  scaffold add-resource invoice 'number:string!' total:decimal 'status:enum(draft,sent)^=draft'
  scaffold add-resource comment body:text 'author:references(persons)'
  scaffold add-resource person_of_note name:string --plural persons_of_note

",
    field_types!(),
    ";
",
    column_marks!(),
    "
What has an index can be filtered and sorted by.

Creates:
  migrations/<stamp>-0000_create_<table>/{up,down}.sql
  src/models/<name>.rs                           the rows and the queries
  src/routes/<plural>.rs, <plural>/{list,request}.rs  list, find, create, update, delete
  tests/integration/routes/<plural>.rs, tests/integration/util/factory/<name>.rs
Inserts in:
  src/schema.rs, src/router.rs, and the lists of models, routes and tests"
);

/// Arguments of `scaffold add-resource`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADD_RESOURCE_HELP)]
pub struct AddResourceArgs {
    /// Name of one of them, for example `invoice`
    pub name: String,
    /// What it consists of
    #[arg(value_name = "FIELD:TYPE", required = true)]
    pub fields: Vec<String>,
    /// Name of several of them [default: a guess at the English plural]
    #[arg(long)]
    pub plural: Option<String>,
    /// Name of the table [default: the plural]
    #[arg(long)]
    pub table: Option<String>,
    /// Let anybody list and find them, without a token
    #[arg(long)]
    pub public: bool,
}

const ADD_SCHEDULE_HELP: &str = "\
Examples:
  scaffold add-schedule send_report --cron '30 2 * * MON-FRI' --timezone Europe/Berlin
  scaffold add-schedule look_for_mail --every 30s
  scaffold add-schedule purge_at_noon --cron '0 12 * * *' --task purge_finished_tasks

Creates:
  src/tasks/<name>.rs and its test, unless --task names one that is there
  tests/integration/schedules/<name>.rs
Inserts one statement in:
  src/schedules.rs
Inserts one line per list in:
  tests/integration/schedules/mod.rs, and the lists of tasks";

/// Arguments of `scaffold add-schedule`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADD_SCHEDULE_HELP)]
#[command(group(clap::ArgGroup::new("rhythm").required(true).args(["cron", "every"])))]
pub struct AddScheduleArgs {
    /// Name of the schedule, and of its task if that is new
    pub name: String,
    /// Cron expression of 5 fields, or 6 with seconds
    #[arg(long, value_name = "EXPRESSION")]
    pub cron: Option<String>,
    /// Interval, for example `30s`, `5m`, `2h` or `1d`
    #[arg(long, value_name = "INTERVAL")]
    pub every: Option<String>,
    /// Time zone of the cron expression, for example `Europe/Berlin` [default: UTC]
    #[arg(long, value_name = "ZONE", conflicts_with = "every")]
    pub timezone: Option<String>,
    /// A task without arguments that is there already
    #[arg(long)]
    pub task: Option<String>,
}

const ADD_TASK_HELP: &str = concat!(
    "\
Examples:
  scaffold add-task clean_up
  scaffold add-task send_welcome_email user_id:uuid note:text? --queue mail --timeout 30
  scaffold add-task draw_report report_id:uuid --route
      POST /draw-report enqueues it and answers 202 with the address of the task

",
    field_types!(),
    ";
`?` makes one optional. An enum is a type beside the task.

Creates:
  src/tasks/<name>.rs
  tests/integration/tasks/<name>.rs
  with --route: src/routes/<name>.rs and tests/integration/routes/<name>.rs
Inserts one line per list in:
  src/tasks/mod.rs, tests/integration/tasks/mod.rs
  with --route: src/routes/mod.rs, src/router.rs, tests/integration/routes/mod.rs"
);

/// Arguments of `scaffold add-task`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADD_TASK_HELP)]
pub struct AddTaskArgs {
    /// Name of the task, a verb phrase, for example `send_welcome_email`
    pub name: String,
    /// Arguments of the task
    #[arg(value_name = "FIELD:TYPE")]
    pub fields: Vec<String>,
    /// Queue that the task waits in
    #[arg(long)]
    pub queue: Option<String>,
    /// How often the task is tried before it has failed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub max_attempts: Option<u32>,
    /// Longest time that one attempt may take
    #[arg(long, value_name = "SECS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub timeout: Option<u64>,
    /// Add a route too, which enqueues the task; the caller needs the scope `write`
    #[arg(long)]
    pub route: bool,
}

const ADD_MIGRATION_HELP: &str = concat!(
    "\
Examples:
  scaffold add-migration create_users name:string 'email:string!' 'age:integer?'
  scaffold add-migration add_note_to_users 'note:text?'
  scaffold add-migration remove_note_from_users 'note:text?'
  scaffold add-migration rename_name_to_full_name_on_users
  scaffold add-migration add_index_to_users_on_full_name_and_age
  scaffold add-migration drop_users
  scaffold add-migration backfill_emails
      leaves both files for you to write, as any other name does

",
    field_types!(),
    ";
",
    column_marks!(),
    "

Creates:
  migrations/<stamp>-0000_<name>/up.sql
  migrations/<stamp>-0000_<name>/down.sql
Inserts in:
  src/schema.rs, for what is new; what goes away stays there until the code does without it"
);

/// Arguments of `scaffold add-migration`.
#[derive(Debug, Clone, Args)]
#[command(after_help = ADD_MIGRATION_HELP)]
pub struct AddMigrationArgs {
    /// Name of the migration, for example `create_users`
    pub name: String,
    /// Columns that are created, added or removed
    #[arg(value_name = "FIELD:TYPE")]
    pub fields: Vec<String>,
}

const ADD_KIT_HELP: &str = "\
Examples:
  scaffold list kits
      says what each kit is for, and which are there
  scaffold add-kit monitoring
  scaffold add-kit keycloak --dry-run

Creates the files of the kit, with the names, the database and the broker of the service where they
need them, and says how to use them. A file that is in the way is named, and then nothing is written,
unless `--force` is there. `scaffold remove kit <kit>` takes away what is as it was.";

/// The name of a kit.
#[derive(Debug, Clone, Args)]
pub struct KitArgs {
    /// Name of the kit
    #[arg(value_parser = kit_names())]
    pub kit: String,
}

fn kit_names() -> PossibleValuesParser {
    let kits = kits::all().into_iter();
    let names = kits.map(|kit| PossibleValue::new(kit.name).help(kit.summary().to_owned()));
    names.collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }
}
