//! Moving flows on.
//!
//! A flow is a row as well, whose members name it as their `flow_id`. It moves on in the transaction
//! in which one of its members ends, so it does so exactly once.

mod results;
mod retry;
mod turn;

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::MAX_BINDS;
use crate::db::clock::NOW;
use crate::db::{Backend, DbConnection, Tx};
use crate::id::Id;
use crate::queue::execution::storable;
use crate::queue::flow::CHAIN;
use crate::queue::record::stored;
use crate::schema::tasks;

pub(in crate::queue) use results::previous_result;
pub(super) use retry::retry;

/// A flow or a member of one; often both, for flows are members of others.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Backend))]
pub(super) struct Node {
    pub(super) id: Id,
    pub(super) flow_id: Option<Id>,
    position: Option<i32>,
    name: String,
    pub(super) state: String,
    error: Option<String>,
    /// Only a flow has it.
    pending: Option<i32>,
}

impl Node {
    /// Whether this is no plain task.
    pub(super) fn is_in_flow(&self) -> bool {
        self.flow_id.is_some() || self.is_flow()
    }

    fn is_flow(&self) -> bool {
        self.pending.is_some()
    }

    fn is_chain(&self) -> bool {
        self.is_flow() && self.name == CHAIN
    }

    fn has_succeeded(&self) -> bool {
        self.state == stored::SUCCEEDED
    }

    /// Why the flow fails with it. If it is a flow itself, that names the task within.
    fn complaint(&self) -> String {
        let Self { name, id, .. } = self;
        match (self.state.as_str(), &self.error) {
            (stored::FAILED, Some(error)) if self.is_flow() => error.clone(),
            (stored::FAILED, Some(error)) => storable(&format!("`{name}` ({id}) failed: {error}")),
            (stored::REVOKED, _) => format!("`{name}` ({id}) was revoked"),
            (state, _) => format!("`{name}` ({id}) {state}"),
        }
    }
}

/// Moves on the flows of those of these tasks that belong to one. They have just ended. Returns the
/// flows that have ended with them.
///
/// A flow is older than what is in it. Flows are locked from the youngest to the oldest, so that
/// two transactions never wait for each other here.
pub(in crate::queue) async fn advance(tx: &mut Tx, ended: &[Id]) -> QueryResult<Vec<Id>> {
    let mut flows: BTreeMap<Id, Vec<Node>> = BTreeMap::new();
    let mut ended = find_all(tx, ended).await?;
    let mut ended_flows = Vec::new();
    loop {
        for member in ended.drain(..) {
            if let Some(flow) = member.flow_id {
                flows.entry(flow).or_default().push(member);
            }
        }
        let Some((id, members)) = flows.pop_last() else {
            return Ok(ended_flows);
        };
        if settle(tx, id, &members).await? {
            ended_flows.push(id);
            ended.extend(find(tx, id).await?);
        }
    }
}

/// The task was called off: so is everything below it, and the flow around it fails.
pub(super) async fn call_off(tx: &mut Tx, id: Id) -> QueryResult<()> {
    let Some(node) = find(tx, id).await? else {
        return Ok(());
    };
    if node.is_flow() {
        let below = below(tx, &[id]).await?;
        revoke(tx, &below, &stored::UNFINISHED).await?;
    }
    if node.flow_id.is_some() {
        advance(tx, &[id]).await?;
    }
    Ok(())
}

/// Counts these members, and moves the flow on if it still runs. Returns whether it has ended.
async fn settle(tx: &mut Tx, id: Id, members: &[Node]) -> QueryResult<bool> {
    let succeeded = members.iter().filter(|member| member.has_succeeded());
    count_down(tx, id, succeeded.count()).await?;
    let Some(flow) = find(tx, id).await? else {
        return Ok(false);
    };
    if flow.state != stored::RUNNING {
        return Ok(false);
    }
    if let Some(failed) = members.iter().find(|member| !member.has_succeeded()) {
        fail(tx, &flow, failed).await?;
        return Ok(true);
    }
    if flow.pending == Some(0) {
        succeed(tx, &flow).await?;
        return Ok(true);
    }
    let last = members.iter().filter_map(|member| member.position).max();
    if let Some(last) = last.filter(|_| flow.is_chain()) {
        let next = turn::waiting(tx, &[id], Some(last + 1)).await?;
        turn::start(tx, next).await?;
    }
    Ok(false)
}

