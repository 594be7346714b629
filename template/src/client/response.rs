use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::ClientError;

/// What another service has answered, all of it.
#[derive(Debug)]
pub struct ClientResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    peer: Arc<str>,
}

impl ClientResponse {
    pub(super) async fn read(
        peer: &Arc<str>,
        mut answer: reqwest::Response,
        limit: usize,
    ) -> Result<Self, ClientError> {
        let mut body = Vec::new();
        let broken = |error| ClientError::unreachable(peer, error);
        while let Some(part) = answer.chunk().await.map_err(broken)? {
            if body.len() + part.len() > limit {
                let peer = Arc::clone(peer);
                return Err(ClientError::TooLarge { peer, limit });
            }
            body.extend_from_slice(&part);
        }
        Ok(Self {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body: body.into(),
            peer: Arc::clone(peer),
        })
    }

    /// An error unless the status is one of success.
    pub fn success(self) -> Result<Self, ClientError> {
        match self.status.is_success() {
            true => Ok(self),
            false => Err(ClientError::Status {
                peer: self.peer,
                status: self.status,
            }),
        }
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|source| ClientError::Body {
            peer: Arc::clone(&self.peer),
            source,
        })
    }
}
