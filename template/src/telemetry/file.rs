use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::sink::{Destination, Line};
use super::stream::Stream;
use crate::config::{LogFileConfig, LogRotation};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const HOUR: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]-[hour]");

/// A file that is followed by another one every hour or every day (UTC), whose name then ends in
/// that hour or day. Processes that write to the same one do not get into each other's way.
#[derive(Debug)]
pub(super) struct RotatingFile {
    config: LogFileConfig,
    suffix: Option<String>,
    stream: Option<Stream<File>>,
}

impl RotatingFile {
    /// Opens the file of this time, or fails if that is not possible.
    pub(super) fn open(config: &LogFileConfig, now: OffsetDateTime) -> io::Result<Self> {
        let mut file = Self {
            config: config.clone(),
            suffix: None,
            stream: None,
        };
        file.follow(now)?;
        Ok(file)
    }

    /// Goes on to the file of this time, unless that is open.
    fn follow(&mut self, now: OffsetDateTime) -> io::Result<&mut Stream<File>> {
        let suffix = self.suffix_at(now);
        if self.suffix != suffix {
            self.stream = None;
        }
        match &mut self.stream {
            Some(stream) => Ok(stream),
            closed => {
                if let Some(folder) = self.config.path.parent() {
                    fs::create_dir_all(folder)?;
                }
                let path = path_of(&self.config, suffix.as_deref());
                let file = File::options().append(true).create(true).open(path)?;
                self.suffix = suffix;
                remove_old(&self.config);
                Ok(closed.insert(Stream::new(file)))
            }
        }
    }

    fn suffix_at(&self, now: OffsetDateTime) -> Option<String> {
        let format = match self.config.rotation {
            LogRotation::Never => return None,
            LogRotation::Daily => DAY,
            LogRotation::Hourly => HOUR,
        };
        now.format(format).ok()
    }

    fn write_at(&mut self, now: OffsetDateTime, lines: &[Line]) -> usize {
        match self.follow(now) {
            Ok(stream) => stream.write(lines),
            Err(_) => lines.len(),
        }
    }
}

fn path_of(config: &LogFileConfig, suffix: Option<&str>) -> PathBuf {
    let mut path = OsString::from(&config.path);
    if let Some(suffix) = suffix {
        path.push(".");
        path.push(suffix);
    }
    path.into()
}

/// Removes the oldest files, so that no more than `LOG_FILE_MAX_FILES` are left. If that fails, it
/// is tried again with the next file. Where nothing rotates here, what is there belongs to others.
fn remove_old(config: &LogFileConfig) {
    if config.rotation == LogRotation::Never {
        return;
    }
    let prefix = path_of(config, Some(""));
    let Some(prefix) = prefix.file_name().and_then(|name| name.to_str()) else {
        return;
    };
    let folder = config
        .path
        .parent()
        .filter(|path| !path.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(".".as_ref())) else {
        return;
    };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let suffix = name.and_then(|name| name.strip_prefix(prefix));
        suffix.is_some_and(is_suffix)
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths.filter(is_ours).collect();
    files.sort_unstable();
    let surplus = files.len().saturating_sub(config.max_files);
    for file in &files[..surplus] {
        drop(fs::remove_file(file));
    }
}

/// Whether it is a day or an hour as they stand in names.
fn is_suffix(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || c == '-';
    ["2000-01-01".len(), "2000-01-01-00".len()].contains(&text.len()) && text.chars().all(is_part)
}

impl Destination for RotatingFile {
    type Item = Line;

    const PAUSE: Duration = Duration::from_millis(1);

    fn write(&mut self, lines: &[Line]) -> usize {
        self.write_at(OffsetDateTime::now_utc(), lines)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use tracing::Level;

    use super::*;

    fn write(file: &mut RotatingFile, now: OffsetDateTime, text: &str) {
        let line = Line {
            time: now,
            level: Level::INFO,
            text: text.into(),
        };
        assert_eq!(file.write_at(now, &[line]), 0);
    }

    fn names(folder: &std::path::Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let names = entries.map(|entry| entry.file_name().into_string().expect("text"));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn each_day_has_a_file_and_only_the_latest_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = folder.path().join("service.log.of-somebody");
        fs::write(other, "").expect("it is written");
        let config = LogFileConfig {
            path: folder.path().join("service.log"),
            rotation: LogRotation::Daily,
            max_files: 2,
        };
        let first = datetime!(2026-12-30 23:59:59 UTC);
        let mut file = RotatingFile::open(&config, first).expect("it opens");
        write(&mut file, first, "a\n");
        write(&mut file, datetime!(2026-12-31 00:00 UTC), "b\n");
        write(&mut file, datetime!(2026-12-31 12:00 UTC), "c\n");
        write(&mut file, datetime!(2027-01-01 00:00 UTC), "d\n");
        let left = [
            "service.log.2026-12-31",
            "service.log.2027-01-01",
            "service.log.of-somebody",
        ];
        assert_eq!(names(folder.path()), left);
        let text = fs::read_to_string(folder.path().join(left[0])).expect("a text");
        assert_eq!(text, "b\nc\n");
    }

    #[test]
    fn a_file_that_is_not_rotated_has_its_plain_name_and_is_continued() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = LogFileConfig {
            path: folder.path().join("logs/service.log"),
            rotation: LogRotation::Never,
            max_files: 1,
        };
        for text in ["a\n", "b\n"] {
            let now = datetime!(2026-12-31 12:00 UTC);
            let mut file = RotatingFile::open(&config, now).expect("it opens");
            write(&mut file, now, text);
        }
        let text = fs::read_to_string(&config.path).expect("a text");
        assert_eq!(text, "a\nb\n");
        let hourly = LogFileConfig {
            rotation: LogRotation::Hourly,
            ..config
        };
        RotatingFile::open(&hourly, datetime!(2026-12-31 12:30 UTC)).expect("it opens");
        let names = names(&folder.path().join("logs"));
        assert_eq!(names, ["service.log", "service.log.2026-12-31-12"]);
    }
}
