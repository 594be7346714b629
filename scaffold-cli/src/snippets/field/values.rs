//! The words of an enum.

use crate::error::{Error, Result};
use crate::name::{Name, NameKind, shown};

/// Parses `draft,sent`: words in snake case, each of which becomes a variant of its own.
pub(super) fn parse(text: &str, field: &str) -> Result<Vec<String>> {
    let wrong = |reason: String| Error::Argument {
        message: format!("the field `{}` {reason}", shown(field)),
        hint: "write small words with commas between them, for example `enum(draft,sent)`"
            .to_owned(),
    };
    let mut values: Vec<String> = Vec::new();
    for value in text.split(',') {
        let value = value.trim();
        let name = Name::parse(NameKind::Value, value, &[])?;
        if name.snake() != value {
            return Err(wrong(format!("has the value `{}`", shown(value))));
        }
        if values.iter().any(|other| variant(other) == variant(value)) {
            return Err(wrong(format!("has the value `{value}` twice")));
        }
        values.push(value.to_owned());
    }
    Ok(values)
}

/// The lines of the variants of an enum, which serde writes as its words.
pub fn variants(values: &[String]) -> String {
    let line = |value: &String| {
        let name = variant(value);
        format!("    /// `{value}`\n    #[serde(rename = \"{value}\")]\n    {name},\n")
    };
    values.iter().map(line).collect()
}

/// The variant of a value: `InReview` for `in_review`.
pub fn variant(value: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    value.split('_').map(capital).collect()
}
