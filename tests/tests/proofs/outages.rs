//! Guarantee 2.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::deployment::{Process, eventually};
use template_tests::lab::{Api, Broker, Lab};
use template_tests::proof::prove;

use crate::persons::Persons;

/// The longest that a request may take while the broker is away: it is asked for a quarter of a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// A pause between requests, so that an outage holds many and the machine is not the measure.
const PAUSE: Duration = Duration::from_millis(50);

/// Where tasks wait that ask for no other queue.
pub(crate) const QUEUE: &str = "default";

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
        let (requests, slowest) = enqueue_meanwhile(&api, &persons.birthdays(10));
        assert!(slowest < PATIENCE, "{slowest:?}");
        let count = 10 * (1 + requests);
        let (_, readiness) = api.client().wait_for_readiness(503);
        let checks = json!({"database": "up", "broker": "down"});
        assert_eq!(readiness.json()["checks"], checks);
        broker.restart();
        let start = Instant::now();
        api.wait_for_all("add_one_year", count, lab.lease_secs + 20);
        let secs = start.elapsed().as_secs_f64();
        persons.assert_had(&api, count);
        api.client().wait_for_readiness(200);
        assert!(worker.is_alive() && idle.is_alive());
        assert_is_used(&broker, &api, [worker, idle]);
        format!(
            "{requests} requests answered 202 within {} ms, all run {secs:.1} s after it is back",
            slowest.as_millis()
        )
    });
}

/// Enqueues these birthdays again and again while the broker is away. Returns how many requests that were, all answered
/// with 202, and how long the slowest took.
fn enqueue_meanwhile(api: &Api, birthdays: &[Value]) -> (usize, Duration) {
    let (mut requests, mut slowest) = (0, Duration::ZERO);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let asked = Instant::now();
        api.enqueue("add_one_year", birthdays);
        slowest = slowest.max(asked.elapsed());
        requests += 1;
        std::thread::sleep(PAUSE);
    }
    (requests, slowest)
}

/// Checks that tasks go through the broker: without it, the ledger alone would have them run, too.
fn assert_is_used(broker: &Broker, api: &Api, workers: [Process; 2]) {
    const TASKS: usize = 10;
    const ARRIVAL: Duration = Duration::from_millis(500);

    for worker in workers {
        // The ledger knows nothing of this message, so it is gone only if somebody has fetched it.
        broker.publish(QUEUE, &[b"no id".to_vec()]);
        wait_for_depth(broker, 0);
        // RabbitMQ counts a message no more once it is on its way to a worker, who says next that it has arrived.
        std::thread::sleep(ARRIVAL);
        worker.stop();
    }
    // What a worker had not acknowledged would be back.
    wait_for_depth(broker, 0);
    // There is no worker now, and so no relay: it is the API itself that tells the broker.
    api.enqueue("do_nothing", &vec![json!({"text": ""}); TASKS]);
    wait_for_depth(broker, TASKS);
}

/// Waits until the broker has so many messages.
pub(crate) fn wait_for_depth(broker: &Broker, depth: usize) {
    eventually(&format!("{depth} messages in the broker"), 10, || {
        (broker.depth(QUEUE) == depth).then_some(())
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
        api.enqueue("nap", &vec![json!({"ms": 50}); TASKS]);
        wait_for_depth(broker, TASKS);
        let mut worker = lab.worker();
        eventually("some are done", 20, || {
            (api.counts("nap").succeeded() > 0).then_some(())
        });
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
