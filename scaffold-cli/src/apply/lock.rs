//! One command at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::STATE;
use crate::error::{Error, Result};

const PATIENCE: Duration = Duration::from_secs(5);

/// The right to write; given back when it is dropped or its process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits a moment for another command to end.
    pub(super) fn take(root: &Path) -> Result<Self> {
        let path = root.join(STATE).join("lock");
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(false).write(true);
        let file = options.open(&path).map_err(Error::io("write", &path))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => return Err(busy()),
            }
        }
    }
}

fn busy() -> Error {
    Error::Busy {
        message: "another scaffold command is at work in this project".to_owned(),
        hint: "run the command again when it has ended".to_owned(),
    }
}
