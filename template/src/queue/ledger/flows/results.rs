//! What the members of flows have returned, for whoever comes next.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::RunQueryDsl;

use super::{Node, find};
use crate::db::DbConnection;
use crate::id::Id;
use crate::schema::tasks;

/// The most that the results of a group may take together, as JSON: whoever comes next reads all of
/// them, and MariaDB takes no more than 16 MiB at once.
const MAX_RESULTS_CHARS: i64 = 8 << 20;

/// What the link before this task has returned; in a group, the link before the group.
///
/// `None` is that there is no link before.
pub(in crate::queue) async fn previous_result(
    conn: &mut DbConnection,
    mut id: Id,
) -> QueryResult<Option<String>> {
    loop {
        let Some(node) = find(conn, id).await? else {
            return Ok(None);
        };
        let (Some(flow_id), Some(position)) = (node.flow_id, node.position) else {
            return Ok(None);
        };
        let flow = find(conn, flow_id).await?;
        if position > 0 && flow.is_some_and(|flow| flow.is_chain()) {
            let result: Option<Option<String>> = tasks::table
                .filter(tasks::flow_id.eq(flow_id))
                .filter(tasks::position.eq(position - 1))
                .select(tasks::result)
                .get_result(conn)
                .await
                .optional()?;
            return Ok(result.map(or_null));
        }
        id = flow_id;
    }
}

/// What a flow returns: the last of a chain, all of a group as an array. `None` is that these are too
/// large together.
pub(super) async fn of_flow(conn: &mut DbConnection, flow: &Node) -> QueryResult<Option<String>> {
    let members = tasks::table.filter(tasks::flow_id.eq(flow.id));
    if flow.is_chain() {
        let last = members.order(tasks::position.desc());
        let last = last.select(tasks::result).first(conn).await.optional()?;
        return Ok(last.map(or_null));
    }
    if length_of_results(conn, flow.id).await? > MAX_RESULTS_CHARS {
        return Ok(None);
    }
    let all = members.order(tasks::position).select(tasks::result);
    let all: Vec<Option<String>> = all.load(conn).await?;
    let all: Vec<String> = all.into_iter().map(or_null).collect();
    Ok(Some(format!("[{}]", all.join(","))))
}

async fn length_of_results(conn: &mut DbConnection, flow: Id) -> QueryResult<i64> {
    let length: SqlLiteral<Nullable<BigInt>> = sql("sum(length(result))");
    let members = tasks::table.filter(tasks::flow_id.eq(flow));
    let length: Option<i64> = members.select(length).get_result(conn).await?;
    Ok(length.unwrap_or_default())
}

/// Somebody may have read a result and had it forgotten.
fn or_null(result: Option<String>) -> String {
    result.unwrap_or_else(|| "null".to_owned())
}
