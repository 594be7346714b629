use std::io::Write;
use std::time::Duration;

use super::sink::{Destination, Line};

/// Standard output, standard error, or a file.
#[derive(Debug)]
pub(super) struct Stream<W> {
    writer: W,
    buffer: Vec<u8>,
}

impl<W: Write> Stream<W> {
    pub(super) fn new(writer: W) -> Self {
        Self {
            writer,
            buffer: Vec::new(),
        }
    }

    /// Writes all lines at once. Returns how many of them are lost.
    pub(super) fn write(&mut self, lines: &[Line]) -> usize {
        self.buffer.clear();
        for line in lines {
            self.buffer.extend_from_slice(line.text.as_bytes());
        }
        let written = self.writer.write_all(&self.buffer);
        match written.and_then(|()| self.writer.flush()) {
            Ok(()) => 0,
            Err(_) => lines.len(),
        }
    }
}

impl<W: Write + Send + 'static> Destination for Stream<W> {
    type Item = Line;

    // Enough for a busy process to write hundreds of lines with one system call, and too short for
    // anybody who looks on.
    const PAUSE: Duration = Duration::from_millis(1);

    fn write(&mut self, lines: &[Line]) -> usize {
        Self::write(self, lines)
    }
}
