//! Guarantee 2.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::lab::Lab;
use template_tests::proof::prove;

use crate::persons::Persons;

/// The longest that a request may take while the broker is away: it is asked for a quarter of a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// A pause between requests, so that an outage holds many and the machine is not the measure.
const PAUSE: Duration = Duration::from_millis(50);

const NO_BROKER: &str = "the database is the broker";

pub(crate) fn the_broker_can_be_away(pair: Pair) {
    prove(pair, "2-broker-away", |size| {
        let mut lab = Lab::new(pair, size);
        let Some(mut broker) = lab.broker.take() else {
            return NO_BROKER.to_owned();
        };
        let api = lab.api();
        let (mut worker, mut idle) = (lab.worker(), lab.worker());
        let persons = Persons::create(&api, 10);
        api.enqueue("add_one_year", &persons.birthdays(10));
        api.wait_for_all("add_one_year", 10, 20);

        broker.kill();
        let (mut count, mut slowest) = (10, Duration::ZERO);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            let asked = Instant::now();
            api.enqueue("add_one_year", &persons.birthdays(10));
            slowest = slowest.max(asked.elapsed());
            count += 10;
            std::thread::sleep(PAUSE);
        }
        assert!(slowest < PATIENCE, "{slowest:?}");
        broker.restart();
        let start = Instant::now();
        api.wait_for_all("add_one_year", count, lab.lease_secs + 20);
        let secs = start.elapsed().as_secs_f64();
        persons.assert_had(&api, count);
        // The broker is used again, and not only what stands in for it.
        let task = api.enqueue_one("do_nothing", &json!({"text": ""}));
        api.wait_for_state(&task, "succeeded", 10);
        assert!(worker.is_alive() && idle.is_alive());
        format!(
            "{} requests answered 202 within {} ms, all run {secs:.1} s after it is back",
            count / 10 - 1,
            slowest.as_millis()
        )
    });
}

pub(crate) fn the_broker_can_be_emptied(pair: Pair) {
    /// Twice as many as have to wait: the worker has some before the broker is emptied.
    const TASKS: usize = 2_000;

    prove(pair, "2-broker-emptied", |size| {
        let lab = Lab::new(pair, size);
        let Some(broker) = &lab.broker else {
            return NO_BROKER.to_owned();
        };
        let api = lab.api();
        let mut worker = lab.worker();
        api.enqueue("nap", &vec![json!({"ms": 50}); TASKS]);
        broker.empty();
        let counts = api.counts("nap");
        assert!(counts.waiting() >= 1_000, "{counts:?}");
        let start = Instant::now();
        api.wait_for_all("nap", TASKS, lab.lease_secs + 60);
        assert!(worker.is_alive());
        format!(
            "{} waited, all run {:.1} s later",
            counts.waiting(),
            start.elapsed().as_secs_f64()
        )
    });
}
