//! The database's clock.
//!
//! Leases and due times of tasks are compared on the database's clock alone, so that the clocks
//! of the machines need not agree. It counts whole milliseconds since the Unix epoch.

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable};
use serde::Serialize;
use time::OffsetDateTime;

use super::{Backend, NOW_MS};

/// An SQL expression: now, and so many milliseconds later (earlier, if negative).
///
/// With an optional offset it is `NULL` where there is none.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct NowPlusMs<Offset = i64>(pub Offset);

/// An SQL expression: now, in milliseconds since the Unix epoch.
pub const NOW: NowPlusMs = NowPlusMs(0);

impl<Offset: 'static> QueryId for NowPlusMs<Offset> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Expression for NowPlusMs<i64> {
    type SqlType = BigInt;
}

impl Expression for NowPlusMs<Option<i64>> {
    type SqlType = Nullable<BigInt>;
}

impl<Table, Offset> AppearsOnTable<Table> for NowPlusMs<Offset> where Self: Expression {}

impl<Table, Offset> SelectableExpression<Table> for NowPlusMs<Offset> where Self: Expression {}

impl<Group, Offset> ValidGrouping<Group> for NowPlusMs<Offset> {
    type IsAggregate = is_aggregate::Never;
}

impl<Offset> QueryFragment<Backend> for NowPlusMs<Offset>
where
    Self: Expression,
    Offset: ToSql<<Self as Expression>::SqlType, Backend>,
    Backend: HasSqlType<<Self as Expression>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("(");
        out.push_sql(NOW_MS);
        out.push_sql(" + ");
        // Whatever is added to NULL is NULL.
        out.push_bind_param(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The point in time that a count of milliseconds since the Unix epoch stands for.
///
/// A count outside of what a date can hold, which no clock gives, becomes the epoch.
pub fn from_ms(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
