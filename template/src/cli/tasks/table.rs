use serde_json::Value;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::db::clock::from_ms;
use crate::queue::TaskRecord;

const HEADINGS: [&str; 7] = [
    "ID", "NAME", "QUEUE", "STATE", "ATTEMPTS", "ENQUEUED", "ERROR",
];

/// What is kept of an error.
const MAX_ERROR_CHARS: usize = 60;

const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// The tasks, one in a line, under headings.
pub(super) fn tasks(tasks: &[TaskRecord]) -> String {
    if tasks.is_empty() {
        return "no tasks".to_owned();
    }
    let headings = HEADINGS.map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(headings)
        .chain(tasks.iter().map(row))
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| width(column).unwrap_or_default())
        .collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        format!("{}\n", line.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(task: &TaskRecord) -> [String; 7] {
    let error = task.error.as_deref().unwrap_or_default();
    [
        task.id.to_string(),
        printable(&task.name),
        printable(&task.queue),
        task.state().as_str().to_owned(),
        format!("{}/{}", task.attempts, task.max_attempts),
        from_ms(task.created_at).format(TIME).unwrap_or_default(),
        shortened(&printable(error)),
    ]
}

/// A task, one field in a line.
pub(super) fn details(task: &Value) -> String {
    let fields = task.as_object().into_iter().flatten();
    let line = |(name, value): (&String, &Value)| match value {
        Value::Null => String::new(),
        Value::String(text) => format!("{name:<12} {}\n", printable(text)),
        value => format!("{name:<12} {}\n", printable(&value.to_string())),
    };
    fields.map(line).collect()
}

/// Terminals obey control characters, and the ledger may hold what somebody else wrote.
fn printable(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_ERROR_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
