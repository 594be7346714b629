//! The scheduler: enqueues tasks by the clock.
//!
//! A fire is a row whose idempotency key is the schedule and the instant, so any number of
//! schedulers fire once. A fire that no worker has started by the next one expires.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use croner::Cron;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::heartbeat::{self, Heartbeat, Role};
use super::{EnqueueError, EnqueueOptions, Task};
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// The pause after an error of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// The schedules of a service.
#[derive(Default)]
pub struct ScheduleList {
    schedules: Vec<Schedule>,
}

/// When to enqueue what.
pub struct Schedule {
    name: &'static str,
    rhythm: Rhythm,
    enqueue: Enqueue,
}

type Enqueue = Box<
    dyn for<'a> Fn(&'a mut Tx, &'a EnqueueOptions) -> BoxFuture<'a, Result<Id, EnqueueError>>
        + Send
        + Sync,
>;

enum Rhythm {
    Cron(Box<Cron>),
    Every(Duration),
}

impl ScheduleList {
    /// Enqueues a task at the times of a cron expression of 5 fields, or 6 with seconds, in UTC.
    ///
    /// # Panics
    ///
    /// If the expression cannot be read: at start-up, where it is noticed.
    pub fn cron<T: Task>(
        &mut self,
        name: &'static str,
        expression: &str,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) {
        let cron = expression
            .parse()
            .unwrap_or_else(|error| panic!("schedule `{name}`: `{expression}`: {error}"));
        self.add(name, Rhythm::Cron(Box::new(cron)), task);
    }

    /// Enqueues a task at every multiple of the interval, counted from the Unix epoch.
    ///
    /// # Panics
    ///
    /// If the interval is shorter than a second: at start-up, where it is noticed.
    pub fn every<T: Task>(
        &mut self,
        name: &'static str,
        interval: Duration,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) {
        assert!(
            interval >= Duration::from_secs(1),
            "schedule `{name}`: {interval:?} is shorter than a second"
        );
        self.add(name, Rhythm::Every(interval), task);
    }

    /// What is scheduled.
    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.schedules.iter()
    }

    fn add<T: Task>(
        &mut self,
        name: &'static str,
        rhythm: Rhythm,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) {
        assert!(
            self.schedules.iter().all(|other| other.name != name),
            "two schedules are named `{name}`"
        );
        let enqueue: Enqueue = Box::new(move |tx, options| {
            let task = task();
            async move { task.enqueue_with(tx, options).await }.boxed()
        });
        self.schedules.push(Schedule {
            name,
            rhythm,
            enqueue,
        });
    }
}

impl Schedule {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first fire after this time; `None` if there will be none.
    pub fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.rhythm {
            Rhythm::Cron(cron) => cron.find_next_occurrence(&time, false).ok(),
            Rhythm::Every(interval) => {
                let interval_ms = i64::try_from(interval.as_millis()).ok()?;
                let fires = time.timestamp_millis().div_euclid(interval_ms) + 1;
                DateTime::from_timestamp_millis(fires.checked_mul(interval_ms)?)
            }
        }
    }

    /// Enqueues the task of the fire at this time, unless another scheduler has.
    async fn fire(&self, app: &App, at: DateTime<Utc>) -> Result<Id, EnqueueError> {
        let expires_in = self
            .next_after(at)
            .and_then(|next| (next - Utc::now()).to_std().ok());
        let options = EnqueueOptions {
            idempotency_key: Some(format!("schedule:{}:{}", self.name, at.timestamp_millis())),
            expires_in,
            ..EnqueueOptions::default()
        };
        app.transaction(async |tx: &mut Tx| (self.enqueue)(tx, &options).await)
            .await
    }
}

/// Enqueues what is scheduled until `stop` is cancelled.
pub async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut schedules = ScheduleList::default();
    crate::schedules::register(&mut schedules);
    tracing::info!(schedules = schedules.schedules.len(), "scheduler started");
    let fires = schedules
        .schedules
        .iter()
        .map(|schedule| keep_firing(&app, schedule));
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
    let left = app
        .transaction(async |tx: &mut Tx| {
            Ok::<_, db::Error>(heartbeat::leave(tx, heartbeat.id).await?)
        })
        .await;
    if let Err(error) = left {
        tracing::warn!(%error, "the scheduler cannot say that it is gone");
    }
    tracing::info!("scheduler stopped");
    Ok(())
}

async fn keep_firing(app: &App, schedule: &Schedule) {
    let mut last = Utc::now();
    while let Some(mut at) = schedule.next_after(last) {
        // Of the fires that were missed meanwhile, only the latest is made up for.
        while let Some(later) = schedule.next_after(at).filter(|later| *later <= Utc::now()) {
            at = later;
        }
        let wait = (at - Utc::now()).to_std().unwrap_or_default();
        tokio::time::sleep(wait).await;
        match schedule.fire(app, at).await {
            Ok(task_id) => {
                tracing::info!(schedule = schedule.name, %task_id, "schedule fired");
                last = at;
            }
            Err(error) => {
                tracing::error!(schedule = schedule.name, %error, "schedule could not fire");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Says that the scheduler is alive.
async fn keep_beating(app: &App, heartbeat: &Heartbeat) {
    let mut tick = tokio::time::interval(heartbeat::interval(&app.config.worker));
    loop {
        tick.tick().await;
        let beat = app
            .transaction(async |tx: &mut Tx| {
                heartbeat::beat(tx, heartbeat).await?;
                heartbeat::forget_dead(tx).await?;
                Ok::<_, db::Error>(())
            })
            .await;
        if let Err(error) = beat {
            tracing::warn!(%error, "the scheduler cannot say that it is alive");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::PurgeFinishedTasks;

    fn fires(list: &ScheduleList, from: &str) -> Vec<String> {
        let mut time: DateTime<Utc> = from.parse().expect("a point in time");
        let mut fires = Vec::new();
        for _ in 0..3 {
            time = list.schedules[0].next_after(time).expect("another fire");
            fires.push(time.to_rfc3339());
        }
        fires
    }

    #[test]
    fn five_fields_fire_by_the_minute() {
        let mut list = ScheduleList::default();
        list.cron("x", "30 4 * * 1", || PurgeFinishedTasks {});
        assert_eq!(
            fires(&list, "2026-01-01T00:00:00Z"),
            [
                "2026-01-05T04:30:00+00:00",
                "2026-01-12T04:30:00+00:00",
                "2026-01-19T04:30:00+00:00"
            ]
        );
    }

    #[test]
    fn intervals_fire_at_the_same_instants_everywhere() {
        let mut list = ScheduleList::default();
        list.every("x", Duration::from_secs(20), || PurgeFinishedTasks {});
        assert_eq!(
            fires(&list, "2026-01-01T00:00:07.5Z"),
            [
                "2026-01-01T00:00:20+00:00",
                "2026-01-01T00:00:40+00:00",
                "2026-01-01T00:01:00+00:00"
            ]
        );
    }
}
