//! The scheduler: enqueues tasks by the clock.
//!
//! A fire is a row whose idempotency key is the schedule and the instant, so any number of
//! schedulers fire once.
//!
//! Of the fires that were missed while no scheduler ran, the latest is made up for, if it has not
//! expired. A schedule counts as having missed something only if the ledger still holds an earlier
//! fire of it: a new service does not begin with what was due yesterday, and a fire whose row was
//! purged is not repeated. So nothing is made up for if a schedule fires less often than finished
//! tasks are kept.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use super::EnqueueError;
use super::heartbeat::{self, Heartbeat, Role};
use super::ledger::{self, Fire};
use super::schedule::{Schedule, ScheduleList};
use super::worker::LAST_WRITE_TIMEOUT;
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// The pause after an error of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest sleep before another look at the clock, which may have been set meanwhile.
const MAX_SLEEP: Duration = Duration::from_secs(60);

/// What became of a fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    /// Its task is in the ledger, whichever scheduler enqueued it.
    Enqueued(Id),
    /// The task of the fire before has not ended.
    Skipped,
    /// It would have expired at once.
    TooLate,
}

/// Enqueues what is scheduled until `stop` is cancelled.
///
/// # Panics
///
/// At once, if a schedule cannot be read.
pub fn run(
    app: Arc<App>,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send {
    let mut schedules = ScheduleList::default();
    crate::schedules::register(&mut schedules);
    run_list(app, schedules, stop)
}

/// Enqueues what is on this list until `stop` is cancelled.
pub async fn run_list(
    app: Arc<App>,
    schedules: ScheduleList,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    tracing::info!(schedules = schedules.iter().count(), "scheduler started");
    let fires = schedules.iter().map(|schedule| keep_firing(&app, schedule));
    let heartbeat = Heartbeat {
        id: Id::new(),
        role: Role::Scheduler,
        queues: String::new(),
        concurrency: 0,
    };
    tokio::select! {
        () = stop.cancelled() => {}
        _ = futures_util::future::join_all(fires).then(|_| std::future::pending::<()>()) => {}
        () = keep_beating(&app, &heartbeat) => {}
    }
    let left = app.transaction(async |tx: &mut Tx| {
        Ok::<_, db::Error>(heartbeat::leave(tx, heartbeat.id).await?)
    });
    if let Err(error) = db::in_time(LAST_WRITE_TIMEOUT, left).await {
        tracing::warn!(%error, "the scheduler cannot say that it is gone");
    }
    tracing::info!("scheduler stopped");
    Ok(())
}

async fn keep_firing(app: &App, schedule: &Schedule) {
    let mut last = begin_after(app, schedule).await;
    loop {
        // A clock that was ahead once has left fires in the future: they hold up none before them.
        last = last.min(Utc::now());
        let Some(next) = schedule.next_after(last) else {
            break;
        };
        // Of the fires that were missed meanwhile, only the latest is made up for.
        let at = schedule
            .last_until(Utc::now())
            .map_or(next, |at| at.max(next));
        if let Ok(left) = (at - Utc::now()).to_std()
            && !left.is_zero()
        {
            tokio::time::sleep(left.min(MAX_SLEEP)).await;
            continue;
        }
        match db::in_time(db::PATIENCE, fire(app, schedule, at)).await {
            Ok(fired) => {
                tracing::info!(schedule = schedule.name(), ?fired, "schedule fired");
                last = at;
            }
            Err(error) => {
                tracing::error!(schedule = schedule.name(), %error, "schedule could not fire");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    tracing::warn!(
        schedule = schedule.name(),
        "schedule will not fire any more"
    );
}

/// The time after which fires are due: that of the last one in the ledger, or now.
async fn begin_after(app: &App, schedule: &Schedule) -> DateTime<Utc> {
    loop {
        let last = async {
            let mut conn = app.connection().await?;
            Ok::<_, db::Error>(ledger::last_fire(&mut conn, schedule.name()).await?)
        };
        match db::in_time(db::PATIENCE, last).await {
            Ok(last) => {
                let last = last.and_then(|fire| DateTime::from_timestamp_millis(fire.at_ms));
                return last.unwrap_or_else(Utc::now);
            }
            Err(error) => {
                tracing::error!(schedule = schedule.name(), %error, "cannot look for its last fire");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Enqueues the task of the fire at this time, unless another scheduler has, or it should not be.
pub async fn fire(
    app: &App,
    schedule: &Schedule,
    at: DateTime<Utc>,
) -> Result<Fired, EnqueueError> {
    app.transaction(async |tx: &mut Tx| {
        if schedule.skips_if_running && must_skip(tx, schedule, at).await? {
            return Ok(Fired::Skipped);
        }
        let expires_in = schedule
            .expires_at(at)
            .map(|time| (time - Utc::now()).to_std());
        let Ok(expires_in) = expires_in.transpose() else {
            return Ok(Fired::TooLate);
        };
        let key = Fire::key(schedule.name(), at.timestamp_millis());
        Ok(Fired::Enqueued(
            schedule.enqueue(tx, key, expires_in).await?,
        ))
    })
    .await
}

/// Whether the task of an earlier fire has not ended.
///
/// Schedulers take turns here, by the lock on the latest fire: whoever comes second sees what the
/// first has enqueued.
async fn must_skip(
    tx: &mut Tx,
    schedule: &Schedule,
    at: DateTime<Utc>,
) -> Result<bool, diesel::result::Error> {
    let mut locked = None;
    while let Some(last) = ledger::last_fire(tx, schedule.name()).await? {
        if locked != Some(last.task_id) {
            ledger::find_for_update(tx, last.task_id).await?;
            locked = Some(last.task_id);
            continue;
        }
        return Ok(!last.state.is_finished() && last.at_ms != at.timestamp_millis());
    }
    Ok(false)
}

/// Says that the scheduler is alive.
async fn keep_beating(app: &App, heartbeat: &Heartbeat) {
    let mut tick = tokio::time::interval(heartbeat::interval(&app.config.worker));
    loop {
        tick.tick().await;
        let beat = app.transaction(async |tx: &mut Tx| {
            heartbeat::beat(tx, heartbeat).await?;
            heartbeat::forget_dead(tx).await?;
            Ok::<_, db::Error>(())
        });
        if let Err(error) = db::in_time(db::PATIENCE, beat).await {
            tracing::warn!(%error, "the scheduler cannot say that it is alive");
        }
    }
}
