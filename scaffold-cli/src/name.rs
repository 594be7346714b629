//! Names, parsed once; nothing behind this module can hold an unchecked one.

use crate::error::{Error, Result};

mod plural;
mod reserved;
mod service;

pub use plural::{plural, singular};
pub use reserved::{hides_type, is_keyword};
pub use service::ServiceName;

/// The longest name that is accepted.
pub const MAX_LENGTH: usize = 64;

/// What a name is for; decides what is suggested instead of a refused one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A module of routes.
    Route,
    /// A task.
    Task,
    /// A migration.
    Migration,
    /// A field of a task or a column of a table.
    Field,
    /// A table.
    Table,
    /// A word of an enum.
    Value,
    /// A resource.
    Resource,
    /// A schedule.
    Schedule,
}

impl NameKind {
    fn noun(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Task => "task",
            Self::Migration => "migration",
            Self::Field => "field",
            Self::Table => "table",
            Self::Value => "value",
            Self::Resource => "resource",
            Self::Schedule => "schedule",
        }
    }

    fn instead_of(self, snake: &str) -> String {
        match self {
            Self::Route => format!("{snake}_items"),
            Self::Task => format!("run_{snake}"),
            Self::Migration => format!("create_{snake}_table"),
            Self::Field => format!("{snake}_value"),
            Self::Table => format!("{snake}_items"),
            Self::Value => format!("is_{snake}"),
            Self::Resource => format!("{snake}_item"),
            Self::Schedule => format!("run_{snake}"),
        }
    }

    /// Whether the name becomes that of a module.
    fn is_module(self) -> bool {
        matches!(
            self,
            Self::Route | Self::Task | Self::Resource | Self::Schedule
        )
    }

    /// The module that a module of this kind is in.
    fn parent(self) -> Option<&'static str> {
        match self {
            Self::Route => Some("routes"),
            Self::Resource => Some("models"),
            Self::Schedule => Some("schedules"),
            Self::Task => Some("tasks"),
            Self::Migration | Self::Field | Self::Table | Self::Value => None,
        }
    }
}

/// A checked name made of lower-case words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    words: Vec<String>,
}

impl Name {
    /// Parses `send_welcome_email`, `send-welcome-email` or `SendWelcomeEmail`.
    ///
    /// `crates` are the crates whose names a module must not hide.
    pub fn parse(kind: NameKind, text: &str, crates: &[String]) -> Result<Self> {
        check_characters(kind, text)?;
        let name = Self { words: words(text) };
        let snake = name.snake();
        let refuse = |reason: &str| {
            Err(Error::Name {
                message: format!("the {} name `{text}` is {reason}", kind.noun()),
                hint: format!("try `{}`", kind.instead_of(&snake)),
            })
        };
        if snake.len() > MAX_LENGTH {
            return Err(too_long(kind, text));
        }
        let reserved = if kind.is_module() {
            reserved::module(&snake)
        } else {
            is_keyword(&snake).then_some("a Rust keyword")
        };
        if let Some(reason) = reserved {
            return refuse(reason);
        }
        if kind.parent() == Some(&snake) {
            return refuse("the name of the module that it would be in");
        }
        if kind == NameKind::Task && reserved::is_flow(&snake) {
            return refuse("what the service calls a kind of flow");
        }
        if kind.is_module() && crates.contains(&snake) {
            return refuse("the name of a crate that this project uses");
        }
        if kind.is_module() && reserved::hides_type(&name.pascal()) {
            return refuse("a type that Rust or the service has already");
        }
        Ok(name)
    }

    /// `send_welcome_email`
    pub fn snake(&self) -> String {
        self.words.join("_")
    }

    /// `send-welcome-email`
    pub fn kebab(&self) -> String {
        self.words.join("-")
    }

    /// `SendWelcomeEmail`
    pub fn pascal(&self) -> String {
        self.words.iter().map(|word| capitalise(word)).collect()
    }

    /// `send welcome email`
    pub fn spaced(&self) -> String {
        self.words.join(" ")
    }

    /// The name with its last word in the singular.
    pub fn singular(&self) -> Self {
        let mut words = self.words.clone();
        if let Some(last) = words.last_mut() {
            *last = singular(last);
        }
        Self { words }
    }

    /// The name with a word in front.
    pub fn with_verb(&self, verb: &str) -> Self {
        let mut words = vec![verb.to_owned()];
        words.extend(self.words.iter().cloned());
        Self { words }
    }
}

fn check_characters(kind: NameKind, text: &str) -> Result<()> {
    let noun = kind.noun();
    let problem = if text.is_empty() {
        format!("the {noun} name is empty")
    } else if text.len() > MAX_LENGTH {
        return Err(too_long(kind, text));
    } else if text.contains(['/', '\\', '.', ':']) {
        format!("the {noun} name `{text}` is a path, not a name")
    } else if !text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    {
        format!(
            "the {noun} name `{}` has characters other than a-z, 0-9, `_` and `-`",
            shown(text)
        )
    } else if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        format!("the {noun} name `{text}` does not start with a letter")
    } else if text.ends_with(['_', '-']) || has_double_separator(text) {
        format!("the {noun} name `{text}` has an empty word")
    } else {
        return Ok(());
    };
    Err(Error::Name {
        message: problem,
        hint: suggestion(kind, text),
    })
}

fn has_double_separator(text: &str) -> bool {
    let separator = |b: &u8| *b == b'_' || *b == b'-';
    text.as_bytes()
        .windows(2)
        .any(|pair| pair.iter().all(separator))
}

fn too_long(kind: NameKind, text: &str) -> Error {
    let count = text.chars().count();
    Error::Name {
        message: format!("the {} name has {count} characters", kind.noun()),
        hint: format!("use at most {MAX_LENGTH}"),
    }
}

/// What was typed, for messages: control characters would garble the terminal, and endless text the message.
pub(crate) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(MAX_LENGTH).collect();
    let rest = if chars.next().is_some() { "…" } else { "" };
    format!("{}{rest}", start.escape_debug())
}

/// The nearest name that would be accepted.
fn suggestion(kind: NameKind, text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let words = words(&kept);
    let snake = words.join("_");
    let snake = snake.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let accepted = (!snake.is_empty()).then(|| Name::parse(kind, snake, &[]));
    match accepted {
        Some(Ok(name)) => format!("try `{}`", name.snake()),
        _ => match kind {
            NameKind::Route => "use a plural noun, for example `reports`".to_owned(),
            NameKind::Task => "use a verb phrase, for example `send_report`".to_owned(),
            NameKind::Migration => "use a verb phrase, for example `create_reports`".to_owned(),
            NameKind::Field => "use a noun, for example `user_id`".to_owned(),
            NameKind::Table => "use a plural noun, for example `reports`".to_owned(),
            NameKind::Schedule => "use a few words, for example `nightly_report`".to_owned(),
            NameKind::Resource => "use a noun, for example `report`".to_owned(),
            NameKind::Value => "use a small word, for example `draft`".to_owned(),
        },
    }
}

/// Splits at separators and where capitals begin.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut begins = true;
    for (index, &c) in chars.iter().enumerate() {
        if c == '_' || c == '-' {
            begins = true;
            continue;
        }
        let before = index.checked_sub(1).map(|at| chars[at]);
        let after_small = before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let before_small = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let capital = c.is_ascii_uppercase() && (after_small || before_small);
        if begins || capital {
            words.push(String::new());
        }
        begins = false;
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

fn capitalise(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests;
