//! The task `purge_finished_tasks`.

use serde::{Deserialize, Serialize};

use crate::db::{self, Tx};
use crate::queue::{Task, TaskContext, TaskResult, ledger};

/// Deletes tasks that ended longer ago than `TASK_RETENTION_DAYS`.
#[derive(Debug, Serialize, Deserialize)]
pub struct PurgeFinishedTasks {}

impl Task for PurgeFinishedTasks {
    const NAME: &'static str = "purge_finished_tasks";
    /// How many were deleted.
    type Output = usize;

    async fn run(self, ctx: TaskContext) -> TaskResult<Self::Output> {
        let days = ctx.app().config.worker.retention_days;
        let mut deleted = 0;
        loop {
            let some = ctx
                .app()
                .transaction(async |tx: &mut Tx| {
                    Ok::<_, db::Error>(ledger::purge(tx, days, None).await?)
                })
                .await?;
            if some == 0 {
                return Ok(deleted);
            }
            deleted += some;
        }
    }
}
