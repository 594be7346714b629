//! `name:type` arguments: the fields of a task or of a resource, the columns of a table.

use crate::error::{Error, Result};
use crate::name::{Name, NameKind, plural, shown};

mod default;
mod values;

pub use values::{variant, variants};

/// The most characters of a string.
pub const MAX_STRING: usize = 255;

/// What a field can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// A short text.
    String,
    /// A text of any length.
    Text,
    /// A number of 32 bits.
    Integer,
    /// A number of 64 bits.
    Bigint,
    /// A floating-point number of 64 bits.
    Float,
    /// A number with exactly four decimal places.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A point in time.
    Datetime,
    /// An id.
    Uuid,
    /// A value of any form.
    Json,
    /// Bytes.
    Binary,
    /// One of these words.
    Enum(Vec<String>),
    /// The id of a row of this table.
    References(String),
}

static TYPES: [(&str, FieldType); 13] = [
    ("string", FieldType::String),
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("bigint", FieldType::Bigint),
    ("float", FieldType::Float),
    ("decimal", FieldType::Decimal),
    ("boolean", FieldType::Boolean),
    ("date", FieldType::Date),
    ("time", FieldType::Time),
    ("datetime", FieldType::Datetime),
    ("uuid", FieldType::Uuid),
    ("json", FieldType::Json),
    ("binary", FieldType::Binary),
];

/// A field with its type and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name, in snake case.
    pub name: String,
    /// The type.
    pub ty: FieldType,
    /// `?`
    pub optional: bool,
    /// `!`
    pub unique: bool,
    /// `^`
    pub index: bool,
    /// What follows `=`, which is a value of the type.
    pub default: Option<String>,
}

impl Field {
    /// Parses `email:string!`, `status:enum(draft,sent)^=draft` or `author:references(persons)`.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong(text, "has no type"))?;
        let (rest, default) = match rest.split_once('=') {
            Some((rest, default)) => (rest, Some(default)),
            None => (rest, None),
        };
        let word = rest.trim_end_matches(['?', '!', '^']);
        let marks = &rest[word.len()..];
        if ["?", "!", "^"]
            .iter()
            .any(|mark| marks.matches(mark).count() > 1)
        {
            return Err(wrong(text, "has a mark twice"));
        }
        let mut name = Name::parse(NameKind::Field, name, &[])?.snake();
        let ty = parse_type(word, &mut name, text)?;
        let field = Self {
            name,
            ty,
            optional: marks.contains('?'),
            unique: marks.contains('!'),
            index: marks.contains('^'),
            default: default.map(str::to_owned),
        };
        match &field.default {
            Some(value) => default::check(&field, value).map(|()| field),
            None => Ok(field),
        }
    }

    /// Parses all fields; no name may come twice, nor one that is the same without its underscores.
    pub fn parse_all(texts: &[String]) -> Result<Vec<Self>> {
        let mut fields: Vec<Self> = Vec::new();
        for text in texts {
            let field = Self::parse(text)?;
            if fields.iter().any(|other| other.name == field.name) {
                return Err(Error::Argument {
                    message: format!("the field `{}` comes twice", field.name),
                    hint: "give each field its own name".to_owned(),
                });
            }
            let is_same_in_json = |other: &&Self| other.camel() == field.camel();
            if let Some(other) = fields.iter().find(is_same_in_json) {
                return Err(Error::Argument {
                    message: format!(
                        "the fields `{}` and `{}` are both `{}` in JSON",
                        other.name,
                        field.name,
                        field.camel()
                    ),
                    hint: "give each field its own name".to_owned(),
                });
            }
            fields.push(field);
        }
        Ok(fields)
    }

    /// The name in JSON: `unitPrice`.
    pub fn camel(&self) -> String {
        let pascal = variant(&self.name);
        let (first, rest) = pascal.split_at(1);
        first.to_ascii_lowercase() + rest
    }

    /// The name as words: `unit price`.
    pub fn spaced(&self) -> String {
        self.name.replace('_', " ")
    }

    /// What a comment calls it: `The unit price`, `The id of the owner`, `When it is due`.
    pub fn described(&self) -> String {
        let is_time = matches!(
            self.ty,
            FieldType::Date | FieldType::Time | FieldType::Datetime
        );
        let ends = ["_at", "_on"].map(|end| self.name.strip_suffix(end));
        let stem = ends.into_iter().flatten().next().filter(|_| is_time);
        if let Some(stem) = stem {
            let verb = if stem.ends_with('s') { "" } else { "is " };
            return format!("When it {verb}{}", stem.replace('_', " "));
        }
        match (&self.ty, self.name.strip_suffix("_id")) {
            (FieldType::References(_), Some(noun)) => {
                format!("The id of the {}", noun.replace('_', " "))
            }
            _ => format!("The {}", self.spaced()),
        }
    }
}

fn wrong(text: &str, reason: &str) -> Error {
    Error::Argument {
        message: format!("the field `{}` {reason}", shown(text)),
        hint: "write `name:type`, for example `email:string!`".to_owned(),
    }
}

/// The type of a field; a reference changes its name too, for the column holds an id.
fn parse_type(word: &str, name: &mut String, text: &str) -> Result<FieldType> {
    if let Some(arguments) = arguments(word, "enum") {
        return Ok(FieldType::Enum(values::parse(arguments, text)?));
    }
    if word == "references" || word.starts_with("references(") {
        let noun = name.strip_suffix("_id").unwrap_or(name).to_owned();
        let table = match arguments(word, "references") {
            Some(table) => Name::parse(NameKind::Table, table, &[])?.snake(),
            None if word == "references" => plural(&noun),
            None => return Err(wrong(text, "has no `)` at its end")),
        };
        *name = format!("{noun}_id");
        return Ok(FieldType::References(table));
    }
    let known = TYPES.iter().find(|(name, _)| *name == word);
    let known = known.map(|(_, ty)| ty.clone());
    known.ok_or_else(|| {
        let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        Error::Argument {
            message: format!("the field `{}` has an unknown type", shown(text)),
            hint: format!("use one of {}, enum(a,b), references", names.join(", ")),
        }
    })
}

/// `a,b` of `enum(a,b)`.
fn arguments<'a>(word: &'a str, ty: &str) -> Option<&'a str> {
    word.strip_prefix(ty)?.strip_prefix('(')?.strip_suffix(')')
}

#[cfg(test)]
mod tests;
