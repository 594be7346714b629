use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::args::HealthRole;
use super::output::print;
use crate::config::{Config, ServerConfig};
use crate::db::Database;
use crate::queue::heartbeat::{self, Role};

/// Longer than the readiness itself takes at worst.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks whether a role is well.
pub(super) async fn run(role: HealthRole, config: &Config) -> anyhow::Result<ExitCode> {
    let check = async {
        match role {
            HealthRole::Api => is_ready(&config.server).await,
            HealthRole::Worker => is_alive(Role::Worker, config).await,
            HealthRole::Scheduler => is_alive(Role::Scheduler, config).await,
        }
    };
    let well = tokio::time::timeout(TIMEOUT, check)
        .await
        .with_context(|| format!("no answer within {} seconds", TIMEOUT.as_secs()))??;
    print(if well { "up" } else { "not ready" })?;
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Asks the API over plain TCP: one request needs no HTTP client.
async fn is_ready(config: &ServerConfig) -> anyhow::Result<bool> {
    let host = match config.host.trim_matches(['[', ']']) {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let port = config.port;
    let mut connection = TcpStream::connect((host, port))
        .await
        .with_context(|| format!("the API is not reached at {host}:{port}"))?;
    let request = "GET /health/readiness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    connection.read_to_end(&mut response).await?;
    Ok(response.starts_with(b"HTTP/1.1 200 "))
}

/// Looks for a recent heartbeat of the role on this host.
async fn is_alive(role: Role, config: &Config) -> anyhow::Result<bool> {
    let mut conn = Database::new(config)?.connection().await?;
    Ok(heartbeat::is_alive(&mut conn, role, &config.worker).await?)
}
