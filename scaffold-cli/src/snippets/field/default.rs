//! What follows `=`: whether it is a value of the field's type.

use super::{Field, FieldType, MAX_STRING};
use crate::error::{Error, Result};
use crate::name::shown;

/// Refuses a default that the column could not hold.
pub(super) fn check(field: &Field, value: &str) -> Result<()> {
    let expected = match &field.ty {
        FieldType::String if value.chars().count() > MAX_STRING => "of at most 255 characters",
        FieldType::String | FieldType::Text if value.contains(char::is_control) => {
            "without control characters"
        }
        FieldType::String if value.is_empty() => "that is not empty",
        FieldType::Integer if value.parse::<i32>().is_err() => "like `36`, of 32 bits",
        FieldType::Bigint if value.parse::<i64>().is_err() => "like `36`, of 64 bits",
        FieldType::Float if !is_float(value) => "like `1.5`",
        FieldType::Decimal if !is_decimal(value) => {
            "like `12.50`, with at most 14 digits before the point and 4 behind it"
        }
        FieldType::Boolean if !matches!(value, "true" | "false") => "`true` or `false`",
        FieldType::Date if parts_of_date(value).is_none() => "like `2026-12-31`",
        FieldType::Time if parts_of_time(value).is_none() => "like `17:30` or `17:30:59`",
        FieldType::Datetime if parts_of_datetime(value).is_none() => {
            "in UTC, like `2026-12-31T17:30:59Z`"
        }
        FieldType::Enum(values) if !values.iter().any(|known| known == value) => {
            "that is one of its words"
        }
        FieldType::Uuid | FieldType::Json | FieldType::Binary | FieldType::References(_) => {
            return Err(Error::Argument {
                message: format!("the field `{}` cannot have a default", field.name),
                hint: format!("leave out `={}`", shown(value)),
            });
        }
        _ if field.unique => {
            return Err(Error::Argument {
                message: format!("the field `{}` is unique and has a default", field.name),
                hint: "leave out `!` or the default: it could be used once".to_owned(),
            });
        }
        _ => return Ok(()),
    };
    Err(Error::Argument {
        message: format!(
            "`{}` is no default of the field `{}`",
            shown(value),
            field.name
        ),
        hint: format!("write one {expected}"),
    })
}

/// A literal that is a float for Rust and for SQL.
fn is_float(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let fits = digits.starts_with(|c: char| c.is_ascii_digit()) && !digits.ends_with('.');
    // More digits than these, the type cannot tell apart.
    plain && fits && digits.len() <= 16 && value.parse::<f64>().is_ok()
}

fn is_decimal(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let has = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    has(whole, 14) && has(part, 4)
}

/// Year, month and day of `2026-12-31`, if there is such a day.
fn parts_of_date(value: &str) -> Option<(u32, u32, u32)> {
    let parts = numbers(value, '-', &[4, 2, 2])?;
    let &[year, month, day] = parts.as_slice() else {
        return None;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (year >= 1000 && (1..=days).contains(&day)).then_some((year, month, day))
}

/// Hour, minute and second of `17:30` or `17:30:59`.
fn parts_of_time(value: &str) -> Option<(u32, u32, u32)> {
    let parts = numbers(value, ':', &[2, 2, 2]).or_else(|| numbers(value, ':', &[2, 2]))?;
    let second = parts.get(2).copied().unwrap_or(0);
    let (hour, minute) = (parts[0], parts[1]);
    (hour < 24 && minute < 60 && second < 60).then_some((hour, minute, second))
}

fn parts_of_datetime(value: &str) -> Option<()> {
    let (date, time) = value.strip_suffix('Z')?.split_once('T')?;
    parts_of_date(date)?;
    parts_of_time(time).map(|_| ())
}

/// Numbers of exactly so many digits.
fn numbers(text: &str, separator: char, lengths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let fit = |(part, length): (&&str, &usize)| {
        part.len() == *length && part.bytes().all(|b| b.is_ascii_digit())
    };
    if parts.len() != lengths.len() || !parts.iter().zip(lengths).all(fit) {
        return None;
    }
    parts.iter().map(|part| part.parse().ok()).collect()
}
