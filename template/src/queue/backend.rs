//! What apalis takes tasks from: a channel.
//!
//! It cannot fail, so no trouble with the database or the broker ever reaches a worker and ends it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use apalis::prelude::{RandomId, Task, WorkerContext};
use apalis_core::backend::finalize::Ephemeral;
use apalis_core::backend::{Backend, BackendConfig};
use tokio::sync::mpsc;
use tower::layer::util::Identity;

/// The receiving end of a channel, shared so that a restarted worker goes on where it stopped.
pub(super) struct ChannelBackend<T> {
    jobs: Arc<Mutex<Jobs<T>>>,
}

struct Jobs<T> {
    receiver: mpsc::UnboundedReceiver<T>,
    /// What has been received ahead.
    next: Option<T>,
}

impl<T> ChannelBackend<T> {
    pub(super) fn new(receiver: mpsc::UnboundedReceiver<T>) -> Self {
        Self {
            jobs: Arc::new(Mutex::new(Jobs {
                receiver,
                next: None,
            })),
        }
    }
}

impl<T> Clone for ChannelBackend<T> {
    fn clone(&self) -> Self {
        Self {
            jobs: Arc::clone(&self.jobs),
        }
    }
}

impl<T> Backend for ChannelBackend<T> {
    type Task = Task<T>;
    type Error = Infallible;

    /// Ready when there is a job: what a job needs to be run is asked for after this, and an idle
    /// queue must not keep it from the others.
    fn poll_ready(
        &mut self,
        cx: &mut Context<'_>,
        _worker: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.next.is_none() {
            jobs.next = ready!(jobs.receiver.poll_recv(cx));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        _worker: &WorkerContext,
    ) -> Poll<Option<Result<Task<T>, Infallible>>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match jobs.next.take() {
            Some(job) => Some(job),
            None => ready!(jobs.receiver.poll_recv(cx)),
        };
        Poll::Ready(next.map(|args| Ok(Task::new(args))))
    }

    fn poll_close(
        &mut self,
        _cx: &mut Context<'_>,
        _worker: &WorkerContext,
    ) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

impl<T> BackendConfig for ChannelBackend<T> {
    type Args = T;
    type Id = RandomId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &Self::Config {
        &()
    }

    fn middleware(&mut self, _worker: &mut WorkerContext) -> Self::Layer {
        Identity::new()
    }
}
