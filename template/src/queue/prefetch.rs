//! How many tasks to claim ahead of their being run.
//!
//! Many, where tasks are short: the claims cost little then. Few, where they are long: others could
//! run them meanwhile. Nobody needs to know which it is, for a worker sees how many end in how long.
//! Whoever knows better sets `WORKER_PREFETCH`, which holds then.

use std::time::{Duration, Instant};

/// The most tasks of a queue that a worker claims ahead.
const MAX_AHEAD: usize = 512;

/// What is claimed ahead lasts for so long, if the tasks go on to take as long as they do.
const AHEAD: Duration = Duration::from_millis(100);

/// How long they are watched for that: several may happen to end at once.
const WINDOW: Duration = Duration::from_millis(50);

/// How many tasks a worker claims ahead, by how many have lately ended in how long.
#[derive(Debug)]
pub(super) struct Prefetch {
    limit: usize,
    concurrency: usize,
    /// Whether the limit stays as it is.
    is_fixed: bool,
    claimed_at: Instant,
    /// For how long they have been watched.
    watched: Duration,
    /// How many have ended meanwhile.
    ended: usize,
}

impl Prefetch {
    /// For a worker that runs so many tasks at once, and claims so many ahead of that if somebody
    /// has chosen how many.
    pub(super) fn new(concurrency: usize, ahead: Option<usize>) -> Self {
        Self {
            // Others may be idle, and nobody knows yet how long these take.
            limit: concurrency + ahead.unwrap_or(0),
            concurrency,
            is_fixed: ahead.is_some(),
            claimed_at: Instant::now(),
            watched: Duration::ZERO,
            ended: 0,
        }
    }

    /// The most tasks to hold at the moment, running or not.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The most tasks to hold, whatever happens.
    pub(super) fn most(&self) -> usize {
        match self.is_fixed {
            true => self.limit,
            false => self.concurrency + MAX_AHEAD,
        }
    }

    /// How few must be left before more are claimed: what runs, and half of what waits.
    pub(super) fn refill_at(&self) -> usize {
        ((self.limit + self.concurrency) / 2).min(self.limit - 1)
    }

    /// Tasks were claimed. How long that took says nothing of them.
    pub(super) fn claimed(&mut self) {
        self.claimed_at = Instant::now();
    }

    /// Nothing waited: what comes next may be of another kind, and take long.
    pub(super) fn forget(&mut self) {
        if self.is_fixed {
            return;
        }
        self.limit = self.concurrency;
        self.watched = Duration::ZERO;
        self.ended = 0;
    }

    /// So many tasks have ended since the last time.
    pub(super) fn ended(&mut self, count: usize) {
        if self.is_fixed {
            return;
        }
        self.ended += count;
        self.watched += self.claimed_at.elapsed();
        if self.watched < WINDOW {
            // As many end at once that have begun at once, but not twice as many: some have begun
            // and ended meanwhile. Such a backlog is not to wait until the window is over.
            if self.ended >= 2 * self.concurrency {
                let ahead = (2 * self.ended).min(MAX_AHEAD);
                self.limit = self.limit.max(self.concurrency + ahead);
            }
            return;
        }
        let ahead = self.ended as f64 * AHEAD.div_duration_f64(self.watched);
        self.limit = self.concurrency + (ahead as usize).min(MAX_AHEAD);
        self.watched = Duration::ZERO;
        self.ended = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn short_tasks_are_claimed_by_the_hundred() {
        let mut prefetch = Prefetch::new(8, None);
        sleep(WINDOW);
        prefetch.ended(100_000);
        assert_eq!(prefetch.limit(), 8 + MAX_AHEAD);
        assert_eq!(prefetch.limit(), prefetch.most());
    }

    #[test]
    fn long_tasks_are_left_to_others() {
        let mut prefetch = Prefetch::new(8, None);
        assert_eq!(prefetch.limit(), 8);
        sleep(WINDOW);
        prefetch.ended(100);
        assert!(prefetch.limit() > 8);
        prefetch.claimed();
        sleep(4 * AHEAD);
        prefetch.ended(3);
        assert_eq!((prefetch.limit(), prefetch.refill_at()), (8, 7));
    }

    #[test]
    fn what_ends_at_once_says_nothing() {
        let mut prefetch = Prefetch::new(8, None);
        prefetch.ended(15);
        assert_eq!(prefetch.limit(), 8);
    }

    #[test]
    fn a_backlog_of_short_tasks_is_found_out_at_once() {
        let mut prefetch = Prefetch::new(8, None);
        for (ended, limit) in [(8, 8), (8, 8 + 32), (40, 8 + 112), (120, 8 + 352)] {
            prefetch.ended(ended);
            assert_eq!(prefetch.limit(), limit);
            prefetch.claimed();
        }
    }

    #[test]
    fn after_a_pause_nothing_is_known() {
        let mut prefetch = Prefetch::new(8, None);
        prefetch.ended(100);
        assert_eq!(prefetch.limit(), 8 + 200);
        prefetch.forget();
        prefetch.ended(15);
        assert_eq!(prefetch.limit(), 8);
    }

    #[test]
    fn what_somebody_has_chosen_holds() {
        for (ahead, refill_at) in [(0, 7), (1, 8), (10, 13)] {
            let mut prefetch = Prefetch::new(8, Some(ahead));
            sleep(WINDOW);
            prefetch.ended(10_000);
            assert_eq!((prefetch.limit(), prefetch.most()), (8 + ahead, 8 + ahead));
            assert_eq!(prefetch.refill_at(), refill_at);
        }
    }
}
