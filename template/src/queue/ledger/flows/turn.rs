//! Members whose turn has come.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::clock::{NOW, NowPlusMs};
use crate::db::{Backend, DbConnection, Tx};
use crate::id::Id;
use crate::queue::Message;
use crate::queue::flow::CHAIN;
use crate::queue::ledger::MAX_BINDS;
use crate::queue::record::stored;
use crate::schema::tasks;

/// A member that waits for its turn.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub(super) struct Waiting {
    id: Id,
    name: String,
    queue: String,
    run_at: i64,
    created_at: i64,
    pending: Option<i32>,
}

impl Waiting {
    fn is_flow(&self) -> bool {
        self.pending.is_some()
    }

    /// As long as a member waits for its turn, it is the delay that counts and not the time.
    fn is_delayed(&self) -> bool {
        self.run_at > self.created_at
    }
}

/// The members of these flows that wait for their turn: all, or those at this position.
pub(super) async fn waiting(
    conn: &mut DbConnection,
    flows: &[Id],
    position: Option<i32>,
) -> QueryResult<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for ids in flows.chunks(MAX_BINDS) {
        let mut query = tasks::table
            .filter(tasks::flow_id.eq_any(ids))
            .filter(tasks::state.eq(stored::BLOCKED))
            .order(tasks::id)
            .select(Waiting::as_select())
            .into_boxed();
        if let Some(position) = position {
            query = query.filter(tasks::position.eq(position));
        }
        waiting.extend(query.load(conn).await?);
    }
    Ok(waiting)
}

/// Has these members start, and of the flows among them what comes first.
pub(super) async fn start(tx: &mut Tx, mut members: Vec<Waiting>) -> QueryResult<()> {
    while !members.is_empty() {
        let (flows, single): (Vec<_>, Vec<_>) = members.into_iter().partition(Waiting::is_flow);
        let (delayed, due): (Vec<_>, Vec<_>) = single.into_iter().partition(Waiting::is_delayed);
        let (chains, groups): (Vec<_>, Vec<_>) =
            flows.into_iter().partition(|flow| flow.name == CHAIN);
        delay(tx, &ids(&delayed)).await?;
        queue(tx, due).await?;
        let (chains, groups) = (ids(&chains), ids(&groups));
        run(tx, &chains).await?;
        run(tx, &groups).await?;
        members = waiting(tx, &chains, Some(0)).await?;
        members.extend(waiting(tx, &groups, None).await?);
    }
    Ok(())
}

async fn run(conn: &mut DbConnection, flows: &[Id]) -> QueryResult<()> {
    for ids in flows.chunks(MAX_BINDS) {
        diesel::update(tasks::table.filter(tasks::id.eq_any(ids)))
            .set(tasks::state.eq(stored::RUNNING))
            .execute(conn)
            .await?;
    }
    Ok(())
}

async fn queue(tx: &mut Tx, due: Vec<Waiting>) -> QueryResult<()> {
    for ids in ids(&due).chunks(MAX_BINDS) {
        diesel::update(tasks::table.filter(tasks::id.eq_any(ids)))
            .set((
                tasks::state.eq(stored::QUEUED),
                tasks::run_at.eq(NOW),
                tasks::published_at.eq(NowPlusMs(Some(0))),
            ))
            .execute(tx)
            .await?;
    }
    for Waiting { id, queue, .. } in due {
        tx.publish_after_commit(Message { id, queue });
    }
    Ok(())
}

async fn delay(conn: &mut DbConnection, delayed: &[Id]) -> QueryResult<()> {
    for ids in delayed.chunks(MAX_BINDS) {
        diesel::update(tasks::table.filter(tasks::id.eq_any(ids)))
            .set((
                tasks::state.eq(stored::SCHEDULED),
                tasks::run_at.eq(tasks::run_at - tasks::created_at + NOW),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

fn ids(members: &[Waiting]) -> Vec<Id> {
    members.iter().map(|member| member.id).collect()
}
