//! Guarantee 8.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::deployment::eventually;
use template_tests::lab::{Api, Broker, Lab, ids};
use template_tests::proof::prove;

use crate::outages::{QUEUE, wait_for_depth};
use crate::persons::Persons;

const TASKS: usize = 10;
const THREADS: usize = 20;

pub(crate) fn a_transaction_enqueues_all_or_nothing_and_a_key_once(pair: Pair) {
    prove(pair, "8-transaction", |size| {
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let persons = Persons::create(&api, TASKS);
        let mut request = json!({"name": "add_one_year", "args": persons.birthdays(TASKS)});
        request["rollBack"] = json!(true);
        api.ask(&request).expect(409);
        // Nobody works yet, so what was sent would stay.
        assert_holds(lab.broker.as_ref(), 0);
        request["rollBack"] = json!(false);
        api.ask(&request).expect(202);
        assert_holds(lab.broker.as_ref(), TASKS);
        let mut worker = lab.worker();
        api.wait_for_all("add_one_year", TASKS, 20);
        persons.assert_had(&api, TASKS);
        assert_key_is_taken_once(&api);
        assert!(worker.is_alive());
        format!("{THREADS} threads, one task")
    });
}

/// Checks that the broker, if there is one, comes to have so many messages, and has no others within a second.
fn assert_holds(broker: Option<&Broker>, depth: usize) {
    let Some(broker) = broker else { return };
    wait_for_depth(broker, depth);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        assert_eq!(broker.depth(QUEUE), depth);
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn assert_key_is_taken_once(api: &Api) {
    let request = json!({"name": "do_nothing", "args": [{"text": ""}], "key": "only one"});
    let mut all = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| enqueue_patiently(api, &request));
        let threads: Vec<_> = (0..THREADS).map(|_| ask()).collect();
        let id = |thread: std::thread::ScopedJoinHandle<'_, String>| thread.join();
        let all: Result<Vec<String>, _> = threads.into_iter().map(id).collect();
        all.expect("every request is answered")
    });
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    api.wait_for_all("do_nothing", 1, 20);
}

/// A 503 means that nothing was stored: on a busy machine, so many wait too long for one that holds the key.
fn enqueue_patiently(api: &Api, request: &Value) -> String {
    eventually("the request is accepted", 30, || {
        let answer = api.ask(request);
        (answer.status != 503).then(|| ids(&answer.expect(202)).remove(0))
    })
}
