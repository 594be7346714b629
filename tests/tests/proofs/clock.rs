//! Guarantee 6.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use scaffold_cli::render::Pair;
use serde_json::Value;
use template_tests::deployment::{Process, eventually};
use template_tests::lab::{Api, Lab};
use template_tests::proof::prove;

/// The schedule `tick` of `fixtures/lab`.
const INTERVAL_SECS: u64 = 2;

pub(crate) fn two_schedulers_fire_once(pair: Pair) {
    prove(pair, "6-schedule", |size| {
        let secs = size.pick(10, 60);
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let worker = lab.worker();
        let schedulers = [(); 2].map(|()| lab.service.start("scheduler"));
        let has_fired = |process: &Process| process.log().contains("schedule fired");
        eventually("both have fired", 20, || {
            schedulers.iter().all(has_fired).then_some(())
        });

        let from_ms = now_ms();
        std::thread::sleep(Duration::from_secs(secs));
        let to_ms = now_ms();
        schedulers.into_iter().for_each(Process::stop);
        let fires = eventually("all fires have run", 10, || {
            let fires = list_fires(&api);
            let has_run = |fire: &Fire| fire.state == "succeeded";
            fires.iter().all(has_run).then_some(fires)
        });
        assert_fires_once(&fires);
        let in_time = |fire: &&Fire| (from_ms..to_ms).contains(&fire.at_ms);
        let count = fires.iter().filter(in_time).count();
        let expected = usize::try_from(secs / INTERVAL_SECS).expect("a small number");
        assert!(count.abs_diff(expected) <= 1, "{count} fires in {secs} s");
        worker.stop();
        format!("{count} fires in {secs} s")
    });
}

/// Checks that both have meant the same instants, which is how they know of each other, and that no instant had two.
fn assert_fires_once(fires: &[Fire]) {
    for fire in fires {
        let (_, instant_ms) = fire.key.rsplit_once(':').expect("the instant ends the key");
        let instant_ms: u64 = instant_ms.parse().expect("milliseconds");
        assert_eq!(instant_ms % (1_000 * INTERVAL_SECS), 0, "{fire:?}");
    }
    for two in fires.windows(2) {
        // At one instant, both would write within milliseconds. One that is late may come close to the next.
        let gap_ms = two[1].at_ms - two[0].at_ms;
        assert!(gap_ms > 100, "{gap_ms} ms between {two:?}");
    }
}

#[derive(Debug)]
struct Fire {
    /// The idempotency key of its task.
    key: String,
    at_ms: u64,
    state: String,
}

fn list_fires(api: &Api) -> Vec<Fire> {
    let fires = api.client().get("/lab/fires").expect(200).json();
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let fire = |fire: &Value| Fire {
        key: text(&fire["key"]),
        at_ms: fire["createdAtMs"].as_u64().expect("a number"),
        state: text(&fire["state"]),
    };
    fires.as_array().expect("a list").iter().map(fire).collect()
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is right").as_millis();
    u64::try_from(now).expect("the clock is right")
}
