//! Guarantee 9.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::deployment::{Process, eventually};
use template_tests::lab::{Api, Counts, Lab};
use template_tests::proof::prove;
use template_tests::report;

use crate::persons::Persons;

/// Two hundred tasks a second, in ten requests by each of four threads.
const THREADS: usize = 4;
const REQUESTS_PER_SEC: usize = 10;
const TASKS_PER_REQUEST: usize = 5;

/// Each request has so many that fail.
const FAILING: usize = 1;

pub(crate) fn nothing_is_lost_whatever_is_killed(pair: Pair) {
    prove(pair, "9-soak", |size| {
        let mut lab = Lab::new(pair, size);
        let mut chance = Chance::new();
        let api = lab.api();
        let persons = Persons::create(&api, TASKS_PER_REQUEST - FAILING);
        let secs: usize = size.pick(20, 180);
        let (accepted, workers, kills) = std::thread::scope(|scope| {
            let load: Vec<_> = (0..THREADS)
                .map(|_| scope.spawn(|| enqueue_steadily(&api, &persons, secs)))
                .collect();
            let mut harm = Harm::new(&mut lab);
            while !load.iter().all(|load| load.is_finished()) {
                harm.kill_something(&mut chance);
            }
            let accepted = load
                .into_iter()
                .map(|load| load.join().expect("all is accepted"));
            let accepted: HashSet<String> = accepted.flatten().collect();
            let (workers, kills) = harm.end();
            (accepted, workers, kills)
        });
        let enqueued = THREADS * REQUESTS_PER_SEC * TASKS_PER_REQUEST * secs;
        assert_eq!(accepted.len(), enqueued);
        assert_books_balance(&api, &persons, enqueued, lab.lease_secs + 60);
        workers.into_iter().for_each(Process::stop);
        format!("{enqueued} tasks, {kills} kills, seed {}", chance.seed)
    });
}

/// Enqueues so many requests in so many seconds. Returns the ids of the tasks: a request that is refused ends the test.
fn enqueue_steadily(api: &Api, persons: &Persons, secs: usize) -> Vec<String> {
    let birthdays = persons.slow_birthdays(TASKS_PER_REQUEST - FAILING, 0, 40);
    let start = Instant::now();
    let interval = Duration::from_secs(1) / u32::try_from(REQUESTS_PER_SEC).expect("a few");
    let mut accepted = Vec::new();
    for number in 0..REQUESTS_PER_SEC * secs {
        let due = start + interval * u32::try_from(number).expect("a small number");
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        accepted.extend(api.enqueue("slow_birthday", &birthdays));
        accepted.extend(api.enqueue("misbehave", &[json!({"panics": number % 2 == 0})]));
    }
    accepted
}

/// Checks that every task is somewhere, waits until all are at their end, and checks that it is the right one.
///
/// However slow the machine is: it fails if for so many seconds no task comes to its end.
fn assert_books_balance(api: &Api, persons: &Persons, enqueued: usize, secs: u64) {
    let enqueued = i64::try_from(enqueued).expect("a small number");
    let failing = enqueued / i64::try_from(TASKS_PER_REQUEST / FAILING).expect("a few");
    let ended = |counts: &Counts| counts.succeeded() + counts.failed();
    let mut counts = api.all_counts();
    while ended(&counts) < enqueued {
        let before = ended(&counts);
        counts = eventually("another task comes to its end", secs, || {
            let counts = api.all_counts();
            assert_eq!(
                ended(&counts) + counts.waiting() + counts.running(),
                enqueued,
                "{counts:?}"
            );
            (ended(&counts) > before).then_some(counts)
        });
    }
    assert_eq!(counts.failed(), failing, "{counts:?}");
    assert_eq!(api.counts("misbehave").failed(), failing);
    assert_eq!(persons.birthdays_so_far(api), counts.succeeded());
}

/// What is done to the service meanwhile.
struct Harm<'a> {
    lab: &'a mut Lab,
    workers: [Process; 2],
    kills: usize,
}

impl<'a> Harm<'a> {
    fn new(lab: &'a mut Lab) -> Self {
        let workers = [(); 2].map(|()| lab.worker());
        let kills = 0;
        Self {
            lab,
            workers,
            kills,
        }
    }

    /// Kills a worker, which is replaced at once, or the broker, which comes back after a while.
    fn kill_something(&mut self, chance: &mut Chance) {
        chance.pause(500, 3_000);
        self.kills += 1;
        match (chance.below(3), &mut self.lab.broker) {
            (0, Some(broker)) => {
                broker.kill();
                chance.pause(200, 3_000);
                broker.restart();
            }
            (number, _) => {
                let number = usize::try_from(number).expect("a small number") % self.workers.len();
                let other = self.lab.worker();
                std::mem::replace(&mut self.workers[number], other).kill();
            }
        }
    }

    fn end(self) -> ([Process; 2], usize) {
        (self.workers, self.kills)
    }
}

/// Numbers by chance, the same for the same seed: `PROOF_SEED`, or the time.
struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    fn new() -> Self {
        let seed = std::env::var("PROOF_SEED").ok().map_or_else(
            || {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                now.expect("the clock is right").as_secs()
            },
            |seed| seed.parse().expect("PROOF_SEED is a number"),
        );
        report(&format!("PROOF_SEED={seed}"));
        Self { seed, state: seed }
    }

    /// A number below this one (SplitMix64).
    fn below(&mut self, limit: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pause(&mut self, from_ms: u64, to_ms: u64) {
        let ms = from_ms + self.below(to_ms - from_ms);
        std::thread::sleep(Duration::from_millis(ms));
    }
}
