//! Measures the task engine of the service it is put into, with the task `noop`.
//!
//! Prints one line for each figure: its name, a tab, its value. `bench/tasks/run` makes the table.

use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use service::app::App;
use service::config::{Config, Environment, Settings};
use service::db::{Tx, migrations};
use service::id::Id;
use service::queue::{EnqueueError, Task, ceiling, worker};
use service::schema::tasks;
use service::tasks::Noop;
use tokio_util::sync::CancellationToken;

/// How many tasks wait when the worker starts.
const BACKLOG: usize = 20_000;

/// How many tasks one `enqueue_all` takes.
const BATCH: usize = 1_000;

/// How many tasks are enqueued one by one.
const SINGLES: usize = 2_000;

/// How many tasks an idle service is given, one after the other.
const IDLE: usize = 200;

type Result<T = ()> = anyhow::Result<T>;

#[tokio::main]
async fn main() -> Result {
    let here = Path::new(".");
    let environment = Environment::new(Vec::new(), here)?;
    let settings = Settings::load(|name| environment.get(name), here)?;
    let app = Arc::new(App::new(Config::new(&settings)?)?);
    migrations::up(&app.db).await?;
    enqueue_singly(&app).await?;
    forget(&app).await?;
    enqueue_in_batches(&app).await?;
    let (count, took) = ceiling::run(&app).await?;
    rate("the database alone, per second", count, took);
    forget(&app).await?;
    fill(&app).await?;
    let worker = Worker::start()?;
    drain(&app, &worker).await?;
    idle(&app, "idle, other process").await?;
    drop(worker);
    forget(&app).await?;
    fill(&app).await?;
    let stop = CancellationToken::new();
    let inside = tokio::spawn(worker::run(Arc::clone(&app), stop.clone()));
    write_meanwhile(&app).await?;
    idle(&app, "idle, same process").await?;
    stop.cancel();
    inside.await?
}

async fn enqueue_singly(app: &Arc<App>) -> Result {
    let begun = Instant::now();
    for _ in 0..SINGLES {
        app.transaction(async |tx: &mut Tx| Noop {}.enqueue(tx).await)
            .await?;
    }
    rate("enqueued one by one per second", SINGLES, begun.elapsed());
    Ok(())
}

async fn enqueue_in_batches(app: &Arc<App>) -> Result {
    let begun = Instant::now();
    fill(app).await?;
    rate("enqueued in batches per second", BACKLOG, begun.elapsed());
    Ok(())
}

/// Leaves the backlog behind.
async fn fill(app: &Arc<App>) -> Result {
    let batch: Vec<Noop> = (0..BATCH).map(|_| Noop {}).collect();
    for _ in 0..BACKLOG / BATCH {
        app.transaction(async |tx: &mut Tx| Noop::enqueue_all(tx, &batch).await)
            .await?;
    }
    Ok(())
}

/// By the ledger's own times: from the start of the first task to the end of the last.
async fn drain(app: &App, worker: &Worker) -> Result {
    let mut most_kb = 0;
    while unfinished(app).await? > 0 {
        most_kb = most_kb.max(worker.resident_kb());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut conn = app.connection().await?;
    let (begun, ended): (Option<i64>, Option<i64>) = tasks::table
        .select((min(tasks::started_at), max(tasks::finished_at)))
        .first(&mut conn)
        .await?;
    let took_ms = u64::try_from(ended.zip(begun).map_or(0, |(end, begin)| end - begin))?;
    rate(
        "executed per second",
        BACKLOG,
        Duration::from_millis(took_ms),
    );
    println!(
        "most memory of the worker (MB)\t{:.1}",
        most_kb as f64 / 1_024.0
    );
    Ok(())
}

/// What a request's own transaction takes while the same process works off the backlog.
async fn write_meanwhile(app: &App) -> Result {
    let mut writes_ms = Vec::new();
    while unfinished(app).await? > 0 {
        let begun = Instant::now();
        app.transaction(async |tx: &mut Tx| Noop {}.enqueue(tx).await)
            .await?;
        writes_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        // Less than is worked off.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    percentiles("a write while it drains", writes_ms);
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
        let id = app
            .transaction(async |tx: &mut Tx| Noop {}.enqueue(tx).await)
            .await?;
        let committed = Instant::now();
        waits_ms.push(started(app, id, committed).await?);
    }
    percentiles(what, waits_ms);
    Ok(())
}

/// Looks without a pause, so the figure includes one look at the ledger.
async fn started(app: &App, id: Id, committed: Instant) -> Result<f64> {
    let mut conn = app.connection().await?;
    loop {
        let begun: Option<i64> = tasks::table
            .find(id)
            .select(tasks::started_at)
            .first(&mut conn)
            .await?;
        if begun.is_some() {
            return Ok(committed.elapsed().as_secs_f64() * 1_000.0);
        }
        tokio::task::yield_now().await;
    }
}

/// The rows of what has been measured must not slow what is measured next.
async fn forget(app: &App) -> Result {
    let deleted = app.transaction(async |tx: &mut Tx| {
        diesel::delete(tasks::table).execute(tx).await?;
        Ok::<_, EnqueueError>(())
    });
    Ok(deleted.await?)
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

/// A worker as a process of its own.
struct Worker(Child);

impl Worker {
    fn start() -> Result<Self> {
        let binary = std::env::var("SERVICE")?;
        Ok(Self(Command::new(binary).arg("worker").spawn()?))
    }

    /// What it has in memory.
    fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let line = status.iter().flat_map(|text| text.lines());
        line.filter_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .filter_map(|kb| kb.parse().ok())
            .next()
            .unwrap_or(0)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
