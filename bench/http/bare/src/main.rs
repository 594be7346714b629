//! The measured routes of the rendered service over the same table, written by hand without any
//! layer: what axum and Diesel cost by themselves.
//!
//! Reads `DATABASE_URL`, `PORT` and, with SQLite, `DATABASE_SYNCHRONOUS`.

#[cfg_attr(feature = "postgres", path = "postgres.rs")]
#[cfg_attr(feature = "sqlite", path = "sqlite.rs")]
mod database;
mod persons;

use anyhow::Context;
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use diesel_async::pooled_connection::deadpool::Pool;
use serde::Serialize;
use tokio::net::TcpListener;

/// As many connections as the rendered service opens.
const POOL_SIZE: usize = 16;

#[derive(Serialize)]
struct Liveness {
    status: &'static str,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL")?;
    let port: u16 = std::env::var("PORT").context("PORT")?.parse()?;
    let pool = Pool::builder(database::manager(&url))
        .max_size(POOL_SIZE)
        .build()?;
    let router = Router::new()
        .route(
            "/health/liveness",
            get(|| async { Json(Liveness { status: "alive" }) }),
        )
        .route("/persons", get(persons::list).post(persons::create))
        .route("/persons/{id}", get(persons::find))
        .with_state(pool);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
