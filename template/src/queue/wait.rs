//! Waiting for the end of a task.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::TaskRecord;
use super::ledger::{self, Revocation};
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
/// when a worker of this process has written down its end. A caller who goes away stops waiting;
/// the task goes on.
pub async fn wait_for(app: &App, id: Id, patience: Duration) -> Result<TaskRecord, WaitError> {
    let deadline = Instant::now() + patience;
    let mut waiting = app.queue.waiters.join(id);
    let mut pause = FIRST_PAUSE;
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
        // Woken or not, it looks again.
        let _ = timeout_at(deadline.min(Instant::now() + pause), waiting.woken()).await;
        pause = pause.mul_f64(1.5).min(MAX_PAUSE);
    }
}

async fn find(app: &App, id: Id) -> Result<Option<TaskRecord>, db::Error> {
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

/// Who waits in this process, and for which task.
#[derive(Default)]
pub(super) struct Waiters(Mutex<HashMap<Id, watch::Sender<()>>>);

impl Waiters {
    /// Joins those who wait for the task.
    fn join(&self, id: Id) -> Waiting<'_> {
        let ended = self.lock().entry(id).or_default().subscribe();
        Waiting {
            waiters: self,
            id,
            ended,
        }
    }

    /// Has everybody who waits for the task look at it.
    pub(super) fn wake(&self, id: Id) {
        if let Some(ended) = self.lock().get(&id) {
            ended.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a task.
struct Waiting<'a> {
    waiters: &'a Waiters,
    id: Id,
    ended: watch::Receiver<()>,
}

impl Waiting<'_> {
    /// Ends when the task was written to since the last time.
    async fn woken(&mut self) {
        if self.ended.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiters = self.waiters.lock();
        // The last one to leave turns off the light.
        if waiters
            .get(&self.id)
            .is_some_and(|ended| ended.receiver_count() == 1)
        {
            waiters.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_woken_and_forgotten() {
        let waiters = Waiters::default();
        let (id, other) = (Id::new(), Id::new());
        let (mut one, mut two) = (waiters.join(id), waiters.join(id));
        let mut three = waiters.join(other);
        waiters.wake(id);
        one.woken().await;
        two.woken().await;
        let woken = tokio::time::timeout(Duration::from_millis(20), three.woken()).await;
        assert!(woken.is_err());
        drop((one, three));
        assert_eq!(waiters.lock().len(), 1);
        drop(two);
        assert!(waiters.lock().is_empty());
    }
}
