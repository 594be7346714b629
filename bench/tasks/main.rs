//! Measures the task engine of the service it is put into, with the task `noop`.
//!
//! Prints one line for each figure: its name, a tab, its value. `bench/tasks/run` makes the table.
//! What cannot be measured ends it with an error.

mod workers;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_query;
use diesel_async::RunQueryDsl;
use service::app::App;
use service::config::{Config, Environment, Settings};
use service::db::{Tx, migrations};
use service::id::Id;
use service::queue::Task;
use service::queue::inside::{self, Committed};
use service::schema::tasks;
use service::tasks::Noop;

use crate::workers::{Inside, Worker};

/// How many tasks wait when the worker starts.
const BACKLOG: usize = 20_000;

/// How many wait where a look at what happens meanwhile takes longer.
const LONG_BACKLOG: usize = 50_000;

/// How many tasks one `enqueue_all` takes.
const BATCH: usize = 1_000;

/// How many tasks are enqueued one by one.
const SINGLES: usize = 2_000;

/// How many tasks an idle service is given, one after the other.
const IDLE: usize = 200;

/// The fewest writes of which one in a hundred can be told.
const MIN_WRITES: usize = 100;

/// Between two looks at the ledger, which cost time themselves. The figures are not taken from them.
const TICK: Duration = Duration::from_millis(250);

/// The longest that nothing may happen.
const PATIENCE: Duration = Duration::from_secs(30);

type Result<T = ()> = anyhow::Result<T>;

#[tokio::main]
async fn main() -> Result {
    let here = Path::new(".");
    let environment = Environment::new(Vec::new(), here)?;
    let settings = Settings::load(|name| environment.get(name), here)?;
    let app = Arc::new(App::new(Config::new(&settings)?)?);
    migrations::up(&app.db).await?;
    measure_one_by_one(&app).await?;
    measure_backlog(&app).await?;
    measure_writes(&app).await?;
    measure_memory(&app).await?;
    // The last one, for it leaves the messages in the broker.
    fill(&app, BACKLOG).await?;
    let (count, took) = inside::ceiling(&app).await?;
    ensure!(count == BACKLOG, "{count} tasks instead of {BACKLOG}");
    rate("the database alone, per second", count, took);
    Ok(())
}

/// Enqueues tasks in a transaction each, and has them run in this process, which is idle then.
async fn measure_one_by_one(app: &Arc<App>) -> Result {
    let begun = Instant::now();
    for _ in 0..SINGLES {
        enqueue(app).await?;
    }
    rate("enqueued one by one per second", SINGLES, begun.elapsed());
    let inside = Inside::start(app);
    wait_until_done(app).await?;
    idle(app, "idle, same process").await?;
    inside.stop().await?;
    forget(app).await
}

/// The backlog is complete before the worker starts, a process of its own.
async fn measure_backlog(app: &App) -> Result {
    let took = fill(app, BACKLOG).await?;
    rate("enqueued in batches per second", BACKLOG, took);
    let worker = Worker::start()?;
    wait_until_done(app).await?;
    rate("executed per second", BACKLOG, time_of_all(app).await?);
    println!("most memory of the worker (MB)\t{:.1}", worker.peak_mb()?);
    idle(app, "idle, other process").await?;
    drop(worker);
    forget(app).await
}

/// By the ledger's own times: from the start of the first task to the end of the last.
async fn time_of_all(app: &App) -> Result<Duration> {
    let mut conn = app.connection().await?;
    let (begun, ended): (Option<i64>, Option<i64>) = tasks::table
        .select((min(tasks::started_at), max(tasks::finished_at)))
        .first(&mut conn)
        .await?;
    let ms = ended.zip(begun).map(|(end, begin)| end - begin);
    Ok(Duration::from_millis(
        ms.context("no task has run")?.try_into()?,
    ))
}

