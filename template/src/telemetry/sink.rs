use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, mem, thread};

use time::OffsetDateTime;
use tracing::Level;

/// A line of the log, with its line break.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) time: OffsetDateTime,
    pub(super) level: Level,
    pub(super) text: Arc<str>,
}

/// Where lines end up, or spans of traces.
pub(super) trait Destination: Send + 'static {
    /// What is written there.
    type Item: Send + 'static;

    /// How long to gather items after some were written.
    const PAUSE: Duration;

    /// Writes the items, however long that takes. Returns how many of them are lost.
    fn write(&mut self, items: &[Self::Item]) -> usize;
}

/// A way out of the process for lines, or for spans of traces.
///
/// A thread of its own writes them. Whoever logs only leaves a line for it, and never waits: when
/// that thread cannot keep up and the room is full, lines are lost and counted.
#[derive(Debug, Clone)]
pub(super) struct Sink<T = Line> {
    name: &'static str,
    shared: Arc<Shared<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    capacity: usize,
    state: Mutex<State<T>>,
    /// Wakes the thread when there is an item again.
    filled: Condvar,
    /// Wakes who waits until everything is written.
    emptied: Condvar,
    lost: AtomicU64,
}

#[derive(Debug)]
struct State<T> {
    items: Vec<T>,
    /// Whether the thread sleeps: waking it costs a system call, so nobody does it for nothing.
    is_idle: bool,
    is_writing: bool,
}

impl<T: Send + 'static> Sink<T> {
    /// Starts the thread that writes to the destination.
    pub(super) fn start(
        name: &'static str,
        capacity: usize,
        mut destination: impl Destination<Item = T>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            capacity,
            state: Mutex::new(State {
                items: Vec::new(),
                is_idle: false,
                is_writing: false,
            }),
            filled: Condvar::new(),
            emptied: Condvar::new(),
            lost: AtomicU64::new(0),
        });
        let writer = Arc::clone(&shared);
        let thread = thread::Builder::new().name(format!("log-{name}"));
        thread.spawn(move || writer.write_to(&mut destination))?;
        Ok(Self { name, shared })
    }

    /// What it is called in the metrics.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// How many items were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Leaves an item, if there is room.
    pub(super) fn push(&self, item: T) {
        let mut state = self.shared.lock();
        if state.items.len() >= self.shared.capacity {
            drop(state);
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.items.push(item);
        if mem::take(&mut state.is_idle) {
            drop(state);
            self.shared.filled.notify_one();
        }
    }

    /// Waits until everything is written, but no longer than this.
    pub(super) fn flush(&self, deadline: Instant) {
        let mut state = self.shared.lock();
        while state.is_writing || !state.items.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.shared.emptied.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to<D: Destination<Item = T>>(&self, destination: &mut D) {
        let mut items = Vec::new();
        let mut is_broken = false;
        loop {
            self.take(&mut items);
            let lost = destination.write(&items);
            self.lost.fetch_add(lost as u64, Ordering::Relaxed);
            items.clear();
            self.written();
            // Once, or each such line would be the reason for the next one.
            if is_broken != (lost > 0) {
                is_broken = !is_broken;
                tell(is_broken);
            }
            thread::sleep(D::PAUSE);
        }
    }

    /// Waits for items and takes all of them.
    fn take(&self, items: &mut Vec<T>) {
        let mut state = self.lock();
        while state.items.is_empty() {
            state.is_idle = true;
            let woken = self.filled.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state.is_idle = false;
        state.is_writing = true;
        mem::swap(&mut state.items, items);
    }

    fn written(&self) {
        self.lock().is_writing = false;
        self.emptied.notify_all();
    }
}

/// Tells all sinks of the trouble with this one.
fn tell(is_broken: bool) {
    let thread = thread::current();
    let sink = thread.name();
    if is_broken {
        tracing::warn!(sink, "what is written there is lost");
    } else {
        tracing::info!(sink, "what is written there arrives again");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Hands lines on once it is told to, and says that it lost the empty ones.
    struct Slow {
        may_write: mpsc::Receiver<()>,
        written: mpsc::Sender<String>,
    }

    impl Destination for Slow {
        type Item = Line;

        const PAUSE: Duration = Duration::ZERO;

        fn write(&mut self, lines: &[Line]) -> usize {
            let _ = self.may_write.recv();
            for line in lines {
                drop(self.written.send(line.text.to_string()));
            }
            lines.iter().filter(|line| line.text.is_empty()).count()
        }
    }

    fn line(text: &str) -> Line {
        Line {
            time: OffsetDateTime::UNIX_EPOCH,
            level: Level::INFO,
            text: text.into(),
        }
    }

    #[test]
    fn whoever_logs_never_waits_and_what_is_lost_is_counted() {
        let (go, may_write) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let sink = Sink::start("slow", 2, Slow { may_write, written }).expect("a thread");
        sink.push(line("0"));
        // The thread is stuck with the first line from now on.
        while !sink.shared.lock().is_writing {
            thread::yield_now();
        }
        for text in ["1", "", "3", "4"] {
            sink.push(line(text));
        }
        assert_eq!(sink.lost(), 2);

        let begun = Instant::now();
        sink.flush(begun + Duration::from_millis(50));
        assert!(begun.elapsed() < Duration::from_secs(5));
        go.send(()).expect("it waits");
        go.send(()).expect("it waits");
        sink.flush(Instant::now() + Duration::from_secs(20));
        assert_eq!(lines.try_iter().collect::<Vec<_>>(), ["0", "1", ""]);
        assert_eq!(sink.lost(), 3);
    }
}
