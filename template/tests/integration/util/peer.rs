//! Another service, which answers what it is told to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Listening;

/// What a peer answers to one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("a status"),
            ..Self::default()
        }
    }

    pub(crate) fn body(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }

    pub(crate) fn after(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("a value of a header");
        self.headers.insert(name, value);
        self
    }
}

/// A request that a peer has received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

#[derive(Default)]
struct Script {
    replies: HashMap<String, VecDeque<Reply>>,
    received: HashMap<String, Vec<Received>>,
    open: usize,
    most_open: usize,
}

/// A server on a port of its own, as long as it is not dropped.
pub(crate) struct Peer {
    server: Listening,
    script: Arc<Mutex<Script>>,
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let script = Arc::<Mutex<Script>>::default();
        let router = Router::new().fallback(answer).with_state(script.clone());
        Self {
            server: Listening::start(router).await,
            script,
        }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What it answers there, one after the other; the last again and again.
    pub(crate) fn replies(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let replies = replies.into_iter().collect();
        let mut script = self.script.lock().expect("no panic");
        script.replies.insert(path.to_owned(), replies);
    }

    /// What it has received there.
    pub(crate) fn received(&self, path: &str) -> Vec<Received> {
        let script = self.script.lock().expect("no panic");
        script.received.get(path).cloned().unwrap_or_default()
    }

    /// How many requests it had at once, at most.
    pub(crate) fn most_open(&self) -> usize {
        self.script.lock().expect("no panic").most_open
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    let received = Received {
        method: parts.method.to_string(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = script.lock().expect("no panic").begin(path, received);
    tokio::time::sleep(reply.delay).await;
    script.lock().expect("no panic").open -= 1;
    (reply.status, reply.headers, reply.body).into_response()
}

impl Script {
    fn begin(&mut self, path: String, received: Received) -> Reply {
        self.open += 1;
        self.most_open = self.most_open.max(self.open);
        let replies = self.replies.get_mut(&path);
        let reply = replies.and_then(|replies| match replies.len() {
            0 | 1 => replies.front().cloned(),
            _ => replies.pop_front(),
        });
        self.received.entry(path).or_default().push(received);
        reply.unwrap_or_else(|| Reply::status(404))
    }
}
