//! The service: an HTTP API, background tasks and schedules in one binary.
//!
//! `router.rs` lists every URL, `tasks/mod.rs` every task, `schedules.rs` every schedule and
//! `config.rs` every setting. `app.rs` holds what handlers and tasks share.

pub mod app;
pub mod auth;
pub mod cli;
pub mod client;
pub mod config;
pub mod db;
pub mod error;
pub mod extract;
pub mod flags;
pub mod id;
pub mod metrics;
pub mod middleware;
pub mod models;
pub mod openapi;
pub mod queue;
pub mod readiness;
pub mod router;
pub mod routes;
pub mod schedules;
pub mod schema;
pub mod seed;
pub mod server;
pub mod streams;
pub mod tasks;
pub mod telemetry;
pub mod trace;
