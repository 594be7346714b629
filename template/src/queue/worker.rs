//! The worker: claims tasks, runs them, writes down how they ended.
//!
//! apalis runs one worker for each queue and waits for running tasks at shutdown. Around it, each
//! queue has a fetcher that claims tasks ahead, and the process has one recorder of results, one
//! keeper of leases and one for upkeep of the ledger.

use std::sync::Arc;
use std::time::Duration;

use apalis::layers::limit::GlobalConcurrencyLimitLayer;
use apalis::prelude::{Monitor, WorkerBuilder};
use futures_util::FutureExt;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::backend::ChannelBackend;
use super::delivered::Delivered;
use super::execution::{Attempt, execute};
use super::fetch::{Fetcher, Job};
use super::heartbeat::{self, Heartbeat, Role};
use super::inflight::InFlight;
use super::ledger;
use super::{forget, gauges, leases, maintenance, outcome};
use crate::app::App;
use crate::db::{self, Tx};
use crate::id::Id;

/// How long each of the last writes to the ledger may take at shutdown.
pub(super) const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// A process that runs tasks.
pub(super) struct Worker {
    pub(super) app: Arc<App>,
    pub(super) id: Id,
    pub(super) in_flight: InFlight,
    pub(super) queues: Vec<String>,
    pub(super) names: Vec<&'static str>,
    pub(super) stop: CancellationToken,
    pub(super) delivered: Delivered,
    /// Whether the broker does not take messages at the moment, although it may answer.
    pub(super) broker_refuses: watch::Sender<bool>,
}

/// Runs tasks until `stop` is cancelled; then finishes what runs, gives back the rest and returns.
pub async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let worker = Arc::new(Worker::new(app, stop));
    tracing::info!(
        worker_id = %worker.id,
        queues = worker.queues.join(","),
        concurrency = worker.app.config.worker.concurrency,
        "worker started"
    );
    let (ended, results) = mpsc::channel(1_024);
    let recorder = tokio::spawn({
        let worker = Arc::clone(&worker);
        async move { outcome::record(&worker.app, &worker.in_flight, results).await }
    });
    let recorder = recorder.map(|ended| ended.is_ok()).shared();
    let give_back = AbortOnDropHandle::new(tokio::spawn({
        let worker = Arc::clone(&worker);
        async move {
            worker.stop.cancelled().await;
            worker.give_back().await;
        }
    }));
    let gauges = AbortOnDropHandle::new(tokio::spawn(gauges::keep(Arc::clone(&worker))));
    let forget = AbortOnDropHandle::new(tokio::spawn(forget::keep(Arc::clone(&worker))));
    let mut leases = AbortOnDropHandle::new(tokio::spawn(leases::keep(Arc::clone(&worker))));
    let mut upkeep = AbortOnDropHandle::new(tokio::spawn(maintenance::run(Arc::clone(&worker))));
    tokio::select! {
        ended = worker.run_queues(ended) => ended?,
        false = recorder.clone() => anyhow::bail!("nobody stores the results of tasks any more"),
        _ = &mut leases => anyhow::bail!("nobody keeps the leases of this worker any more"),
        _ = &mut upkeep => anyhow::bail!("nobody looks after the ledger any more"),
    }
    let last_write = tokio::time::timeout(LAST_WRITE_TIMEOUT, recorder).await;
    drop((give_back, gauges, forget, leases, upkeep));
    if last_write.is_err() {
        tracing::error!("the last results could not be stored; their tasks will run again");
    }
    worker.leave().await;
    tracing::info!(worker_id = %worker.id, "worker stopped");
    Ok(())
}

impl Worker {
    fn new(app: Arc<App>, stop: CancellationToken) -> Self {
        Self {
            queues: app.queue.queues(),
            names: app.queue.tasks().names(),
            id: Id::new(),
            in_flight: InFlight::default(),
            delivered: Delivered::default(),
            broker_refuses: watch::Sender::new(false),
            app,
            stop,
        }
    }

