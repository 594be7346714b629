use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// How long the rest of a body is read for once nobody wants it.
const LINGER: Duration = Duration::from_secs(10);

/// A body whose rest is read and thrown away where nobody has read it to its end.
///
/// A client that is refused may still be sending. Were its connection closed at once, the system
/// would reset it (RFC 9112, section 9.6), and most clients would not see why they are refused;
/// with HTTP/2 it is the same with its stream.
#[derive(Debug)]
pub(super) struct RequestBody {
    /// Until it has ended.
    rest: Option<Incoming>,
    /// Whether the client sends nothing before it is told to, which reading does.
    waits: bool,
}

impl RequestBody {
    pub(super) fn new(body: Incoming, waits: bool) -> Self {
        Self {
            rest: Some(body),
            waits,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(rest).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref();
        rest.map_or(SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if self.waits || self.is_end_stream() {
            return;
        }
        if let (Some(rest), Ok(runtime)) = (self.rest.take(), Handle::try_current()) {
            runtime.spawn(timeout(LINGER, read_all(rest)));
        }
    }
}

async fn read_all(mut body: Incoming) {
    while let Some(Ok(_)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {}
}
