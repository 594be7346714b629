//! Waiting for the end of a task.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::TaskRecord;
use super::ledger::{self, Revocation};
use super::waiters::Waiting;
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// The pause between the first two looks into the ledger. Each further one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause between two looks.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// Why there is no end to tell of.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// It did not end in time and has been called off. This is how it was just before.
    #[error("task {} did not end in time", .0.id)]
    TimedOut(Box<TaskRecord>),
    /// There is no such task, or none any more.
    #[error("there is no such task")]
    NotFound,
    /// The database was away when it was to be called off.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Waits until the task has ended, and calls it off if that takes too long.
///
/// The task has to be committed. It is looked at again and again, at growing intervals, and at once
/// when a worker has written down its end: one of this process, or with PostgreSQL any. A caller
/// who goes away stops waiting; the task goes on.
pub async fn wait_for(app: &App, id: Id, patience: Duration) -> Result<TaskRecord, WaitError> {
    let deadline = Instant::now() + patience;
    let mut looks = Looks::new(app, id);
    loop {
        match find(app, id).await {
            Ok(Some(task)) if task.state().is_finished() => return Ok(task),
            Ok(None) => return Err(WaitError::NotFound),
            Ok(Some(_)) => {}
            Err(error) => tracing::warn!(task_id = %id, %error, "cannot look at a task"),
        }
        if Instant::now() >= deadline {
            return call_off(app, id).await;
        }
        // In time or not, there is one more look.
        let _ = timeout_at(deadline, looks.next()).await;
    }
}

/// When to look at a task: at growing intervals, and at once when it was written to.
pub(super) struct Looks {
    waiting: Waiting,
    pause: Duration,
}

impl Looks {
    /// From now on. The first look is the caller's.
    pub(super) fn new(app: &App, id: Id) -> Self {
        Self {
            waiting: app.queue.waiters.join(id),
            pause: FIRST_PAUSE,
        }
    }

    /// Waits until it is time for the next one.
    pub(super) async fn next(&mut self) {
        // Woken or not, it is time.
        let _ = timeout(self.pause, self.waiting.woken()).await;
        self.pause = self.pause.mul_f64(1.5).min(MAX_PAUSE);
    }
}

pub(super) async fn find(app: &App, id: Id) -> Result<Option<TaskRecord>, db::Error> {
    Ok(ledger::find(&mut *app.connection().await?, id).await?)
}

/// Calls the task off, unless it has ended just now.
async fn call_off(app: &App, id: Id) -> Result<TaskRecord, WaitError> {
    let found = app
        .transaction(async |tx: &mut Tx| {
            let task = ledger::find_for_update(tx, id).await?;
            let revocation = ledger::revoke(tx, id).await?;
            Ok::<_, db::Error>(task.map(|task| (task, revocation)))
        })
        .await?;
    match found {
        Some((task, Revocation::Revoked)) => Err(WaitError::TimedOut(Box::new(task))),
        Some((task, _)) => Ok(task),
        None => Err(WaitError::NotFound),
    }
}
