use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::{AppResult, FieldError, invalid};
use crate::models::PersonFields;

/// What a client says about a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonRequest {
    /// The full name.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    name: String,
    /// The e-mail address, which no other person has.
    #[schema(
        max_length = 254,
        pattern = r"^[^@\s]+@[^@\s]+$",
        example = "ada@example.com"
    )]
    email: String,
    /// The age in years.
    #[schema(minimum = 0, example = 36)]
    age: i32,
}

impl PersonRequest {
    /// What is to be stored; 422 with all that is wrong.
    pub(super) fn validate(self) -> AppResult<PersonFields> {
        let mut errors = Vec::new();
        if !(1..=200).contains(&self.name.chars().count()) {
            errors.push(FieldError::new("/name", "must have 1 to 200 characters"));
        }
        if !is_email(&self.email) {
            errors.push(FieldError::new(
                "/email",
                "must look like `ada@example.com`",
            ));
        }
        if self.age < 0 {
            errors.push(FieldError::new("/age", "must not be negative"));
        }
        if !errors.is_empty() {
            return Err(invalid(errors));
        }
        Ok(PersonFields {
            name: self.name,
            email: self.email,
            age: self.age,
        })
    }
}

/// Whether it may be an e-mail address. Only a mail that arrives can prove it.
fn is_email(text: &str) -> bool {
    text.chars().count() <= 254
        && !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
}
