mod tasks;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::server::Role;

pub(super) use tasks::{EnqueueArgs, ListArgs, PurgeArgs, RetryArgs, TasksCommand};

/// The service.
///
/// Settings come from the environment; `config` shows them all. Without a command, dev and test
/// run `all`.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run API, worker and scheduler in one process; in dev and test, migrate first
    All {
        #[command(flatten)]
        api: ApiFlags,
        #[command(flatten)]
        worker: WorkerFlags,
    },
    /// Answer requests
    Api(ApiFlags),
    /// Run tasks
    Worker(WorkerFlags),
    /// Enqueue what is scheduled
    Scheduler,
    /// Change the schema of the database
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Fill the database with data to begin with
    #[command(subcommand)]
    Db(DbCommand),
    /// List the routes with their handlers
    Routes,
    /// List the tasks that a worker can run, or look after those in the ledger
    Tasks {
        #[command(subcommand)]
        command: Option<TasksCommand>,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print the settings and where each comes from, secrets masked
    Config,
    /// Ask whether a role is well; exits with 0 or 1
    Health {
        /// The role that is asked
        #[arg(value_enum, default_value_t = HealthRole::Api)]
        role: HealthRole,
    },
    /// Print a bearer token for development, signed with JWT_SECRET
    Token(TokenArgs),
}

#[derive(Debug, Default, Args)]
pub(super) struct ApiFlags {
    /// Address or name to listen on, instead of HOST
    #[arg(long)]
    host: Option<String>,
    /// Port to listen on, instead of PORT
    #[arg(long)]
    port: Option<String>,
}

#[derive(Debug, Default, Args)]
pub(super) struct WorkerFlags {
    /// Queues to serve, separated by commas, instead of WORKER_QUEUES
    #[arg(long)]
    queues: Option<String>,
    /// Most tasks at once, instead of WORKER_CONCURRENCY
    #[arg(long)]
    concurrency: Option<String>,
    /// Tasks claimed before they can start, instead of WORKER_PREFETCH
    #[arg(long)]
    prefetch: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Apply what is pending
    Up,
    /// Revert the latest migration
    Down,
    /// Revert the latest migration and apply it again
    Redo,
    /// List the migrations and whether each is applied
    Status,
    /// Write down that the migrations up to one are applied and no later ones, without running any
    Stamp {
        /// A migration as `status` lists it [default: the latest]
        version: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum DbCommand {
    /// Store what is in src/seed.rs and missing in the database
    Seed,
    /// Delete everything: revert all migrations, apply them again and seed; refused in prod
    Reset {
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum HealthRole {
    /// Its readiness
    Api,
    /// Whether one is alive on this host
    Worker,
    /// Whether one is alive on this host
    Scheduler,
}

#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// Who it is for
    #[arg(long)]
    pub(super) sub: String,
    /// What it allows: scopes, separated by spaces
    #[arg(long, default_value = "")]
    pub(super) scope: String,
    /// How long it is valid
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) ttl_secs: u32,
}

/// Variables that flags set.
pub(super) type Flags = Vec<(&'static str, String)>;

impl Command {
    /// What is done in dev and test when nothing is said.
    pub(super) fn all() -> Self {
        Self::All {
            api: ApiFlags::default(),
            worker: WorkerFlags::default(),
        }
    }

    /// The role that it runs, if it runs one.
    pub(super) fn role(&self) -> Option<Role> {
        match self {
            Self::All { .. } => Some(Role::All),
            Self::Api(_) => Some(Role::Api),
            Self::Worker(_) => Some(Role::Worker),
            Self::Scheduler => Some(Role::Scheduler),
            _ => None,
        }
    }

    /// The variables that its flags set.
    pub(super) fn flags(&self) -> Flags {
        match self {
            Self::All { api, worker } => [api.flags(), worker.flags()].concat(),
            Self::Api(api) => api.flags(),
            Self::Worker(worker) => worker.flags(),
            _ => Flags::new(),
        }
    }
}

impl ApiFlags {
    fn flags(&self) -> Flags {
        given([("HOST", &self.host), ("PORT", &self.port)])
    }
}

impl WorkerFlags {
    fn flags(&self) -> Flags {
        given([
            ("WORKER_QUEUES", &self.queues),
            ("WORKER_CONCURRENCY", &self.concurrency),
            ("WORKER_PREFETCH", &self.prefetch),
        ])
    }
}

fn given<const N: usize>(flags: [(&'static str, &Option<String>); N]) -> Flags {
    let value = |(name, value): (_, &Option<String>)| Some((name, value.clone()?));
    flags.into_iter().filter_map(value).collect()
}
