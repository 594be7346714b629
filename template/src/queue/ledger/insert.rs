//! Adding tasks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{DbConnection, insert_rows, same_key};
use crate::id::Id;
use crate::queue::Message;
use crate::queue::record::stored;
use crate::schema::tasks;

/// The most rows of one statement. SQLite has the lowest limit: 32,766 parameters, of which a row
/// takes no more than it has columns.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A row to be.
#[derive(Debug, Insertable)]
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
        .first(conn)
        .await?;
    Ok((first, first == task.id))
}

/// Adds tasks that have no idempotency keys.
pub(in crate::queue) async fn insert_all(
    conn: &mut DbConnection,
    mut tasks: Vec<NewTask>,
) -> QueryResult<()> {
    while !tasks.is_empty() {
        let rest = tasks.split_off(tasks.len().min(ROWS_PER_STATEMENT));
        insert_rows!(conn, tasks::table, tasks)?;
        tasks = rest;
    }
    Ok(())
}
