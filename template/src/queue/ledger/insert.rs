//! Adding tasks.

use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde::Serialize;

use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{DbConnection, INSERT_ALL, same_key};
use crate::id::Id;
use crate::queue::Message;
use crate::queue::record::stored;
use crate::schema::tasks;

/// The most rows that one statement adds.
const MAX_ROWS: usize = 1_000;

/// What the arguments of these may take: servers refuse statements of more than a few megabytes.
const MAX_BYTES: usize = 4 << 20;

/// A row to be.
#[derive(Debug, Insertable, Serialize)]
#[diesel(table_name = tasks, treat_none_as_default_value = false)]
pub(in crate::queue) struct NewTask {
    pub(in crate::queue) id: Id,
    pub(in crate::queue) name: String,
    pub(in crate::queue) queue: String,
    pub(in crate::queue) args: String,
    pub(in crate::queue) state: &'static str,
    pub(in crate::queue) priority: i32,
    pub(in crate::queue) run_at: NowPlusMs,
    pub(in crate::queue) max_attempts: i32,
    pub(in crate::queue) idempotency_key: Option<String>,
    pub(in crate::queue) expires_at: NowPlusMs<Option<i64>>,
    pub(in crate::queue) published_at: NowPlusMs<Option<i64>>,
    pub(in crate::queue) request_id: Option<String>,
    /// The step of a trace that it follows from.
    pub(in crate::queue) traceparent: Option<String>,
    pub(in crate::queue) parent_id: Option<Id>,
    pub(in crate::queue) created_at: NowPlusMs,
    /// The flow that it is a member of.
    pub(in crate::queue) flow_id: Option<Id>,
    /// Its place among the members.
    pub(in crate::queue) position: Option<i32>,
    /// Of a flow: how many members it has.
    pub(in crate::queue) members: Option<i32>,
    /// Of a flow: how many of them have not succeeded yet.
    pub(in crate::queue) pending: Option<i32>,
}

impl NewTask {
    /// A task that is due after so many milliseconds, and is like any other.
    pub(in crate::queue) fn new(name: &str, queue: &str, args: String, delay_ms: i64) -> Self {
        let is_due = delay_ms == 0;
        Self {
            id: Id::new(),
            name: name.to_owned(),
            queue: queue.to_owned(),
            args,
            state: if is_due {
                stored::QUEUED
            } else {
                stored::SCHEDULED
            },
            priority: 0,
            run_at: NowPlusMs(delay_ms),
            max_attempts: 1,
            idempotency_key: None,
            expires_at: NowPlusMs(None),
            published_at: NowPlusMs(is_due.then_some(0)),
            request_id: None,
            traceparent: None,
            parent_id: None,
            created_at: NOW,
            flow_id: None,
            position: None,
            members: None,
            pending: None,
        }
    }

    /// What to publish, if it is due.
    pub(in crate::queue) fn message(&self) -> Option<Message> {
        (self.state == stored::QUEUED).then(|| Message {
            id: self.id,
            queue: self.queue.clone(),
        })
    }
}

/// Adds a task. Returns the id of the task with its idempotency key, and whether that is new.
pub(in crate::queue) async fn insert(
    conn: &mut DbConnection,
    task: &NewTask,
) -> QueryResult<(Id, bool)> {
    diesel::insert_into(tasks::table)
        .values(task)
        .on_conflict(same_key!(tasks::idempotency_key))
        .do_nothing()
        .execute(conn)
        .await?;
    let Some(key) = &task.idempotency_key else {
        return Ok((task.id, true));
    };
    let first = tasks::table
        .filter(tasks::idempotency_key.eq(key))
        .select(tasks::id)
        .get_result(conn)
        .await?;
    Ok((first, first == task.id))
}

/// Adds tasks that have no idempotency keys.
pub(in crate::queue) async fn insert_all(
    conn: &mut DbConnection,
    mut tasks: &[NewTask],
) -> QueryResult<()> {
    while !tasks.is_empty() {
        let (now, later) = tasks.split_at(rows_of_a_statement(tasks));
        let rows = serde_json::to_string(now)
            .map_err(|error| QueryError::SerializationError(error.into()))?;
        let insert = sql_query(INSERT_ALL).bind::<Text, _>(rows);
        insert.execute(conn).await?;
        tasks = later;
    }
    Ok(())
}

/// How many of these tasks one statement takes: at least the first.
fn rows_of_a_statement(tasks: &[NewTask]) -> usize {
    let mut bytes = 0;
    let fit = tasks.iter().take(MAX_ROWS).take_while(|task| {
        bytes += task.args.len();
        bytes <= MAX_BYTES
    });
    fit.count().max(1)
}