/// Also locks the flow, so that its members end one after the other from here on.
async fn count_down(tx: &mut Tx, id: Id, succeeded: usize) -> QueryResult<usize> {
    let succeeded = i32::try_from(succeeded).unwrap_or(i32::MAX);
    diesel::update(tasks::table.find(id))
        .set((
            // First, for MySQL goes by the order, and would have the new count here.
            tasks::progress_percent
                .eq((tasks::members - tasks::pending + succeeded) * 100 / tasks::members),
            tasks::pending.eq(tasks::pending - succeeded),
        ))
        .execute(tx)
        .await
}

async fn succeed(tx: &mut Tx, flow: &Node) -> QueryResult<usize> {
    let Some(result) = results::of_flow(tx, flow).await? else {
        let error = "the results of its tasks are too large together; let them return ids";
        return write_failure(tx, flow.id, error.to_owned()).await;
    };
    diesel::update(tasks::table.find(flow.id))
        .set((
            tasks::state.eq(stored::SUCCEEDED),
            tasks::result.eq(Some(result)),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(tx)
        .await
}

/// What runs in a group beside the member that failed goes on. What would follow it in a chain is
/// called off.
async fn fail(tx: &mut Tx, flow: &Node, failed: &Node) -> QueryResult<()> {
    write_failure(tx, flow.id, failed.complaint()).await?;
    if flow.is_chain() {
        let later = later(tx, failed).await?;
        revoke(tx, &later, &[stored::BLOCKED]).await?;
    }
    Ok(())
}

async fn write_failure(tx: &mut Tx, flow: Id, error: String) -> QueryResult<usize> {
    diesel::update(tasks::table.find(flow))
        .set((
            tasks::state.eq(stored::FAILED),
            tasks::error.eq(error),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(tx)
        .await
}

async fn revoke(conn: &mut DbConnection, ids: &[Id], from: &[&str]) -> QueryResult<()> {
    for ids in ids.chunks(MAX_BINDS) {
        diesel::update(
            tasks::table
                .filter(tasks::id.eq_any(ids))
                .filter(tasks::state.eq_any(from)),
        )
        .set((
            tasks::state.eq(stored::REVOKED),
            tasks::lease_owner.eq(None::<Id>),
            tasks::lease_until.eq(None::<i64>),
            tasks::finished_at.eq(NOW.nullable()),
        ))
        .execute(conn)
        .await?;
    }
    Ok(())
}

pub(super) async fn find(conn: &mut DbConnection, id: Id) -> QueryResult<Option<Node>> {
    tasks::table
        .find(id)
        .select(Node::as_select())
        .get_result(conn)
        .await
        .optional()
}

async fn find_all(conn: &mut DbConnection, ids: &[Id]) -> QueryResult<Vec<Node>> {
    let mut nodes = Vec::with_capacity(ids.len());
    for ids in ids.chunks(MAX_BINDS) {
        let some = tasks::table
            .filter(tasks::id.eq_any(ids))
            .select(Node::as_select());
        nodes.extend(some.load(conn).await?);
    }
    Ok(nodes)
}

/// The members that come after this one, and everything below them.
async fn later(conn: &mut DbConnection, member: &Node) -> QueryResult<Vec<Id>> {
    let mut later: Vec<Id> = tasks::table
        .filter(tasks::flow_id.eq(member.flow_id))
        .filter(tasks::position.gt(member.position))
        .select(tasks::id)
        .load(conn)
        .await?;
    later.extend(below(conn, &later).await?);
    Ok(later)
}

/// Everything below these flows.
async fn below(conn: &mut DbConnection, flows: &[Id]) -> QueryResult<Vec<Id>> {
    let mut level = flows.to_vec();
    let mut all = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for ids in level.chunks(MAX_BINDS) {
            let members = tasks::table.filter(tasks::flow_id.eq_any(ids));
            next.extend(members.select(tasks::id).load::<Id>(conn).await?);
        }
        all.extend(&next);
        level = next;
    }
    Ok(all)
}
