//! Tests of flows.

mod ends;
mod guide;
mod order;
mod retry;
mod workers;

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex};

use serde::{Deserialize, Serialize};
use service::db::{self, Tx};
use service::id::Id;
use service::queue::ledger::{self, Revocation, TaskFilter};
use service::queue::{
    EnqueueError, Flow, Task, TaskContext, TaskError, TaskList, TaskRecord, TaskResult, TaskState,
};

use super::support::Sleep;
use crate::util::TestApp;

/// Adds to what the link before has returned.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Add(i64);

impl Task for Add {
    const NAME: &'static str = "add";
    type Output = i64;

    async fn run(self, ctx: TaskContext) -> TaskResult<i64> {
        Ok(ctx.previous::<i64>().await?.unwrap_or_default() + self.0)
    }
}

/// Returns what the members of a group have returned.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Collect {}

impl Task for Collect {
    const NAME: &'static str = "collect";
    type Output = Vec<i64>;

    async fn run(self, ctx: TaskContext) -> TaskResult<Vec<i64>> {
        let all = ctx.previous().await?;
        all.ok_or_else(|| TaskError::permanent(anyhow::anyhow!("nothing to collect")))
    }
}

/// What was repaired.
static REPAIRED: LazyLock<Mutex<HashSet<Id>>> = LazyLock::new(Mutex::default);

/// Returns 100, once it is repaired.
#[derive(Debug, Serialize, Deserialize)]
struct Break {}

impl Task for Break {
    const NAME: &'static str = "break";
    type Output = i64;

    async fn run(self, ctx: TaskContext) -> TaskResult<i64> {
        if REPAIRED.lock().expect("no panic").contains(&ctx.id()) {
            return Ok(100);
        }
        Err(TaskError::permanent(anyhow::anyhow!("it is broken")))
    }
}

/// Is called off while it runs, and returns nevertheless.
#[derive(Debug, Serialize, Deserialize)]
struct GoOn {}

impl Task for GoOn {
    const NAME: &'static str = "go_on";
    type Output = i64;

    async fn run(self, ctx: TaskContext) -> TaskResult<i64> {
        let revoked = ctx
            .app()
            .transaction(async |tx: &mut Tx| {
                Ok::<_, db::Error>(ledger::revoke(tx, ctx.id()).await?)
            })
            .await?;
        assert_eq!(revoked, Revocation::Revoked);
        Ok(1)
    }
}

/// Returns as much as a task may.
#[derive(Debug, Serialize, Deserialize)]
struct Write {}

impl Task for Write {
    const NAME: &'static str = "write";
    type Output = String;

    async fn run(self, _ctx: TaskContext) -> TaskResult<String> {
        Ok("x".repeat((1 << 20) - 2))
    }
}

/// Enqueues another task in its last step.
#[derive(Debug, Serialize, Deserialize)]
struct Spawn {}

impl Task for Spawn {
    const NAME: &'static str = "spawn";
    type Output = i64;

    async fn run(self, ctx: TaskContext) -> TaskResult<i64> {
        ctx.transaction(async |tx: &mut Tx| {
            Add(7).enqueue(tx).await?;
            Ok(1)
        })
        .await
    }
}

async fn app() -> TestApp {
    app_with(&[]).await
}

async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    TestApp::with_tasks(settings, list()).await
}

fn list() -> TaskList {
    let mut tasks = TaskList::default();
    tasks.add::<Add>();
    tasks.add::<Break>();
    tasks.add::<Collect>();
    tasks.add::<GoOn>();
    tasks.add::<Sleep>();
    tasks.add::<Spawn>();
    tasks.add::<Write>();
    tasks
}

fn add(number: i64) -> Flow {
    Flow::of(Add(number))
}

async fn try_enqueue(app: &TestApp, flow: Flow) -> Result<Id, EnqueueError> {
    app.app
        .transaction(async |tx: &mut Tx| flow.enqueue(tx).await)
        .await
}

async fn enqueue(app: &TestApp, flow: Flow) -> Id {
    try_enqueue(app, flow).await.expect("the flow is enqueued")
}

async fn members(app: &TestApp, flow: Id) -> Vec<TaskRecord> {
    app.tasks(TaskFilter {
        flow_id: Some(flow),
        ..TaskFilter::default()
    })
    .await
}

async fn states(app: &TestApp, flow: Id) -> Vec<TaskState> {
    let members = members(app, flow).await;
    members.iter().map(TaskRecord::state).collect()
}

async fn revoke(app: &TestApp, id: Id) {
    let revoked = app
        .app
        .transaction(async |tx: &mut Tx| Ok::<_, db::Error>(ledger::revoke(tx, id).await?))
        .await;
    assert_eq!(revoked.expect("the ledger answers"), Revocation::Revoked);
}

/// The whole has ended in this state, with this result.
#[track_caller]
fn assert_ended(task: &TaskRecord, state: TaskState, result: Option<&str>) {
    assert_eq!(task.state(), state, "{task:?}");
    assert_eq!(task.result.as_deref(), result);
    assert!(task.finished_at.is_some());
}
