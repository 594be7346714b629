//! Running one attempt of a task.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use serde::Serialize;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::context::{TaskContext, with_request_id, with_task_id};
use super::error::Retry;
use super::ledger::Claimed;
use super::list::TaskEntry;
use super::{TaskError, TaskResult, retry, span};
use crate::app::App;
use crate::id::Id;
use crate::metrics::{self, TaskInFlight};
use crate::trace::{TraceContext, in_trace};

/// The longest result that is kept, as JSON.
const MAX_RESULT_BYTES: usize = 1 << 20;

/// The longest text of a task that is kept.
const MAX_TEXT_CHARS: usize = 4_000;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It returned this, as JSON.
    Succeeded(String),
    /// It succeeded and has written that down itself.
    AlreadyWritten,
    /// It failed and is tried again later.
    RetryLater { error: String, delay: Duration },
    /// It failed for good.
    Failed(String),
    /// It was stopped from outside: called off, or its claim was lost.
    Stopped,
}

/// An attempt that has ended.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) id: Id,
    pub(super) claim: i64,
    pub(super) flow_id: Option<Id>,
    pub(super) outcome: Outcome,
}

impl Attempt {
    /// Whether a member of a flow has ended with it, for the recorder to move the flow on.
    pub(super) fn ends_member(&self) -> bool {
        let ends = matches!(self.outcome, Outcome::Succeeded(_) | Outcome::Failed(_));
        ends && self.flow_id.is_some()
    }
}

/// Runs an attempt to its end, whatever the task does.
///
/// It runs as a task of the async runtime of its own, so attempts run in parallel, and a panic
/// ends the attempt only. Dropping the future stops the attempt.
pub(super) async fn execute(
    app: Arc<App>,
    claimed: Claimed,
    cancellation: CancellationToken,
) -> Attempt {
    let (id, claim, flow_id) = (claimed.id, claimed.claim, claimed.flow_id);
    let trace = span::trace_of(&claimed);
    let step = span::begin(trace, &claimed);
    // Of the highest level, so that it is there whatever LOG_LEVEL says.
    let log_span = tracing::error_span!(
        "task",
        task_id = %id,
        task = %claimed.name,
        attempt = claimed.attempts,
        request_id = claimed.request_id,
        trace_id = trace.trace_id(),
    );
    let name = claimed.name.clone();
    let begun = Instant::now();
    let in_flight = TaskInFlight::begin();
    let attempt = attempt(app, claimed, trace, cancellation).instrument(log_span);
    // What is asked of the task beside its run, such as the text of its error, may panic as well.
    let outcome = AssertUnwindSafe(attempt).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|_| Outcome::Failed("it panicked".to_owned()));
    drop(in_flight);
    metrics::record_attempt(&name, outcome.label(), begun.elapsed());
    span::end(step, &outcome);
    Attempt {
        id,
        claim,
        flow_id,
        outcome,
    }
}

async fn attempt(
    app: Arc<App>,
    claimed: Claimed,
    trace: TraceContext,
    cancellation: CancellationToken,
) -> Outcome {
    // A claim asks for known names only.
    let Some(entry) = app.queue.tasks().get(&claimed.name).copied() else {
        return Outcome::Failed(format!("no task is named `{}`", claimed.name));
    };
    if cancellation.is_cancelled() {
        return Outcome::Stopped;
    }
    // Whatever ends this attempt, what it has started elsewhere is told.
    let _cancels = cancellation.clone().drop_guard();
    let retry_base = Duration::from_millis(app.config.worker.retry_base_ms);
    let ctx = TaskContext::new(app, &claimed, &cancellation);
    let work = (entry.run)(&claimed.args, ctx.clone());
    let work = with_request_id(claimed.request_id.clone(), with_task_id(claimed.id, work));
    let handle = AbortOnDropHandle::new(tokio::spawn(in_trace(trace, work).in_current_span()));
    let ended = tokio::select! {
        // What has ended in time did not take too long, even if nobody looked until now.
        biased;
        ended = handle => ended,
        () = cancellation.cancelled() => {
            tracing::info!("task stopped");
            return Outcome::Stopped;
        }
        () = time_is_up(&entry, &ctx) => {
            cancellation.cancel();
            Ok(Err(timed_out(entry.timeout)))
        }
    };
    if ctx.is_finished() {
        match ended {
            Ok(Ok(_)) => tracing::info!("task succeeded"),
            _ => tracing::error!("task failed after `ctx.transaction`, with which it succeeded"),
        }
        return Outcome::AlreadyWritten;
    }
    judge(&claimed, ended, |failed| {
        (entry.retry_delay)(failed).unwrap_or_else(|| retry::delay(retry_base, failed))
    })
}

/// Ends with the time limit of the task; warns the task before, if it wants that.
async fn time_is_up(entry: &TaskEntry, ctx: &TaskContext) {
    let begun = Instant::now();
    if let Some(soft_timeout) = entry.soft_timeout {
        tokio::time::sleep(soft_timeout.min(entry.timeout)).await;
        tracing::warn!(?soft_timeout, "the task takes long");
        ctx.time_is_short().cancel();
    }
    tokio::time::sleep(entry.timeout.saturating_sub(begun.elapsed())).await;
}

fn judge(
    claimed: &Claimed,
    ended: Result<TaskResult<String>, JoinError>,
    usual_delay: impl Fn(u32) -> Duration,
) -> Outcome {
    let error = match ended {
        Ok(Ok(result)) => {
            tracing::info!("task succeeded");
            return Outcome::Succeeded(result);
        }
        Ok(Err(error)) => error,
        Err(panic) => TaskError::from(anyhow::anyhow!(message(panic))).public("it panicked"),
    };
    let delay = match error.retry() {
        Retry::Never => None,
        _ if claimed.attempts >= claimed.max_attempts => None,
        Retry::After(delay) => Some(delay),
        Retry::Usual => Some(usual_delay(u32::try_from(claimed.attempts).unwrap_or(1))),
    };
    let error = error.to_stored();
    let shown = error.replace('\n', ": ");
    match delay {
        Some(delay) => {
            tracing::warn!(
                error = shown,
                retry_in_ms = delay.as_millis(),
                "task failed, will retry"
            );
            Outcome::RetryLater { error, delay }
        }
        None => {
            tracing::error!(error = shown, "task failed");
            Outcome::Failed(error)
        }
    }
}

/// What a task has returned, as JSON.
pub(super) fn encode_result(output: &impl Serialize) -> TaskResult<String> {
    let result = serde_json::to_string(output).map_err(TaskError::permanent)?;
    if result.len() > MAX_RESULT_BYTES {
        let size_bytes = result.len();
        let error = anyhow::anyhow!(
            "its result takes {size_bytes} bytes, more than {MAX_RESULT_BYTES}; \
             store it and return an id"
        );
        return Err(TaskError::permanent(error).public("its result is too large"));
    }
    Ok(result)
}

/// A text as every database can store it, cut to what anybody would read.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
        .chars()
        .take(MAX_TEXT_CHARS)
        .collect()
}

fn timed_out(limit: Duration) -> TaskError {
    let error = anyhow::anyhow!("its time limit is {limit:?}");
    TaskError::from(error).public("it took too long")
}

fn message(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else {
        return "it was stopped".to_owned();
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map_or_else(|| "no message".to_owned(), |text| (*text).to_owned()),
    }
}

impl Outcome {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Succeeded(_) | Self::AlreadyWritten => "succeeded",
            Self::RetryLater { .. } => "retried",
            Self::Failed(_) => "failed",
            Self::Stopped => "stopped",
        }
    }
}
