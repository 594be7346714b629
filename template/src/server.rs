//! Runs the roles of a process until a signal, or the failure of one of them, stops all.

mod accept;
mod connection;
mod protocol;
mod request_body;
mod write_timeout;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, AppState};
use crate::config::{AppEnv, Config};
use crate::queue::{scheduler, worker};
use crate::{db, metrics, router};

/// What a process does.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    /// Everything.
    All,
    /// Answers requests.
    Api,
    /// Runs tasks.
    Worker,
    /// Enqueues what is scheduled.
    Scheduler,
}

type Parts = JoinSet<anyhow::Result<()>>;

/// Runs the role until the process is told to stop.
pub async fn run(config: Config, role: Role) -> anyhow::Result<()> {
    // Before all that takes time: a signal that comes meanwhile is a request to stop, too.
    let signals = signals()?;
    metrics::install();
    tokio::spawn(metrics::upkeep());

    let app = Arc::new(App::new(config)?);
    let stop = app.stopping.clone();
    tokio::spawn(cancel_on_signal(signals, stop.clone()));
    if matches!(role, Role::All) && app.config.env != AppEnv::Prod {
        // Another process that migrates may have to be waited for.
        let Some(applied) = stop.run_until_cancelled(db::migrations::up(&app.db)).await else {
            return Ok(());
        };
        for migration in applied? {
            tracing::info!(migration, "migrated");
        }
    } else {
        tokio::spawn(warn_of_pending_migrations(Arc::clone(&app)));
    }
    let mut parts = Parts::new();
    if let Some((listener, router)) = listen(role, &app).await? {
        parts.spawn(serve(listener, router, app.clone(), stop.clone()));
    }
    if matches!(role, Role::All | Role::Worker) {
        parts.spawn(worker::run(app.clone(), stop.clone()));
    }
    if matches!(role, Role::All | Role::Scheduler) {
        parts.spawn(scheduler::run(app, stop.clone()));
    }
    join(parts, &stop).await
}

/// Without its tables the service can only fail, with words of the database's.
async fn warn_of_pending_migrations(app: Arc<App>) {
    // A database that is away is told of elsewhere.
    if let Ok(pending) = db::migrations::pending(&app.db).await
        && !pending.is_empty()
    {
        let count = pending.len();
        tracing::warn!(
            count,
            "the database lacks migrations: `migrate up` applies them"
        );
    }
}

/// Waits for all parts. The first that ends, for whatever reason, stops the others.
async fn join(mut parts: Parts, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    while let Some(part) = parts.join_next().await {
        let part = match part {
            Ok(Ok(())) if !stop.is_cancelled() => {
                Err(anyhow!("a part ended without being told to"))
            }
            Ok(part) => part,
            Err(error) => Err(error.into()),
        };
        stop.cancel();
        outcome = outcome.and(part);
    }
    outcome
}

/// Where the role listens, if it does, and what it answers there.
async fn listen(role: Role, app: &Arc<App>) -> anyhow::Result<Option<(TcpListener, Router)>> {
    let config = &app.config.server;
    let (name, port) = match role {
        Role::All | Role::Api => ("PORT", config.port),
        Role::Worker | Role::Scheduler => match config.metrics_port {
            Some(port) => ("METRICS_PORT", port),
            None => return Ok(None),
        },
    };
    let host = config.host.trim_matches(['[', ']']);
    let listener = TcpListener::bind((host, port))
        .await
        .with_context(|| format!("HOST, {name}: cannot listen on {host}:{port}"))?;
    let state = AppState(Arc::clone(app));
    let router = match role {
        Role::All | Role::Api => router::build(state),
        Role::Worker | Role::Scheduler => router::build_for_operators(state),
    };
    Ok(Some((listener, router)))
}

/// Answers requests until `stop`; then no new ones, and the open ones have a while to finish.
async fn serve(
    listener: TcpListener,
    router: Router,
    app: Arc<App>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!("listening on http://{address}");
    let shutdown_timeout = Duration::from_secs(app.config.shutdown_timeout_secs);
    let give_up = async {
        stop.cancelled().await;
        tokio::time::sleep(shutdown_timeout).await;
    };
    tokio::select! {
        () = accept::accept(listener, router, &app.config, &stop) => {}
        () = give_up => tracing::warn!("some requests did not end within SHUTDOWN_TIMEOUT_SECS"),
    }
    app.streams.end().await;
    tracing::info!("no longer listening");
    Ok(())
}

async fn cancel_on_signal(signal: impl Future<Output = &'static str>, stop: CancellationToken) {
    let signal = signal.await;
    tracing::info!(signal, "stopping");
    stop.cancel();
}

/// Resolves to the name of the first signal that asks the process to stop.
#[cfg(unix)]
fn signals() -> anyhow::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}

/// Resolves when the process is asked to stop.
#[cfg(not(unix))]
fn signals() -> anyhow::Result<impl Future<Output = &'static str>> {
    Ok(async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    })
}
