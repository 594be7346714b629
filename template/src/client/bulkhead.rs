use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// With more peers than this, those that nobody calls are forgotten.
const MANY_PEERS: usize = 1_024;

/// Host and port, as the limits and the errors know a peer.
pub(super) fn peer(url: &Url) -> Arc<str> {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

/// Bounds the calls to each peer, so that one that has become slow does not take all there is.
pub(super) struct Bulkhead {
    limit: usize,
    peers: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

impl Bulkhead {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            peers: Mutex::default(),
        }
    }

    /// Waits for the turn of a call, which lasts until it is dropped.
    pub(super) async fn enter(&self, peer: &Arc<str>) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.turns_of(peer).acquire_owned().await.ok()
    }

    fn turns_of(&self, peer: &Arc<str>) -> Arc<Semaphore> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= MANY_PEERS {
            peers.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let turns = peers.entry(Arc::clone(peer));
        Arc::clone(turns.or_insert_with(|| Arc::new(Semaphore::new(self.limit))))
    }
}
