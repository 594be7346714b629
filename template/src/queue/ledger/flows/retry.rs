//! Setting flows going again.
//!
//! What holds for a flow is that it runs exactly as long as no member of it has failed.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Node, below, find, later};
use crate::db::{DbConnection, Tx};
use crate::id::Id;
use crate::queue::ledger::admin::{RETRYABLE, Revival, revive};
use crate::queue::ledger::{MAX_BINDS, find_for_update};
use crate::queue::record::stored;
use crate::schema::tasks;

/// Tries a part of a flow anew: a member, or of a flow all that has failed in it.
pub(in crate::queue::ledger) async fn retry(tx: &mut Tx, id: Id) -> QueryResult<Revival> {
    let Some(task) = find_for_update(tx, id).await? else {
        return Ok(Revival::NotFound);
    };
    let Some(node) = find(tx, id).await?.filter(has_failed) else {
        return Ok(Revival::NotEnded(task.state()));
    };
    if !has_had_its_turn(tx, &node).await? {
        return Ok(Revival::NotItsTurn);
    }
    revive_below(tx, node.clone()).await?;
    revive_above(tx, node).await?;
    Ok(Revival::Queued)
}

fn has_failed(node: &Node) -> bool {
    RETRYABLE.contains(&node.state.as_str())
}

/// Whether all that comes before it in the chains around it has succeeded.
async fn has_had_its_turn(conn: &mut DbConnection, node: &Node) -> QueryResult<bool> {
    let mut node = node.clone();
    while let (Some(flow_id), Some(position)) = (node.flow_id, node.position) {
        let Some(flow) = find(conn, flow_id).await? else {
            break;
        };
        if flow.is_chain() {
            let before = tasks::table
                .filter(tasks::flow_id.eq(flow_id))
                .filter(tasks::position.lt(position))
                .filter(tasks::state.ne(stored::SUCCEEDED));
            if diesel::select(exists(before)).get_result(conn).await? {
                return Ok(false);
            }
        }
        node = flow;
    }
    Ok(true)
}

/// Queues the task, or of a flow what has failed in it.
async fn revive_below(tx: &mut Tx, node: Node) -> QueryResult<()> {
    let mut nodes = vec![node];
    while !nodes.is_empty() {
        let (flows, single): (Vec<_>, Vec<_>) = nodes.into_iter().partition(Node::is_flow);
        let single: Vec<Id> = single.iter().map(|node| node.id).collect();
        for ids in single.chunks(MAX_BINDS) {
            revive(tx, ids).await?;
        }
        nodes = Vec::new();
        for flow in flows {
            run_again(tx, flow.id).await?;
            let mut failed = failed_members(tx, flow.id).await?;
            if flow.is_chain() {
                // The first has failed. The others only did not get their turn.
                let others = failed.split_off(failed.len().min(1));
                block_again(tx, &others).await?;
            }
            nodes.extend(failed);
        }
    }
    Ok(())
}

/// Has the flows around it run again, up to one in which something else has failed.
async fn revive_above(tx: &mut Tx, mut node: Node) -> QueryResult<()> {
    while let Some(flow_id) = node.flow_id {
        find_for_update(tx, flow_id).await?;
        let Some(flow) = find(tx, flow_id).await?.filter(has_failed) else {
            break;
        };
        if flow.is_chain() {
            let later = later(tx, &node).await?;
            block(tx, &later).await?;
        }
        let failed = failed_members(tx, flow_id).await?;
        if failed.iter().any(|other| other.id != node.id) {
            break;
        }
        run_again(tx, flow_id).await?;
        node = flow;
    }
    Ok(())
}

async fn failed_members(conn: &mut DbConnection, flow: Id) -> QueryResult<Vec<Node>> {
    tasks::table
        .filter(tasks::flow_id.eq(flow))
        .filter(tasks::state.eq_any(RETRYABLE))
        .order(tasks::position)
        .select(Node::as_select())
        .load(conn)
        .await
}

async fn run_again(conn: &mut DbConnection, flow: Id) -> QueryResult<usize> {
    diesel::update(tasks::table.find(flow))
        .set((
            tasks::state.eq(stored::RUNNING),
            tasks::error.eq(None::<String>),
            tasks::finished_at.eq(None::<i64>),
        ))
        .execute(conn)
        .await
}

/// These members, and everything below them, wait for their turn again.
async fn block_again(conn: &mut DbConnection, members: &[Node]) -> QueryResult<()> {
    let mut ids: Vec<Id> = members.iter().map(|member| member.id).collect();
    ids.extend(below(conn, &ids).await?);
    block(conn, &ids).await
}

async fn block(conn: &mut DbConnection, ids: &[Id]) -> QueryResult<()> {
    for ids in ids.chunks(MAX_BINDS) {
        diesel::update(
            tasks::table
                .filter(tasks::id.eq_any(ids))
                .filter(tasks::state.eq(stored::REVOKED)),
        )
        .set((
            tasks::state.eq(stored::BLOCKED),
            // It would be too late as soon as its turn comes.
            tasks::expires_at.eq(None::<i64>),
            tasks::finished_at.eq(None::<i64>),
        ))
        .execute(conn)
        .await?;
    }
    Ok(())
}
