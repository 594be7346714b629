//! Guarantee 8.

use std::time::Duration;

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::deployment::eventually;
use template_tests::lab::{Api, Lab, ids};
use template_tests::proof::prove;

use crate::persons::Persons;

const THREADS: usize = 20;

pub(crate) fn a_transaction_enqueues_all_or_nothing_and_a_key_once(pair: Pair) {
    prove(pair, "8-transaction", |size| {
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let mut worker = lab.worker();
        let persons = Persons::create(&api, 10);
        let mut request = json!({"name": "add_one_year", "args": persons.birthdays(10)});
        request["rollBack"] = json!(true);
        api.ask(&request).expect(409);
        request["rollBack"] = json!(false);
        api.ask(&request).expect(202);
        api.wait_for_all("add_one_year", 10, 20);
        // What was sent for nothing would have come by now.
        std::thread::sleep(Duration::from_secs(1));
        persons.assert_had(&api, 10);

        let request = json!({"name": "do_nothing", "args": [{"text": ""}], "key": "only one"});
        let mut all = std::thread::scope(|scope| {
            let ask = || scope.spawn(|| enqueue_patiently(&api, &request));
            let threads: Vec<_> = (0..THREADS).map(|_| ask()).collect();
            let id = |thread: std::thread::ScopedJoinHandle<'_, String>| thread.join();
            let all: Result<Vec<String>, _> = threads.into_iter().map(id).collect();
            all.expect("every request is answered")
        });
        all.dedup();
        assert_eq!(all.len(), 1, "{all:?}");
        api.wait_for_all("do_nothing", 1, 20);
        assert!(worker.is_alive());
        format!("{THREADS} threads, one task")
    });
}

/// A 503 means that nothing was stored: on a busy machine, so many wait too long for one that holds the key.
fn enqueue_patiently(api: &Api, request: &Value) -> String {
    eventually("the request is accepted", 30, || {
        let answer = api.ask(request);
        (answer.status != 503).then(|| ids(&answer.expect(202)).remove(0))
    })
}
