//! Guarantee 4.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::lab::{Api, Lab};
use template_tests::proof::prove;

/// The arguments of a task, in bytes: a backlog that was fetched as a whole would show in the memory.
const ARGS_BYTES: usize = 4_000;

/// How many are enqueued in one request.
const BATCH: usize = 1_000;

/// The most memory that a worker takes: less than the larger backlog, which is 200 MB. The caches of SQLite, one for each
/// connection, are the most of it.
const MAX_MEMORY_MB: u64 = 150;

/// Between two looks.
const TICK: Duration = Duration::from_millis(250);

/// The longest time without any progress.
const MAX_STALL: Duration = Duration::from_secs(20);

pub(crate) fn a_backlog_drains_at_full_speed(pair: Pair) {
    prove(pair, "4-backlog", |size| {
        let backlog = size.pick(5_000, 50_000);
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let args: Vec<Value> = vec![json!({"text": "a".repeat(ARGS_BYTES)}); BATCH];
        for _ in 0..backlog / BATCH {
            api.enqueue("do_nothing", &args);
        }
        let worker = lab.worker();
        let (half, whole) = drain(&api, i64::try_from(backlog).expect("a small number"));
        let memory = worker.peak_memory_mb();
        assert!(memory < MAX_MEMORY_MB, "{memory} MB");
        let allowed = half * 3 + Duration::from_secs(2);
        assert!(whole - half < allowed, "{half:?}, but {whole:?} in all");
        worker.stop();
        let rate = f64::from(u32::try_from(backlog).expect("a small number")) / whole.as_secs_f64();
        format!("{backlog} at {rate:.0}/s, {memory} MB")
    });
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
