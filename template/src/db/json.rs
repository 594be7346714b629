//! JSON in a column.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Serialize};

use super::JsonSql;

/// A value that a column holds as JSON: settings, details from elsewhere, a short list.
///
/// What is searched for or summed up is better off in columns of its own.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    AsExpression,
    FromSqlRow,
)]
#[diesel(sql_type = JsonSql)]
#[serde(transparent)]
pub struct Json<T>(pub T);
