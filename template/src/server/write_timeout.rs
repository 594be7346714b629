use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A connection that fails when the other side has taken nothing of what it is sent for this long.
///
/// Time counts only while something waits to be taken, so a stream without news stays open.
#[derive(Debug)]
pub(super) struct WriteTimeout<S> {
    stream: S,
    limit: Duration,
    /// Begins when nothing more is taken.
    over: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncWrite + Unpin> WriteTimeout<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self {
            stream,
            limit,
            over: None,
        }
    }

    /// Writes, or fails if that has been tried in vain for too long.
    fn write(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let written = write(Pin::new(&mut self.stream), cx);
        if written.is_ready() {
            self.over = None;
            return written;
        }
        let limit = self.limit;
        let over = self.over.get_or_insert_with(|| Box::pin(sleep(limit)));
        let error = "the other side takes nothing";
        let failed = over.as_mut().poll(cx);
        failed.map(|()| Err(io::Error::new(ErrorKind::TimedOut, error)))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(cx, |stream, cx| stream.poll_write_vectored(cx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    /// Both ends of a connection that has room for one byte.
    fn connection() -> (WriteTimeout<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(1);
        (WriteTimeout::new(ours, LIMIT), theirs)
    }

    #[tokio::test]
    async fn who_takes_nothing_is_given_up() {
        let (mut ours, _theirs) = connection();
        let begun = Instant::now();
        let error = ours.write_all(b"ab").await.expect_err("nobody reads");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() >= LIMIT, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn who_takes_a_little_now_and_then_is_not() {
        let (mut ours, mut theirs) = connection();
        let read = async {
            for _ in 0..6 {
                sleep(LIMIT / 4).await;
                theirs.read_u8().await.expect("a byte");
            }
        };
        let (written, ()) = tokio::join!(ours.write_all(b"abcdef"), read);
        written.expect("each byte is taken in time");
    }

    #[tokio::test]
    async fn time_does_not_count_while_nothing_waits() {
        let (mut ours, mut theirs) = connection();
        for _ in 0..2 {
            let (written, read) = tokio::join!(ours.write_all(b"ab"), async {
                sleep(LIMIT / 4).await;
                theirs.read_exact(&mut [0; 2]).await
            });
            written.expect("it is taken in time");
            read.expect("two bytes");
            sleep(LIMIT).await;
        }
    }
}
