//! The one form of condition that the template may use, read the same way by both renderers.

use std::fmt;

use super::TemplateError;

/// `variable == "value"` or `variable != "value"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The variable that is compared.
    pub variable: String,
    /// Whether the variable is to equal `value` or to differ from it.
    pub equal: bool,
    /// The literal it is compared with.
    pub value: String,
}

impl Condition {
    /// Parses one comparison; anything else is an error in the template.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let invalid = || {
            TemplateError::new(format!(
                "condition `{source}` is neither `variable == \"value\"` nor `variable != \"value\"`"
            ))
        };
        let (variable, equal, literal) = match source.split_once("==") {
            Some((variable, literal)) => (variable, true, literal),
            None => {
                let (variable, literal) = source.split_once("!=").ok_or_else(invalid)?;
                (variable, false, literal)
            }
        };
        let (variable, literal) = (variable.trim(), literal.trim());
        let value = literal
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or_else(invalid)?;
        if is_word(variable) && is_word(value) {
            Ok(Self {
                variable: variable.to_owned(),
                equal,
                value: value.to_owned(),
            })
        } else {
            Err(invalid())
        }
    }

    /// Tells whether the comparison is true when the variable has the value `actual`.
    pub fn holds(&self, actual: &str) -> bool {
        (actual == self.value) == self.equal
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = if self.equal { "==" } else { "!=" };
        write!(f, "{} {operator} \"{}\"", self.variable, self.value)
    }
}

/// Tells whether `text` is a variable name or a value such as the template uses.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_and_different_are_read() {
        let equal = Condition::parse("database == \"sqlite\"").unwrap();
        assert!(equal.holds("sqlite") && !equal.holds("postgres"));

        let different = Condition::parse("database != \"sqlite\"").unwrap();
        assert!(!different.holds("sqlite") && different.holds("postgres"));
        assert_eq!(different.to_string(), "database != \"sqlite\"");
    }

    #[test]
    fn everything_else_is_an_error() {
        for source in [
            "",
            "database",
            "!database",
            "database == sqlite",
            "database = \"sqlite\"",
            "\"sqlite\" == database",
            "database == \"sqlite\" || broker == \"redis\"",
            "database == \"sqlite\" && broker != \"redis\"",
            "true",
        ] {
            assert!(Condition::parse(source).is_err(), "{source}");
        }
    }
}
