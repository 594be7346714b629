use std::io::{self, Write};

/// Prints data to standard output. A reader that has seen enough is not an error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Tells the user what is wrong. If even that fails, the exit code remains.
pub(super) fn complain(text: &str) {
    drop(writeln!(io::stderr(), "{}", text.trim_end()));
}
