use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde::Serialize;

use super::TaskResponse;
use crate::app::AppState;
use crate::queue::{Change, ChangeKind, Changes};
use crate::streams::OpenStream;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Has nginx pass events on as they come.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// Something that has happened to a task.
#[derive(Debug, Serialize)]
pub struct TaskEvent {
    event: &'static str,
    task: TaskResponse,
}

impl TaskEvent {
    /// The change as a client of the API gets to see it.
    pub fn new(state: &AppState, change: Change) -> Self {
        Self {
            event: change.kind.as_str(),
            task: TaskResponse::for_client(state, change.task),
        }
    }
}

/// Tells of the changes, or that the client has seen the last of them.
pub(super) fn respond(
    state: AppState,
    headers: &HeaderMap,
    stream: OpenStream,
    first: Change,
    changes: Changes,
) -> Response {
    // Without this, an `EventSource` would connect again and again to hear of the same end (HTML,
    // section 9.2.3).
    if end_id(&first).is_some_and(|id| headers.get(LAST_EVENT_ID).is_some_and(|seen| *seen == id)) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let keep_alive = KeepAlive::new().interval(state.config.streams.heartbeat);
    let events = changes
        .stream(first)
        .map(move |change| event(&state, change))
        .take_until(async move { stream.over().await });
    ([UNBUFFERED], Sse::new(events).keep_alive(keep_alive)).into_response()
}

fn event(state: &AppState, change: Change) -> Result<Event, axum::Error> {
    let mut event = Event::default().event(change.kind.as_str());
    if let Some(id) = end_id(&change) {
        event = event.id(id);
    }
    event.json_data(TaskResponse::for_client(state, change.task))
}

/// Names the end that this is: a task that is retried has another one.
fn end_id(change: &Change) -> Option<String> {
    let ended_at = change.task.finished_at.unwrap_or_default();
    (change.kind == ChangeKind::End).then(|| format!("end-{ended_at}"))
}
