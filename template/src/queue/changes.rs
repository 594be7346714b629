//! Following a task.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};

use super::wait::{Looks, find};
use super::{TaskRecord, TaskState};
use crate::app::App;
use crate::db;
use crate::id::Id;

/// A task may say all the time how far it is: that is not looked at more often.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

/// What has happened to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is in another state, or at its next attempt.
    State,
    /// It says how far it is.
    Progress,
    /// It is in its last state.
    End,
}

impl ChangeKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Progress => "progress",
            Self::End => "end",
        }
    }
}

/// Something that has happened to a task.
#[derive(Debug)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// The task, now.
    pub task: TaskRecord,
}

/// What is going to happen to a task.
///
/// It is looked at like one that is [waited for](super::wait_for). What comes and goes between two
/// looks is not seen, the end always is.
pub struct Changes {
    app: Arc<App>,
    id: Id,
    looks: Looks,
    seen: Seen,
    last: ChangeKind,
}

/// What makes a change.
#[derive(PartialEq)]
struct Seen {
    state: TaskState,
    attempts: i32,
    percent: Option<i32>,
    message: Option<String>,
}

impl Seen {
    fn of(task: &TaskRecord) -> Self {
        Self {
            state: task.state(),
            attempts: task.attempts,
            percent: task.progress_percent,
            message: task.progress_message.clone(),
        }
    }
}

impl Changes {
    /// The task as it is now, and what is going to happen to it; `None` if there is no such task.
    pub async fn of(app: &Arc<App>, id: Id) -> Result<Option<(Change, Self)>, db::Error> {
        let looks = Looks::new(app, id);
        let Some(task) = find(app, id).await? else {
            return Ok(None);
        };
        let kind = match task.state().is_finished() {
            true => ChangeKind::End,
            false => ChangeKind::State,
        };
        let changes = Self {
            app: Arc::clone(app),
            id,
            looks,
            seen: Seen::of(&task),
            last: kind,
        };
        Ok(Some((Change { kind, task }, changes)))
    }

    /// Waits for the next change. There is none after the end, nor once the task is deleted.
    pub async fn next(&mut self) -> Option<Change> {
        match self.last {
            ChangeKind::End => return None,
            ChangeKind::Progress => tokio::time::sleep(PROGRESS_PAUSE).await,
            ChangeKind::State => {}
        }
        loop {
            self.looks.next().await;
            match find(&self.app, self.id).await {
                Ok(Some(task)) => {
                    if let Some(kind) = self.compare(&task) {
                        return Some(Change { kind, task });
                    }
                }
                Ok(None) => return None,
                Err(error) => tracing::warn!(task_id = %self.id, %error, "cannot look at a task"),
            }
        }
    }

    /// All changes, beginning with this one.
    pub fn stream(self, first: Change) -> impl Stream<Item = Change> + Send + 'static {
        let rest = stream::unfold(self, |mut changes| async move {
            let change = changes.next().await?;
            Some((change, changes))
        });
        stream::iter([first]).chain(rest)
    }

    fn compare(&mut self, task: &TaskRecord) -> Option<ChangeKind> {
        let now = Seen::of(task);
        if now == self.seen {
            return None;
        }
        let is_same_attempt = (now.state, now.attempts) == (self.seen.state, self.seen.attempts);
        self.last = match is_same_attempt {
            _ if now.state.is_finished() => ChangeKind::End,
            true => ChangeKind::Progress,
            false => ChangeKind::State,
        };
        self.seen = now;
        Some(self.last)
    }
}