    /// Runs an apalis worker for each queue until they are told to stop and have finished.
    async fn run_queues(self: &Arc<Self>, ended: mpsc::Sender<Attempt>) -> anyhow::Result<()> {
        let config = &self.app.config;
        let running = Arc::new(Semaphore::new(config.worker.concurrency));
        let mut monitor = Monitor::new().should_restart(|_, error| {
            tracing::error!(%error, "a worker ended and is restarted");
            true
        });
        let mut fetchers = JoinSet::new();
        for queue in &self.queues {
            // The fetcher bounds what is in it.
            let (jobs, receiver) = mpsc::unbounded_channel();
            let fetcher = Fetcher::new(Arc::clone(self), queue.clone(), jobs);
            fetchers.spawn(fetcher.run());
            monitor = self.serve(monitor, queue, receiver, &running, &ended);
        }
        drop(ended);
        let stopped = async {
            self.stop.cancelled().await;
            Ok(())
        };
        let time_is_up = async {
            self.stop.cancelled().await;
            tokio::time::sleep(Duration::from_secs(config.shutdown_timeout_secs)).await;
        };
        let fetcher_dies = async {
            while let Some(ended) = fetchers.join_next().await {
                if let Err(error) = ended {
                    return error;
                }
            }
            std::future::pending().await
        };
        tokio::select! {
            ended = monitor.run_with_signal(stopped) => ended?,
            () = time_is_up => tracing::warn!("tasks still run after SHUTDOWN_TIMEOUT_SECS"),
            error = fetcher_dies => return Err(error.into()),
        }
        let deadline = Instant::now() + LAST_WRITE_TIMEOUT;
        // One that waits for a database that has gone is ended.
        while let Ok(Some(ended)) = timeout_at(deadline, fetchers.join_next()).await {
            ended?;
        }
        Ok(())
    }

    /// Has an apalis worker run the jobs of a queue. All of them share the permits of `running`.
    fn serve(
        self: &Arc<Self>,
        monitor: Monitor,
        queue: &str,
        jobs: mpsc::UnboundedReceiver<Job>,
        running: &Arc<Semaphore>,
        ended: &mpsc::Sender<Attempt>,
    ) -> Monitor {
        let backend = ChannelBackend::new(jobs);
        let limit = GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(running));
        let (worker, ended) = (Arc::clone(self), ended.clone());
        let name = queue.to_owned();
        monitor.register(move |_restarts| {
            let (worker, ended) = (Arc::clone(&worker), ended.clone());
            WorkerBuilder::new(name.as_str())
                .backend(backend.clone())
                .layer(limit.clone())
                .build(move |job: Job| {
                    let (worker, ended) = (Arc::clone(&worker), ended.clone());
                    async move { worker.work(job, ended).await }
                })
        })
    }

    /// Runs one job, unless the process is about to stop: then it is given back.
    async fn work(&self, job: Job, ended: mpsc::Sender<Attempt>) {
        if !self.in_flight.begin(&job.claimed) || !self.start(&job).await {
            return;
        }
        let Job { claimed, hold, .. } = job;
        let attempt = execute(Arc::clone(&self.app), claimed, hold.cancellation.clone()).await;
        // From here on the recorder has it, which outlives all workers.
        hold.hand_over();
        let _ = ended.send(attempt).await;
    }

    /// Whether the job is to be run: what has waited here for a while may have been called off, or
    /// have expired.
    async fn start(&self, job: &Job) -> bool {
        if !job.announces_start(self.app.config.worker.lease()) {
            return true;
        }
        let (id, claim) = (job.claimed.id, job.claimed.claim);
        let started = self.app.transaction(async |tx: &mut Tx| {
            let started = ledger::start(tx, id, claim).await?;
            if !started {
                ledger::release(tx, id, claim).await?;
            }
            Ok::<_, db::Error>(started)
        });
        db::in_time(db::PATIENCE, started)
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(task_id = %id, %error, "cannot look at a task before it starts");
                true
            })
    }

    /// Gives back what the worker has not begun, and has it begin nothing any more: others need not
    /// wait until it has finished what runs.
    pub(super) async fn give_back(&self) {
        let waiting = self.in_flight.close();
        let released = self.app.transaction(async |tx: &mut Tx| {
            Ok::<_, db::Error>(ledger::release_some(tx, self.id, &waiting).await?)
        });
        match db::in_time(LAST_WRITE_TIMEOUT, released).await {
            Ok(0) => {}
            Ok(released) => tracing::info!(tasks = released, "gave back tasks that wait"),
            Err(error) => tracing::warn!(%error, "tasks that wait are given back at the end"),
        }
    }

    /// Gives back everything that is still claimed (what came too late for that, and what was not
    /// done in time) and takes the worker off the list.
    async fn leave(&self) {
        let left = self.app.transaction(async |tx: &mut Tx| {
            let released = ledger::release_all(tx, self.id).await?;
            heartbeat::leave(tx, self.id).await?;
            Ok::<_, db::Error>(released)
        });
        match db::in_time(LAST_WRITE_TIMEOUT, left).await {
            Ok(0) => {}
            Ok(released) => tracing::info!(tasks = released, "gave back unfinished tasks"),
            Err(error) => {
                tracing::error!(%error, "could not give back tasks; they wait for their leases");
            }
        }
    }

    pub(super) fn heartbeat(&self) -> Heartbeat {
        Heartbeat {
            id: self.id,
            role: Role::Worker,
            queues: self.queues.join(","),
            concurrency: self.app.config.worker.concurrency,
        }
    }
}
