//! What a schedule is: when to enqueue what.

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{EnqueueError, EnqueueOptions, Task};
use crate::db::Tx;
use crate::id::Id;

/// The longest name of a schedule.
const MAX_NAME_BYTES: usize = 100;

/// The schedules of a service.
#[derive(Default)]
pub struct ScheduleList {
    schedules: Vec<Schedule>,
}

/// When to enqueue what, and how.
///
/// A fire that no worker has started by the next one expires, and a fire is enqueued whether or
/// not the task of the one before has ended. The methods change that for this schedule.
pub struct Schedule {
    name: &'static str,
    rhythm: Rhythm,
    enqueue: Enqueue,
    options: EnqueueOptions,
    expires_in: Option<Duration>,
    pub(super) skips_if_running: bool,
}

type Enqueue = Box<
    dyn for<'a> Fn(&'a mut Tx, &'a EnqueueOptions) -> BoxFuture<'a, Result<Id, EnqueueError>>
        + Send
        + Sync,
>;

enum Rhythm {
    Cron(Box<Cron>, Tz),
    Every(TimeDelta),
}

impl ScheduleList {
    /// Enqueues a task at the times of a cron expression of 5 fields, or 6 with seconds, in UTC
    /// unless another time zone is chosen.
    ///
    /// # Panics
    ///
    /// If the expression cannot be read: at start-up, where it is noticed.
    #[track_caller]
    pub fn cron<T: Task>(
        &mut self,
        name: &'static str,
        expression: &str,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) -> &mut Schedule {
        let cron = expression
            .parse()
            .unwrap_or_else(|error| panic!("schedule `{name}`: `{expression}`: {error}"));
        self.add(name, Rhythm::Cron(Box::new(cron), Tz::UTC), task)
    }

    /// Enqueues a task at every multiple of the interval, counted from the Unix epoch.
    ///
    /// # Panics
    ///
    /// If the interval is shorter than a second: at start-up, where it is noticed.
    #[track_caller]
    pub fn every<T: Task>(
        &mut self,
        name: &'static str,
        interval: Duration,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) -> &mut Schedule {
        let delta = TimeDelta::from_std(interval).ok();
        let delta = delta.filter(|delta| *delta >= TimeDelta::seconds(1));
        let delta = delta.unwrap_or_else(|| {
            panic!("schedule `{name}`: {interval:?} is not an interval of a second or more")
        });
        self.add(name, Rhythm::Every(delta), task)
    }

    /// What is scheduled.
    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.schedules.iter()
    }

    #[track_caller]
    fn add<T: Task>(
        &mut self,
        name: &'static str,
        rhythm: Rhythm,
        task: impl Fn() -> T + Send + Sync + 'static,
    ) -> &mut Schedule {
        assert!(
            (1..=MAX_NAME_BYTES).contains(&name.len()),
            "schedule `{name}`: a name has between 1 and {MAX_NAME_BYTES} bytes"
        );
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
            options: EnqueueOptions::default(),
            expires_in: None,
            skips_if_running: false,
        });
        self.schedules.last_mut().expect("it was just added")
    }
}

impl Schedule {
    /// Reads the cron expression in a time zone, such as `Europe/Berlin`.
    ///
    /// When clocks go forward, a time of day that is left out fires at the first moment after the
    /// gap; when they go back, a time of day that comes twice fires once. What fires every so
    /// often, such as `*/30 * * * *`, goes on at its pace.
    ///
    /// # Panics
    ///
    /// If there is no such time zone, or no cron expression: at start-up, where it is noticed.
    #[track_caller]
    pub fn time_zone(&mut self, name: &str) -> &mut Self {
        let schedule = self.name;
        let zone: Tz = name
            .parse()
            .unwrap_or_else(|_| panic!("schedule `{schedule}`: `{name}` is not a time zone"));
        match &mut self.rhythm {
            Rhythm::Cron(_, chosen) => *chosen = zone,
            Rhythm::Every(_) => panic!("schedule `{schedule}`: an interval has no time zone"),
        }
        self
    }

    /// Does not fire while the task of its last fire has not ended.
    pub fn skip_if_running(&mut self) -> &mut Self {
        self.skips_if_running = true;
        self
    }

    /// A fire that no worker has started so long after its time expires, whenever the next one is.
    pub fn expires_in(&mut self, duration: Duration) -> &mut Self {
        self.expires_in = Some(duration);
        self
    }

    /// Has its tasks wait in another queue than their own.
    pub fn queue(&mut self, name: &str) -> &mut Self {
        self.options.queue = Some(name.to_owned());
        self
    }

    /// Has its tasks claimed before those of a lower priority. 0 is usual.
    pub fn priority(&mut self, priority: i32) -> &mut Self {
        self.options.priority = priority;
        self
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first fire after this time; `None` if there will be none.
    pub fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.rhythm {
            Rhythm::Cron(cron, zone) => {
                let next = cron.find_next_occurrence(&time.with_timezone(zone), false);
                Some(next.ok()?.to_utc())
            }
            Rhythm::Every(interval) => {
                multiple_until(time, *interval)?.checked_add_signed(*interval)
            }
        }
    }

    /// The last fire until this time; `None` if there was none.
    pub fn last_until(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match &self.rhythm {
            Rhythm::Cron(cron, zone) => {
                let last = cron.find_previous_occurrence(&time.with_timezone(zone), true);
                Some(last.ok()?.to_utc())
            }
            Rhythm::Every(interval) => multiple_until(time, *interval),
        }
    }

    /// When the fire at this time is not worth starting any more; `None` if it always is.
    pub(super) fn expires_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.expires_in {
            Some(duration) => at.checked_add_signed(TimeDelta::from_std(duration).ok()?),
            None => self.next_after(at),
        }
    }

    /// Enqueues the task under this key, which expires so long from now.
    pub(super) async fn enqueue(
        &self,
        tx: &mut Tx,
        key: String,
        expires_in: Option<Duration>,
    ) -> Result<Id, EnqueueError> {
        let options = EnqueueOptions {
            idempotency_key: Some(key),
            expires_in,
            ..self.options.clone()
        };
        (self.enqueue)(tx, &options).await
    }
}

/// The last multiple of the interval until this time.
fn multiple_until(time: DateTime<Utc>, interval: TimeDelta) -> Option<DateTime<Utc>> {
    let interval_ms = interval.num_milliseconds();
    let count = time.timestamp_millis().div_euclid(interval_ms);
    DateTime::from_timestamp_millis(count.checked_mul(interval_ms)?)
}
