use std::pin::pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, SelectAll};
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::AppState;
use crate::error::AppError;
use crate::id::Id;
use crate::queue::{Change, Changes};
use crate::routes::tasks::TaskEvent;
use crate::streams::{End, OpenStream};

/// The most tasks that one socket may watch at once.
const MAX_WATCHED: usize = 16;

/// How long a client may take to accept a message.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// How long a client may take to say goodbye.
const GOODBYE_PATIENCE: Duration = Duration::from_secs(1);

/// A client that is refused more often is closed: each time costs a query.
const MAX_REFUSED: usize = 16;

/// What a client may ask for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    watch: String,
}

/// What it is told when it cannot have that.
#[derive(Serialize)]
struct Refusal<'a> {
    event: &'static str,
    id: Option<&'a str>,
    detail: String,
}

/// What is said over a socket.
pub(super) struct Conversation {
    state: AppState,
    stream: OpenStream,
}

/// The tasks that a client watches.
struct Watched {
    state: AppState,
    changes: SelectAll<BoxStream<'static, Change>>,
    refused: usize,
}

/// What to do next.
enum Turn {
    Say(Message),
    Listen,
    Close(u16, &'static str),
    Leave,
}

impl Conversation {
    pub(super) fn new(state: AppState, stream: OpenStream) -> Self {
        Self { state, stream }
    }

    /// Talks until one of the two wants to end it.
    pub(super) async fn run(self, mut socket: WebSocket) {
        let mut over = pin!(self.stream.over());
        let mut watched = Watched::new(self.state.clone());
        let mut heartbeat = interval(self.state.config.streams.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_alive = true;
        loop {
            let turn = tokio::select! {
                end = &mut over => farewell(end),
                received = socket.recv() => {
                    is_alive = true;
                    match received {
                        Some(Ok(message)) => watched.hear(message).await,
                        Some(Err(_)) | None => Turn::Leave,
                    }
                }
                Some(change) = watched.changes.next(), if !watched.changes.is_empty() => {
                    say(&TaskEvent::new(&self.state, change))
                }
                // Whoever did not even answer the last one is gone.
                _ = heartbeat.tick() => match std::mem::take(&mut is_alive) {
                    true => Turn::Say(Message::Ping(Bytes::new())),
                    false => Turn::Leave,
                },
            };
            match turn {
                Turn::Say(message) => {
                    if !is_sent(&mut socket, message).await {
                        return;
                    }
                }
                Turn::Listen => {}
                Turn::Close(code, reason) => return close(socket, code, reason).await,
                Turn::Leave => return,
            }
        }
    }
}

impl Watched {
    fn new(state: AppState) -> Self {
        Self {
            state,
            changes: SelectAll::new(),
            refused: 0,
        }
    }

    async fn hear(&mut self, message: Message) -> Turn {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => {
                return Turn::Close(close_code::UNSUPPORTED, "only text is understood here");
            }
            // A ping is answered below, as is a close, after which nothing more is received.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Turn::Listen,
        };
        if !text.trim_start().starts_with('{') {
            return Turn::Say(Message::text(format!("Message text was: {text}")));
        }
        match serde_json::from_str(&text) {
            Ok(Request { watch }) => match self.watch(&watch).await {
                Ok(()) => Turn::Listen,
                Err(detail) => self.refuse(Some(&watch), detail),
            },
            Err(error) => self.refuse(None, format!("this is not understood: {error}")),
        }
    }

    fn refuse(&mut self, id: Option<&str>, detail: String) -> Turn {
        self.refused += 1;
        if self.refused > MAX_REFUSED {
            return Turn::Close(close_code::POLICY, "too much of this had to be refused");
        }
        say(&Refusal {
            event: "refused",
            id,
            detail,
        })
    }

    /// From now on, tells of this task.
    async fn watch(&mut self, id: &str) -> Result<(), String> {
        if self.changes.len() >= MAX_WATCHED {
            return Err(format!("no more than {MAX_WATCHED} tasks at once"));
        }
        let unknown = || "there is no such task".to_owned();
        let id: Id = id.parse().map_err(|_| unknown())?;
        let found = Changes::of(&self.state.0, id).await;
        let found = found.map_err(|error| {
            tracing::warn!(task_id = %id, %error, "cannot look at a task");
            AppError::from(error).detail().to_owned()
        })?;
        let (first, changes) = found.ok_or_else(unknown)?;
        // Looking at it again and again costs as much as for a stream of its own.
        let slot = self.state.streams.take_slot();
        let slot = slot.map_err(|error| error.detail().to_owned())?;
        let changes = changes.stream(first).map(move |change| (&slot, change).1);
        self.changes.push(changes.boxed());
        Ok(())
    }
}

fn say(message: &impl Serialize) -> Turn {
    match serde_json::to_string(message) {
        Ok(text) => Turn::Say(Message::text(text)),
        Err(error) => {
            tracing::error!(%error, "a message cannot be written");
            Turn::Close(close_code::ERROR, "something went wrong on our side")
        }
    }
}

fn farewell(end: End) -> Turn {
    match end {
        End::Stopping => Turn::Close(close_code::AWAY, "the service stops, connect again"),
        End::TokenExpired => Turn::Close(close_code::POLICY, "the token has expired"),
    }
}

async fn is_sent(socket: &mut WebSocket, message: Message) -> bool {
    matches!(
        timeout(SEND_PATIENCE, socket.send(message)).await,
        Ok(Ok(()))
    )
}

/// Says goodbye, and waits a moment for the answer: a connection that is closed at once may take
/// the goodbye with it.
async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let goodbye = async {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(GOODBYE_PATIENCE, goodbye).await;
}
