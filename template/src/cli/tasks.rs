//! Looking after the tasks in the ledger.

mod enqueue;
mod table;

use std::process::ExitCode;

use serde_json::json;

use super::args::{ListArgs, PurgeArgs, RetryArgs, TasksCommand};
use super::output::{complain, print};
use super::show;
use crate::config::Config;
use crate::db::{self, Database, Tx};
use crate::id::Id;
use crate::queue::ledger::{self, Revival, Revocation, TaskFilter};
use crate::routes::tasks::{TaskDetails, TaskResponse};

/// Does what the command says; without one, lists the tasks that a worker can run.
pub(super) async fn run(
    command: Option<TasksCommand>,
    config: &Config,
) -> anyhow::Result<ExitCode> {
    let Some(command) = command else {
        show::tasks()?;
        return Ok(ExitCode::SUCCESS);
    };
    let db = Database::new(config)?;
    match command {
        TasksCommand::List(args) => list(&db, args).await?,
        TasksCommand::Show { id, json } => show_task(&db, id, json).await?,
        TasksCommand::Enqueue(args) => enqueue::enqueue(config, args).await?,
        TasksCommand::Retry(args) if args.failed => retry_failed(&db, &args).await?,
        TasksCommand::Retry(args) => {
            return change(&args.ids, "queued", args.json, async |id| {
                retry(&db, id).await
            })
            .await;
        }
        TasksCommand::Revoke { ids, json } => {
            return change(&ids, "revoked", json, async |id| revoke(&db, id).await).await;
        }
        TasksCommand::Purge(args) => purge(&db, &args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(db: &Database, args: ListArgs) -> anyhow::Result<()> {
    let filter = TaskFilter {
        state: args.state,
        name: args.name,
        queue: args.queue,
        flow_id: args.flow,
        limit: args.limit,
        offset: 0,
    };
    let tasks = ledger::list(&mut *db.connection().await?, &filter).await?;
    let text = if args.json {
        let tasks = tasks.into_iter().map(TaskResponse::for_operators);
        let tasks: Vec<TaskResponse> = tasks.collect();
        serde_json::to_string_pretty(&tasks)?
    } else {
        table::tasks(&tasks)
    };
    Ok(print(&text)?)
}

async fn show_task(db: &Database, id: Id, json: bool) -> anyhow::Result<()> {
    let task = ledger::find(&mut *db.connection().await?, id).await?;
    let task = task.ok_or_else(|| anyhow::anyhow!(unknown(id)))?;
    let details = serde_json::to_value(TaskDetails::from(task))?;
    let text = if json {
        serde_json::to_string_pretty(&details)?
    } else {
        table::details(&details)
    };
    Ok(print(&text)?)
}

/// Changes one task after the other, and says of each what became of it. A task that cannot be
/// changed keeps nobody from changing the next.
async fn change(
    ids: &[Id],
    done: &str,
    json: bool,
    change: impl AsyncFn(Id) -> Result<Result<(), String>, db::Error>,
) -> anyhow::Result<ExitCode> {
    let (mut changed, mut refused) = (Vec::new(), Vec::new());
    for id in ids {
        match change(*id).await? {
            Ok(()) => changed.push(*id),
            Err(reason) => {
                complain(&format!("error: {reason}"));
                refused.push(json!({"id": id, "reason": reason}));
            }
        }
    }
    if json {
        print(&format!("{:#}", json!({done: changed, "refused": refused})))?;
    } else if !changed.is_empty() {
        let lines = changed.iter().map(|id| format!("{done} {id}\n"));
        print(&lines.collect::<String>())?;
    }
    Ok(if refused.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn retry(db: &Database, id: Id) -> Result<Result<(), String>, db::Error> {
    let (revival, _) = db
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::retry(tx, id).await?))
        .await?;
    Ok(match revival {
        Revival::Queued => Ok(()),
        Revival::NotEnded(state) => Err(format!(
            "the task {id} is {}; only what failed, was revoked or expired can be tried again",
            state.as_str()
        )),
        Revival::NotItsTurn => Err(format!(
            "something before the task {id} in its flow has not succeeded; retry that"
        )),
        Revival::NotFound => Err(unknown(id)),
    })
}

async fn revoke(db: &Database, id: Id) -> Result<Result<(), String>, db::Error> {
    let (revocation, _) = db
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::revoke(tx, id).await?))
        .await?;
    Ok(match revocation {
        Revocation::Revoked => Ok(()),
        Revocation::Finished => Err(format!("the task {id} has ended already")),
        Revocation::NotFound => Err(unknown(id)),
    })
}

async fn retry_failed(db: &Database, args: &RetryArgs) -> anyhow::Result<()> {
    let name = args.name.as_deref();
    let (mut total, mut after) = (0, None);
    loop {
        let ((queued, last), _) = db
            .transaction(async |tx: &mut Tx| {
                Ok::<_, db::Error>(ledger::retry_failed(tx, name, after).await?)
            })
            .await?;
        total += queued;
        if last.is_none() {
            break;
        }
        after = last;
    }
    summarize("queued", total, args.json)
}

async fn purge(db: &Database, args: &PurgeArgs) -> anyhow::Result<()> {
    let mut total = 0;
    loop {
        let (purged, _) = db
            .transaction(async |tx: &mut Tx| {
                Ok::<_, db::Error>(ledger::purge(tx, args.older_than_days, args.state).await?)
            })
            .await?;
        total += purged;
        if purged == 0 {
            break;
        }
    }
    summarize("purged", total, args.json)
}

fn summarize(done: &str, total: usize, json: bool) -> anyhow::Result<()> {
    let text = match (json, total) {
        (true, _) => format!("{:#}", json!({done: total})),
        (false, 1) => format!("{done} 1 task"),
        (false, _) => format!("{done} {total} tasks"),
    };
    Ok(print(&text)?)
}

fn unknown(id: Id) -> String {
    format!("there is no task {id}")
}
