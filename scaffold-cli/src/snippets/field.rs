//! `name:type` arguments: the fields of a task, the columns of a table.

use crate::error::{Error, Result};
use crate::name::{Name, NameKind, shown};

/// What a field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A short text.
    String,
    /// A text of any length.
    Text,
    /// A number of 32 bits.
    Integer,
    /// A number of 64 bits.
    Bigint,
    /// Yes or no.
    Boolean,
    /// A floating-point number of 64 bits.
    Float,
    /// An id.
    Uuid,
    /// A point in time.
    Datetime,
    /// A value of any form.
    Json,
}

const TYPES: [(&str, FieldType); 9] = [
    ("string", FieldType::String),
    ("text", FieldType::Text),
    ("integer", FieldType::Integer),
    ("bigint", FieldType::Bigint),
    ("boolean", FieldType::Boolean),
    ("float", FieldType::Float),
    ("uuid", FieldType::Uuid),
    ("datetime", FieldType::Datetime),
    ("json", FieldType::Json),
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
}

impl Field {
    /// Parses `email:string!`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |message: String| Error::Argument {
            message,
            hint: "write `name:type`, for example `email:string!`".to_owned(),
        };
        let (name, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong(format!("the field `{}` has no type", shown(text))))?;
        let ty = rest.trim_end_matches(['?', '!', '^']);
        let suffix = &rest[ty.len()..];
        let known = TYPES.iter().find(|(name, _)| *name == ty);
        let Some((_, known)) = known else {
            let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
            return Err(Error::Argument {
                message: format!("the field `{}` has an unknown type", shown(text)),
                hint: format!("use one of {}", names.join(", ")),
            });
        };
        if ["?", "!", "^"]
            .iter()
            .any(|mark| suffix.matches(mark).count() > 1)
        {
            return Err(wrong(format!(
                "the field `{}` has a mark twice",
                shown(text)
            )));
        }
        Ok(Self {
            name: Name::parse(NameKind::Field, name, &[])?.snake(),
            ty: *known,
            optional: suffix.contains('?'),
            unique: suffix.contains('!'),
            index: suffix.contains('^'),
        })
    }

    /// Parses all fields; no name may come twice.
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
            fields.push(field);
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_follow_the_type() {
        let field = Field::parse("userEmail:string?!^").unwrap();
        assert_eq!(field.name, "user_email");
        assert!(field.optional && field.unique && field.index);
        assert_eq!(Field::parse("age:integer").unwrap().ty, FieldType::Integer);
    }

    #[test]
    fn wrong_fields_are_refused() {
        for text in [
            "name",
            "name:",
            "name:str",
            ":text",
            "type:text",
            "a:text!!",
            "a.b:text",
        ] {
            assert!(Field::parse(text).is_err(), "{text}");
        }
        let twice = ["userId:uuid".to_owned(), "user_id:uuid".to_owned()];
        assert!(Field::parse_all(&twice).is_err());
    }
}
