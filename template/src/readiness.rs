//! Whether the service can do its work.

use std::fmt::Display;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::db::Database;
use crate::queue::Queue;

/// Whoever asks does not wait long for an answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// For so long an answer is given again: anybody may ask, and that must not keep the database busy.
const FRESH: Duration = Duration::from_millis(500);

/// Asks what the service depends on, once for all who want to know.
#[derive(Debug, Default)]
pub struct Readiness {
    last: Mutex<Option<(Instant, Dependencies)>>,
}

/// Which of them answer.
#[derive(Debug, Clone, Copy)]
pub struct Dependencies {
    /// The database.
    pub database: bool,
    /// The broker.
    pub broker: bool,
}

impl Readiness {
    /// Asks both, or tells what they answered just now.
    pub async fn check(&self, database: &Database, broker: &Queue) -> Dependencies {
        // Who comes meanwhile waits, and gets the same answer.
        let mut last = self.last.lock().await;
        if let Some((at, found)) = *last
            && at.elapsed() < FRESH
        {
            return found;
        }
        let (database, broker) = tokio::join!(
            is_up("database", database.ping()),
            is_up("broker", broker.ping())
        );
        let found = Dependencies { database, broker };
        *last = Some((Instant::now(), found));
        found
    }
}

async fn is_up<E: Display>(name: &str, ping: impl Future<Output = Result<(), E>>) -> bool {
    match tokio::time::timeout(TIMEOUT, ping).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the {name} is down");
            false
        }
        Err(_) => {
            let timeout_secs = TIMEOUT.as_secs();
            tracing::warn!(timeout_secs, "the {name} does not answer");
            false
        }
    }
}
