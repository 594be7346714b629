//! Numbers with four decimal places, for amounts that must add up.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
{{backend}}use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{{sql_type}};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use crate::db::Backend;

/// What 1 is counted as.
const ONE: i64 = 10_000;

/// The most that a column holds: 14 digits before the point.
const MAX: i64 = 999_999_999_999_999_999;

/// A number with four decimal places and up to 14 digits before them.
///
/// In JSON it is a text such as `"12.5"`, for many readers take a number as a binary fraction.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow, ToSchema,
)]
#[diesel(sql_type = {{sql_type}})]
#[schema(value_type = String, example = "12.5")]
pub struct Decimal(i64);

/// A text that is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number like `12.50`, with at most 14 digits before the point and 4 behind it")]
pub struct NoDecimal;

impl Decimal {
    /// So many ten-thousandths, unless that is too much for a column.
    pub fn from_ten_thousandths(count: i64) -> Option<Self> {
        (-MAX..=MAX).contains(&count).then_some(Self(count))
    }

    /// How many ten-thousandths that is.
    pub fn ten_thousandths(self) -> i64 {
        self.0
    }

    /// The sum, unless that is too much for a column.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_ten_thousandths(self.0.checked_add(other.0)?)
    }

    /// The difference, unless that is too much for a column.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::from_ten_thousandths(self.0.checked_sub(other.0)?)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / ONE, self.0.abs() % ONE);
        let text = format!("{sign}{whole}.{part:04}");
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Decimal {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Self, NoDecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let fits = |digits: &str, most| {
            (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if !fits(whole, 14) || !fits(part, 4) {
            return Err(NoDecimal);
        }
        let sign = if digits.len() < text.len() { -1 } else { 1 };
        let count = format!("{whole}{part:0<4}").parse::<i64>();
        Ok(Self(sign * count.map_err(|_| NoDecimal)?))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

{{sql}}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for (text, expected) in [
            ("12.50", "12.5"),
            ("-0.0001", "-0.0001"),
            ("007", "7"),
            ("-0", "0"),
            ("100", "100"),
            ("99999999999999.9999", "99999999999999.9999"),
        ] {
            let decimal: Decimal = text.parse().expect("a number");
            assert_eq!(decimal.to_string(), expected);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "-", ".5", "1.", "1.00001", "1e3", "+1", "--1"] {
            assert_eq!(text.parse::<Decimal>(), Err(NoDecimal), "{text}");
        }
        assert!("123456789012345".parse::<Decimal>().is_err());
    }

    #[test]
    fn sums_are_exact() {
        let decimal = |text: &str| text.parse::<Decimal>().expect("a number");
        let sum = decimal("0.1").checked_add(decimal("0.2"));
        assert_eq!(sum, Some(decimal("0.3")));
        let difference = decimal("-0.1").checked_sub(decimal("0.2"));
        assert_eq!(difference, Some(decimal("-0.3")));
        let most = Decimal::from_ten_thousandths(MAX).expect("the most");
        assert_eq!(most.checked_add(decimal("0.0001")), None);
    }
}
