use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::id::Id;
use crate::queue::TaskState;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TasksCommand {
    /// List tasks of the ledger, newest first
    List(ListArgs),
    /// Show all there is to know of a task
    Show {
        /// The task
        id: Id,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Enqueue a task by its name, for a worker that knows it
    Enqueue(EnqueueArgs),
    /// Queue tasks again that failed, were revoked or expired, with all their attempts
    Retry(RetryArgs),
    /// Call tasks off: those that wait never start, those that run are stopped
    Revoke {
        /// The tasks
        #[arg(required = true)]
        ids: Vec<Id>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete tasks that have ended
    Purge(PurgeArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// Only tasks in this state
    #[arg(long, value_parser = state_parser(|_| true))]
    pub(in crate::cli) state: Option<TaskState>,
    /// Only tasks with this name
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
    /// Only tasks in this queue
    #[arg(long)]
    pub(in crate::cli) queue: Option<String>,
    /// Only the members of this chain or group
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) flow: Option<Id>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..))]
    pub(in crate::cli) limit: i64,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EnqueueArgs {
    /// The name of the task
    pub(in crate::cli) name: String,
    /// Its arguments, as JSON
    #[arg(long, default_value = "{}", value_parser = parse_json)]
    pub(in crate::cli) args: Value,
    /// Its queue
    #[arg(long)]
    pub(in crate::cli) queue: Option<String>,
    /// Run it so much later
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(in crate::cli) delay_secs: u64,
    /// Higher goes first
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(in crate::cli) priority: i32,
    /// While a task with this key is in the ledger, no second one is added
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) idempotency_key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RetryArgs {
    /// The tasks
    #[arg(required_unless_present = "failed")]
    pub(in crate::cli) ids: Vec<Id>,
    /// Every task that has failed
    #[arg(long, conflicts_with = "ids")]
    pub(in crate::cli) failed: bool,
    /// Of those that have failed, only the ones with this name
    #[arg(long, requires = "failed")]
    pub(in crate::cli) name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PurgeArgs {
    /// Only tasks that ended at least so long ago
    #[arg(long, value_name = "DAYS")]
    pub(in crate::cli) older_than_days: u32,
    /// Only tasks in this state
    #[arg(long, value_parser = state_parser(TaskState::is_finished))]
    pub(in crate::cli) state: Option<TaskState>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Without it, clap would make a JSON string of the text.
fn parse_json(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text)
}

/// Reads the states that are allowed.
fn state_parser(allowed: fn(TaskState) -> bool) -> impl TypedValueParser<Value = TaskState> {
    let states = move || {
        TaskState::ALL
            .into_iter()
            .filter(move |state| allowed(*state))
    };
    PossibleValuesParser::new(states().map(TaskState::as_str)).try_map(move |text| {
        states()
            .find(|state| state.as_str() == text)
            .ok_or("not a state")
    })
}
