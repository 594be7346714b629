//! How many tasks to claim ahead of their being run.
//!
//! Many, where tasks are short: the claims cost little then. Few, where they are long: others could
//! run them meanwhile. Nobody needs to know which it is, for a worker sees how long its claims last.
//! Whoever knows better sets `WORKER_PREFETCH`, which holds then.

use std::time::{Duration, Instant};

/// The most tasks of a queue that a worker claims ahead.
const MAX_AHEAD: usize = 1_024;

/// A claim that is used up sooner was too small …
const TOO_SOON: Duration = Duration::from_millis(50);

/// … and one that is not used up by then was too large.
const TOO_LATE: Duration = Duration::from_millis(200);

/// How many tasks a worker claims ahead, by how long the last claim lasted.
#[derive(Debug)]
pub(super) struct Prefetch {
    limit: usize,
    concurrency: usize,
    /// Whether the limit stays as it is.
    is_fixed: bool,
    /// When a claim took all that it might: such a one can be judged by how long it lasts.
    full_since: Option<Instant>,
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
            full_since: None,
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
            false => MAX_AHEAD.max(self.concurrency),
        }
    }

    /// How few must be left before more are claimed: what runs, and half of what waits.
    pub(super) fn refill_at(&self) -> usize {
        ((self.limit + self.concurrency) / 2).min(self.limit - 1)
    }

    /// Tasks were claimed; `full` if there may be more of them.
    pub(super) fn claimed(&mut self, full: bool) {
        self.full_since = full.then(Instant::now);
    }

    /// So many are done that there is room for more.
    pub(super) fn ran_low(&mut self) {
        let Some(lasted) = self.full_since.take().map(|since| since.elapsed()) else {
            return;
        };
        if self.is_fixed {
            return;
        }
        if lasted < TOO_SOON {
            self.limit = (self.limit * 2).min(self.most());
        } else if lasted > TOO_LATE {
            self.limit = (self.limit / 2).max(self.concurrency);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn short_tasks_are_claimed_by_the_thousand() {
        let mut prefetch = Prefetch::new(8, None);
        for _ in 0..10 {
            prefetch.claimed(true);
            prefetch.ran_low();
        }
        assert_eq!(prefetch.limit(), MAX_AHEAD);
    }

    #[test]
    fn long_tasks_are_left_to_others() {
        let mut prefetch = Prefetch::new(8, None);
        for _ in 0..2 {
            prefetch.claimed(true);
            prefetch.ran_low();
        }
        assert_eq!(prefetch.limit(), 32);
        for _ in 0..3 {
            prefetch.claimed(true);
            sleep(TOO_LATE);
            prefetch.ran_low();
        }
        assert_eq!(prefetch.limit(), 8);
        assert_eq!(prefetch.refill_at(), 7);
    }

    #[test]
    fn a_claim_that_found_little_says_nothing() {
        let mut prefetch = Prefetch::new(8, None);
        let limit = prefetch.limit();
        prefetch.claimed(false);
        prefetch.ran_low();
        assert_eq!(prefetch.limit(), limit);
    }

    #[test]
    fn what_somebody_has_chosen_holds() {
        for (ahead, refill_at) in [(0, 7), (1, 8), (10, 13)] {
            let mut prefetch = Prefetch::new(8, Some(ahead));
            prefetch.claimed(true);
            prefetch.ran_low();
            assert_eq!((prefetch.limit(), prefetch.most()), (8 + ahead, 8 + ahead));
            assert_eq!(prefetch.refill_at(), refill_at);
        }
    }
}
