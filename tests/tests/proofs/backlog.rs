//! Guarantee 4.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::lab::{Api, Lab};
use template_tests::proof::{Size, prove};

/// How many are enqueued in one request.
const BATCH: usize = 500;

/// Between two looks.
const TICK: Duration = Duration::from_millis(250);

/// The longest time without any progress.
const MAX_STALL: Duration = Duration::from_secs(20);

pub(crate) fn a_backlog_drains_at_full_speed(pair: Pair) {
    prove(pair, "4-backlog", |size| {
        let backlog = size.pick(5_000, 50_000);
        // In all 100 MB, or 200 MB: much, beside what a worker takes anyway.
        let args_bytes = size.pick(20_000, 4_000);
        let mut lab = Lab::new(pair, size);
        if size == Size::Short {
            // Left to itself, a worker may fetch a thousand at a time, which is a fifth of it all.
            lab.service.set("WORKER_PREFETCH", "100");
        }
        let api = lab.api();
        let args: Vec<Value> = vec![json!({"text": "a".repeat(args_bytes)}); BATCH];
        for _ in 0..backlog / BATCH {
            api.enqueue("do_nothing", &args);
        }
        let worker = lab.worker();
        let (half, whole) = drain(&api, i64::try_from(backlog).expect("a small number"));
        let memory = worker.peak_memory_mb();
        let most = most_memory_mb(backlog * args_bytes);
        assert!(memory < most, "{memory} MB, but {most} MB at most");
        let allowed = half * 3 + Duration::from_secs(2);
        assert!(whole - half < allowed, "{half:?}, but {whole:?} in all");
        worker.stop();
        let rate = f64::from(u32::try_from(backlog).expect("a small number")) / whole.as_secs_f64();
        format!("{backlog} at {rate:.0}/s, {memory} MB")
    });
}

/// The most memory that a worker may have taken: three quarters of what all arguments take together.
///
/// A worker that fetched them all would have them and what it takes without any, some 25 MB: at the short size that was
/// 130 MB, of an allowed 75. One that fetches no more than it is told took 32 MB with PostgreSQL and 54 MB with the
/// others; at the full size 127 MB with SQLite, of an allowed 150, for each of its connections has a cache.
fn most_memory_mb(args_bytes: usize) -> u64 {
    u64::try_from(args_bytes / 1_000_000 * 3 / 4).expect("a small number")
}

/// Waits until all are done. Returns how long the first half took, and the whole.
fn drain(api: &Api, backlog: i64) -> (Duration, Duration) {
    let start = Instant::now();
    let (mut half, mut done, mut progress) = (None, 0, start);
    while done < backlog {
        std::thread::sleep(TICK);
        let now_done = api.roughly_succeeded();
        if now_done > done {
            (done, progress) = (now_done, Instant::now());
        }
        assert!(progress.elapsed() < MAX_STALL, "stalled at {done}");
        if done * 2 >= backlog {
            half.get_or_insert(start.elapsed());
        }
    }
    let counts = api.counts("do_nothing");
    assert_eq!((counts.succeeded(), counts.total()), (backlog, backlog));
    (half.expect("half of it comes first"), start.elapsed())
}
