//! The workers that are measured.

use std::process::{Child, Command};
use std::sync::Arc;

use anyhow::Context;
use service::app::App;
use service::queue::worker;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Result;

/// A worker in this process.
pub struct Inside {
    stop: CancellationToken,
    worker: JoinHandle<Result>,
}

impl Inside {
    /// Starts it.
    pub fn start(app: &Arc<App>) -> Self {
        let stop = CancellationToken::new();
        let worker = tokio::spawn(worker::run(Arc::clone(app), stop.clone()));
        Self { stop, worker }
    }

    /// Has it finish what it runs, and waits for that.
    pub async fn stop(self) -> Result {
        self.stop.cancel();
        self.worker.await?
    }
}

/// A worker as a process of its own, killed with the value.
pub struct Worker(Child);

impl Worker {
    /// Starts it from the binary of the service.
    pub fn start() -> Result<Self> {
        let binary = std::env::var("SERVICE")?;
        Ok(Self(Command::new(binary).arg("worker").spawn()?))
    }

    /// The most that it has had in memory so far. A worker that has ended has nothing.
    pub fn peak_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
        Ok(kb.context("the worker has ended")?.parse::<f64>()? / 1_024.0)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
