//! What a command did, for people and for programs.

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::Value;

/// What a command did or would do, for people and for programs.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// One entry per file.
    pub files: Vec<FileReport>,
    /// The unified diff of a dry run.
    pub diff: Option<String>,
    /// What to do now.
    pub next_steps: Vec<String>,
}

/// What happened to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Relative to the project, with `/`.
    pub path: String,
    /// What happened.
    pub action: Action,
}

/// What a command does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new file.
    Create,
    /// Lines added to a file that is there.
    Insert,
    /// Lines taken out of a file.
    Remove,
    /// A file that is taken away.
    Delete,
    /// A file that becomes what it was.
    Restore,
    /// Nothing to do.
    Identical,
    /// A generated file that its owner has edited since; left alone.
    Skip,
    /// A file that stands in the way.
    Conflict,
}

impl Action {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Insert => "Insert",
            Self::Remove => "Remove",
            Self::Delete => "Delete",
            Self::Restore => "Restore",
            Self::Identical => "Identical",
            Self::Skip => "Skip",
            Self::Conflict => "Conflict",
        }
    }

    pub(super) fn style(self) -> Style {
        let color = match self {
            Self::Create | Self::Insert => AnsiColor::Green,
            Self::Remove | Self::Delete | Self::Restore => AnsiColor::Green,
            Self::Identical => AnsiColor::Cyan,
            Self::Skip => AnsiColor::Yellow,
            Self::Conflict => AnsiColor::Red,
        };
        color.on_default().bold()
    }
}

/// The one object of `--json`.
#[derive(Default, Serialize)]
pub(super) struct Envelope<'a> {
    pub(super) ok: bool,
    pub(super) command: Option<&'a str>,
    pub(super) files: &'a [FileReport],
    pub(super) diff: Option<&'a str>,
    pub(super) next_steps: &'a [String],
    /// What a command that lists has found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<&'a [Value]>,
    pub(super) error: Option<ErrorBody<'a>>,
}

/// What went wrong.
#[derive(Serialize)]
pub(super) struct ErrorBody<'a> {
    pub(super) code: &'a str,
    pub(super) message: String,
    pub(super) hint: Option<&'a str>,
    pub(super) file: Option<String>,
    pub(super) line: Option<&'a str>,
}
