//! The task `purge_finished_tasks`.

use serde::{Deserialize, Serialize};

use crate::db::Tx;
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
        let deleted = ctx
            .app()
            .transaction(async |tx: &mut Tx| ledger::purge_finished(tx, days).await)
            .await?;
        Ok(deleted)
    }
}
