//! A client that reads server-sent events.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(20);

/// A stream of events.
pub(crate) struct EventReader {
    response: reqwest::Response,
    received: String,
}

/// An event, as the client understands it.
#[derive(Debug)]
pub(crate) struct ServerEvent {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

impl EventReader {
    /// Connects, and expects a stream.
    pub(crate) async fn open(url: &str, token: &str) -> Self {
        let response = Self::ask(url, &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(response.status(), 200);
        Self {
            response,
            received: String::new(),
        }
    }

    /// Connects, whatever the answer.
    pub(crate) async fn ask(url: &str, headers: &[(&'static str, &str)]) -> reqwest::Response {
        let request = headers
            .iter()
            .fold(reqwest::Client::new().get(url), |request, (name, value)| {
                request.header(*name, *value)
            });
        request.send().await.expect("an answer")
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next lines up to an empty one; `None` once the stream has properly ended.
    pub(crate) async fn next_block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.received.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.received = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("news").expect("the stream is whole")?;
            let chunk = std::str::from_utf8(&chunk).expect("text");
            self.received.push_str(chunk);
        }
    }

    /// The next event; comments are skipped.
    pub(crate) async fn next(&mut self) -> Option<ServerEvent> {
        loop {
            let block = self.next_block().await?;
            let field = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.map(|value| value.trim_start().to_owned())
            };
            if let Some(name) = field("event:") {
                let data = field("data:").expect("data");
                return Some(ServerEvent {
                    name,
                    id: field("id:"),
                    data: serde_json::from_str(&data).expect("JSON"),
                });
            }
        }
    }
}
