//! What models have in common.

use diesel::result::{Error, QueryResult};
use time::OffsetDateTime;

/// Whether there was a row to change: `NotFound`, if not.
pub(crate) fn found(rows: usize) -> QueryResult<()> {
    match rows {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// The present, as precisely as every database keeps it.
pub(crate) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond()).unwrap_or(now)
}
