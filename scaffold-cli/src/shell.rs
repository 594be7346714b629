//! The only module that prints: stdout is data, stderr is talk.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::error::{Error, Result};

mod listing;
mod report;

pub use listing::Listing;
pub use report::{Action, FileReport, Report};

use report::{Envelope, ErrorBody};

/// Prints for people or, with `--json`, one object for programs.
pub struct Shell {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    json: bool,
    quiet: bool,
    command: Option<String>,
    reported: bool,
    /// Why not all of the data is out.
    unwritten: Option<io::Error>,
}

impl Shell {
    /// A shell on the process's own streams.
    pub fn new(json: bool, quiet: bool) -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(AutoStream::auto(io::stderr())),
            json,
            quiet,
            command: None,
            reported: false,
            unwritten: None,
        }
    }

    /// Names the command in the JSON object.
    pub fn set_command(&mut self, command: &str) {
        self.command = Some(command.to_owned());
    }

    /// Prints a status line: a right-aligned word and a message.
    pub fn status(&mut self, word: &str, message: &str) {
        self.status_styled(word, AnsiColor::Green.on_default().bold(), message);
    }

    /// Prints a sentence to stderr.
    pub fn note(&mut self, message: &str) {
        if !self.json && !self.quiet {
            write_line(&mut self.err, message);
        }
    }

    /// Prints data to stdout as it is.
    pub fn data(&mut self, text: &str) {
        if !self.json {
            self.out(text);
        }
    }

    /// Writes to stdout, and remembers why that was not possible.
    fn out(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes());
        if let Err(error) = written.and_then(|()| self.out.flush())
            && !is_closed(&error)
        {
            self.unwritten = Some(error);
        }
    }

    /// An error if some of the data could not be written.
    pub fn finish(&mut self) -> Result<()> {
        match self.unwritten.take() {
            Some(error) => Err(Error::io("write", "the output")(error)),
            None => Ok(()),
        }
    }

    /// Prints what a command did; in JSON mode this is the one object.
    pub fn report(&mut self, report: &Report) {
        if self.json {
            self.envelope(Envelope {
                files: &report.files,
                diff: report.diff.as_deref(),
                next_steps: &report.next_steps,
                ..Envelope::default()
            });
            return;
        }
        self.file_lines(&report.files);
        if let Some(diff) = &report.diff {
            self.data(diff);
        }
        if !report.next_steps.is_empty() {
            self.note("\nNext steps:");
            for step in &report.next_steps {
                self.note(&format!("  {step}"));
            }
        }
    }

    /// Prints a table; in JSON mode this is the one object.
    pub fn list(&mut self, listing: &Listing) {
        if self.json {
            self.envelope(Envelope {
                items: Some(listing.items()),
                ..Envelope::default()
            });
        } else {
            self.data(&listing.table());
        }
    }

    /// Prints an expected error; in JSON mode this is the one object.
    pub fn error(&mut self, error: &Error) {
        let conflict = |path: &String| FileReport {
            path: path.clone(),
            action: Action::Conflict,
        };
        let files: Vec<_> = error.conflicts().iter().map(conflict).collect();
        if self.json && !self.reported {
            let body = ErrorBody {
                code: error.code(),
                message: error.to_string(),
                hint: error.hint(),
                file: error.file(),
                line: error.line(),
            };
            self.envelope(Envelope {
                files: &files,
                items: error.items(),
                error: Some(body),
                ..Envelope::default()
            });
            return;
        }
        self.file_lines(&files);
        self.error_line(&error.to_string());
        if let Some(hint) = error.hint() {
            self.labelled("help", AnsiColor::Cyan, hint);
        }
    }

    /// Prints a wrong command line as the JSON object.
    pub fn usage_error(&mut self, message: &str, hint: Option<&str>) {
        let body = ErrorBody {
            code: "usage",
            message: message.to_owned(),
            hint: hint.or(Some("see `scaffold --help`")),
            file: None,
            line: None,
        };
        self.envelope(Envelope {
            error: Some(body),
            ..Envelope::default()
        });
    }

    /// Prints what is wrong with this program itself.
    fn bug(&mut self, message: &str, typed: &str) {
        let message = format!("this is a bug in scaffold: {}", message.trim());
        let hint = format!("please report it, with the command line: {}", typed.trim());
        if self.json {
            let body = ErrorBody {
                code: "bug",
                message,
                hint: Some(&hint),
                file: None,
                line: None,
            };
            self.envelope(Envelope {
                error: Some(body),
                ..Envelope::default()
            });
        } else {
            self.error_line(&message);
            self.labelled("help", AnsiColor::Cyan, &hint);
        }
    }

    fn error_line(&mut self, message: &str) {
        self.labelled("error", AnsiColor::Red, message);
    }

    fn labelled(&mut self, label: &str, color: AnsiColor, message: &str) {
        let style = color.on_default().bold();
        write_line(
            &mut self.err,
            &format!("{style}{label}{style:#}: {message}"),
        );
    }

    fn file_lines(&mut self, files: &[FileReport]) {
        for file in files {
            self.status_styled(file.action.word(), file.action.style(), &file.path);
        }
    }

    fn status_styled(&mut self, word: &str, style: Style, message: &str) {
        if !self.json && !self.quiet {
            write_line(
                &mut self.err,
                &format!("{style}{word:>12}{style:#} {message}"),
            );
        }
    }

    fn envelope(&mut self, envelope: Envelope<'_>) {
        let envelope = Envelope {
            ok: envelope.error.is_none(),
            command: self.command.as_deref(),
            ..envelope
        };
        let text = serde_json::to_string(&envelope).expect("strings and lists always serialise");
        self.out(&(text + "\n"));
        self.reported = true;
    }
}

/// Tells whoever sees a panic that it is a bug, and what to report.
pub fn report_panics(args: &[OsString]) {
    let json = args.iter().any(|arg| arg == "--json");
    let typed = format!("scaffold {}", typed(args));
    panic::set_hook(Box::new(move |info| {
        Shell::new(json, false).bug(&info.to_string(), &typed);
    }));
}

/// The arguments of a process as they may be typed again.
pub fn typed(args: &[OsString]) -> String {
    let word = |arg: &OsString| quoted(&arg.to_string_lossy());
    args.iter().skip(1).map(word).collect::<Vec<_>>().join(" ")
}

/// A word as it may be typed, in quotes if it needs them.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=:,./@%+?!".contains(c);
    let is_plain = |c: char| plain(c) || cfg!(windows) && c == '\\';
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Whether the reader has gone, which is its wish and not an error.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

fn write_line(stream: &mut dyn Write, line: &str) {
    // Nobody else could be told.
    let _ = writeln!(stream, "{line}");
    let _ = stream.flush();
}

#[cfg(test)]
mod tests;
