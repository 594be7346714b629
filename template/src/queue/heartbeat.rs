//! The table `task_workers`: which processes work on tasks, and when each was last alive.

use std::time::Duration;

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::config::WorkerConfig;
use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{Backend, DbConnection};
use crate::id::Id;
use crate::schema::task_workers;

/// A process is taken for dead when it has been silent for so many leases.
const MAX_SILENT_LEASES: i64 = 2;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The most processes that are listed.
const MAX_LISTED: i64 = 200;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Runs tasks.
    Worker,
    /// Enqueues what is scheduled.
    Scheduler,
}

/// A process that works on tasks, as the others see it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = task_workers, check_for_backend(Backend))]
pub struct ProcessRecord {
    /// Its id.
    pub id: Id,
    /// `worker` or `scheduler`.
    pub role: String,
    /// The machine or container that it runs on.
    pub host: String,
    /// The queues that it serves, separated by commas.
    pub queues: String,
    /// How many tasks it runs at once.
    pub concurrency: i32,
    /// When it was first alive.
    pub started_at: i64,
    /// When it was last alive.
    pub heartbeat_at: i64,
}

/// What a process says of itself.
#[derive(Debug, Clone)]
pub(super) struct Heartbeat {
    pub(super) id: Id,
    pub(super) role: Role,
    pub(super) queues: String,
    pub(super) concurrency: usize,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

/// The time between two heartbeats: three in the length of a lease.
pub(super) fn interval(config: &WorkerConfig) -> Duration {
    Duration::from_secs(config.lease_secs) / 3
}

/// Says that the process is alive.
pub(super) async fn beat(conn: &mut DbConnection, heartbeat: &Heartbeat) -> QueryResult<()> {
    let known = diesel::update(task_workers::table.find(heartbeat.id))
        .set(task_workers::heartbeat_at.eq(NOW))
        .execute(conn)
        .await?;
    if known == 0 {
        diesel::insert_into(task_workers::table)
            .values((
                task_workers::id.eq(heartbeat.id),
                task_workers::role.eq(heartbeat.role.as_str()),
                task_workers::host.eq(host()),
                task_workers::queues.eq(&heartbeat.queues),
                task_workers::concurrency
                    .eq(i32::try_from(heartbeat.concurrency).unwrap_or(i32::MAX)),
                task_workers::started_at.eq(NOW),
                task_workers::heartbeat_at.eq(NOW),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Takes the process off the list.
pub(super) async fn leave(conn: &mut DbConnection, id: Id) -> QueryResult<usize> {
    diesel::delete(task_workers::table.find(id))
        .execute(conn)
        .await
}

/// Whether a process with this role is alive on this host.
pub async fn is_alive(
    conn: &mut DbConnection,
    role: Role,
    config: &WorkerConfig,
) -> QueryResult<bool> {
    let alive = task_workers::table
        .filter(task_workers::role.eq(role.as_str()))
        .filter(task_workers::host.eq(host()))
        .filter(task_workers::heartbeat_at.gt(NowPlusMs(-MAX_SILENT_LEASES * config.lease_ms())));
    diesel::select(exists(alive)).get_result(conn).await
}

/// The processes of the last day, and whether each is alive.
pub async fn list(
    conn: &mut DbConnection,
    config: &WorkerConfig,
) -> QueryResult<Vec<(ProcessRecord, bool)>> {
    let alive = task_workers::heartbeat_at.gt(NowPlusMs(-MAX_SILENT_LEASES * config.lease_ms()));
    task_workers::table
        .filter(task_workers::heartbeat_at.gt(NowPlusMs(-DAY_MS)))
        .order(task_workers::heartbeat_at.desc())
        .limit(MAX_LISTED)
        .select((ProcessRecord::as_select(), alive))
        .load(conn)
        .await
}

/// Forgets processes that have been silent for a day.
pub(super) async fn forget_dead(conn: &mut DbConnection) -> QueryResult<usize> {
    diesel::delete(task_workers::table.filter(task_workers::heartbeat_at.lt(NowPlusMs(-DAY_MS))))
        .execute(conn)
        .await
}

/// The name of this machine or container.
pub(crate) fn host() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map_or_else(|| "localhost".to_owned(), |name| name.trim().to_owned())
}