/// What a request's own transaction takes while the same process works off a backlog.
async fn measure_writes(app: &Arc<App>) -> Result {
    fill(app, LONG_BACKLOG).await?;
    let inside = Inside::start(app);
    let drained = tokio::spawn({
        let app = Arc::clone(app);
        async move { wait_until_done(&app).await }
    });
    let mut writes_ms = Vec::new();
    while !drained.is_finished() {
        let begun = Instant::now();
        enqueue(app).await?;
        writes_ms.push(ms(begun.elapsed()));
        // Less than is worked off.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    drained.await??;
    let writes = writes_ms.len();
    ensure!(writes >= MIN_WRITES, "only {writes} writes meanwhile");
    percentiles("a write while it drains", writes_ms);
    wait_until_done(app).await?;
    inside.stop().await?;
    forget(app).await
}

/// The most memory of a worker until a tenth of a backlog is done, and until all of it is.
async fn measure_memory(app: &App) -> Result {
    fill(app, LONG_BACKLOG).await?;
    let worker = Worker::start()?;
    let most_left = i64::try_from(LONG_BACKLOG / 10 * 9)?;
    let begun = Instant::now();
    while unfinished(app).await? > most_left {
        ensure!(begun.elapsed() < PATIENCE, "the worker does nothing");
        tokio::time::sleep(TICK / 25).await;
    }
    let tenth_mb = worker.peak_mb()?;
    wait_until_done(app).await?;
    let all_mb = worker.peak_mb()?;
    println!("memory at 5,000 of 50,000, at the end (MB)\t{tenth_mb:.1}, {all_mb:.1}");
    drop(worker);
    forget(app).await
}

async fn enqueue(app: &App) -> Result {
    app.transaction(async |tx: &mut Tx| Noop {}.enqueue(tx).await)
        .await?;
    Ok(())
}

/// Enqueues a backlog and waits until the broker has all of it. Returns how long the caller waited
/// for the first half of that.
async fn fill(app: &App, count: usize) -> Result<Duration> {
    let batch: Vec<Noop> = (0..BATCH).map(|_| Noop {}).collect();
    let begun = Instant::now();
    for _ in 0..count / BATCH {
        app.transaction(async |tx: &mut Tx| Noop::enqueue_all(tx, &batch).await)
            .await?;
    }
    let took = begun.elapsed();
    while inside::depth(app).await? < i64::try_from(count)? {
        ensure!(begun.elapsed() < PATIENCE, "the broker lacks messages");
        tokio::time::sleep(TICK).await;
    }
    Ok(took)
}

/// Waits until every task in the ledger has succeeded.
async fn wait_until_done(app: &App) -> Result {
    let (mut least, mut progress) = (i64::MAX, Instant::now());
    while least > 0 {
        let now = unfinished(app).await?;
        if now < least {
            (least, progress) = (now, Instant::now());
        }
        ensure!(progress.elapsed() < PATIENCE, "{now} tasks do not end");
        tokio::time::sleep(TICK).await;
    }
    let mut conn = app.connection().await?;
    let failed = tasks::table.filter(tasks::state.eq("failed"));
    let failed: i64 = failed.count().get_result(&mut conn).await?;
    ensure!(failed == 0, "{failed} tasks have failed");
    Ok(())
}

async fn unfinished(app: &App) -> Result<i64> {
    let mut conn = app.connection().await?;
    let unfinished = tasks::table.filter(tasks::finished_at.is_null());
    Ok(unfinished.count().get_result(&mut conn).await?)
}

/// From the commit to the start, when there is nothing else to do.
async fn idle(app: &App, what: &str) -> Result {
    let mut waits_ms = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let committed = Committed::new(app).await?;
        let started = started(app, committed.id, committed.at);
        let (wait, ()) = tokio::join!(started, committed.publish(app));
        waits_ms.push(ms(wait?));
    }
    percentiles(what, waits_ms);
    Ok(())
}

/// Looks without a pause, so the figure includes one look at the ledger.
async fn started(app: &App, id: Id, committed: Instant) -> Result<Duration> {
    let mut conn = app.connection().await?;
    loop {
        let begun: Option<i64> = tasks::table
            .find(id)
            .select(tasks::started_at)
            .first(&mut conn)
            .await?;
        let waited = committed.elapsed();
        if begun.is_some() {
            return Ok(waited);
        }
        ensure!(waited < PATIENCE, "a task is not started");
        tokio::task::yield_now().await;
    }
}

/// The rows of what has been measured must not slow what is measured next.
async fn forget(app: &App) -> Result {
    let is_sqlite = std::env::var("DATABASE_URL")?.starts_with("sqlite:");
    // Only the servers keep deleted rows for a while.
    let forget = if is_sqlite {
        "DELETE FROM tasks"
    } else {
        "TRUNCATE TABLE tasks"
    };
    let mut conn = app.connection().await?;
    sql_query(forget).execute(&mut conn).await?;
    Ok(())
}

fn percentiles(what: &str, mut ms: Vec<f64>) {
    ms.sort_by(f64::total_cmp);
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let value = ms[(ms.len() as f64 * share) as usize];
        println!("{what}, {name} (ms)\t{value:.1}");
    }
}

fn rate(what: &str, count: usize, took: Duration) {
    println!("{what}\t{:.0}", count as f64 / took.as_secs_f64());
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
