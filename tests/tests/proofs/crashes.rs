//! Guarantees 1 and 5.

use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::deployment::eventually;
use template_tests::lab::Lab;
use template_tests::proof::prove;

use crate::persons::Persons;

/// At the moment of the crash.
const IN_FLIGHT: i64 = 200;

/// Some of them are done before the crash, so that it comes while others are about to be.
const TASKS: usize = 300;

/// How often a worker is killed while it receives messages.
const CRASHES: u64 = 12;

/// How many messages there are each time, so that it still receives some when it is killed.
const NAPS: usize = 400;

pub(crate) fn tasks_of_a_killed_worker_run_exactly_once(pair: Pair) {
    prove(pair, "1-crash", |size| {
        let mut lab = Lab::new(pair, size);
        lab.service.set("WORKER_CONCURRENCY", &TASKS.to_string());
        let api = lab.api();
        let persons = Persons::create(&api, 10);
        api.enqueue(
            "slow_birthday",
            &persons.slow_birthdays(TASKS, 2_500, 4_500),
        );
        let worker = lab.worker();
        let counts = eventually("some are done, most are not", 30, || {
            let counts = api.counts("slow_birthday");
            (counts.succeeded() > 0).then_some(counts)
        });
        worker.kill();
        assert!(counts.running() >= IN_FLIGHT, "{counts:?}");

        let start = Instant::now();
        let worker = lab.worker();
        api.wait_for_all("slow_birthday", TASKS, lab.lease_secs + 10);
        let secs = start.elapsed().as_secs_f64();
        persons.assert_had(&api, TASKS);
        worker.stop();
        format!(
            "{} in flight, done {secs:.1} s after the crash",
            counts.running()
        )
    });
}

/// Of a message that has left the broker, nobody knows until its task is claimed.
pub(crate) fn a_killed_worker_takes_no_message_with_it(pair: Pair) {
    prove(pair, "1-messages", |size| {
        let mut lab = Lab::new(pair, size);
        // What was lost would be sent again after that.
        lab.service.set("TASK_LEASE_SECS", "600");
        let api = lab.api();
        for crash in 0..CRASHES {
            let worker = lab.worker();
            api.enqueue("nap", &vec![json!({"ms": 0}); NAPS]);
            std::thread::sleep(Duration::from_millis(crash * 20));
            worker.kill();
            // Until the database has seen that, it keeps the rows locked that were about to be claimed.
            std::thread::sleep(Duration::from_secs(1));
        }
        let held = api.counts("nap").running();
        let worker = lab.worker();
        // It may find nothing else to do, and before it runs it cannot be asked to stop.
        let last = api.enqueue_one("nap", &json!({"ms": 0}));
        api.wait_for_state(&last, "succeeded", 30);
        eventually("all tasks run that nobody has claimed", 30, || {
            (api.counts("nap").waiting() == 0).then_some(())
        });
        worker.stop();
        assert_eq!(api.counts("nap").running(), held);
        format!("{CRASHES} crashes, {held} tasks were claimed")
    });
}

pub(crate) fn a_stopped_worker_finishes_what_it_runs(pair: Pair) {
    prove(pair, "5-stop", |size| {
        let mut lab = Lab::new(pair, size);
        // Shorter than the task: while it finishes, it still keeps what it runs.
        lab.service.set("TASK_LEASE_SECS", "1");
        let api = lab.api();
        let mut worker = lab.worker();
        let task = api.enqueue_one("nap", &json!({"ms": 3_000}));
        api.wait_for_state(&task, "running", 10);
        worker.ask_to_stop();
        std::thread::sleep(Duration::from_secs(1));
        assert!(worker.is_alive());
        assert_eq!(worker.wait_until_it_ends().code(), Some(0));
        let task = api.task(&task);
        assert_eq!(task["state"], "succeeded", "{task}");
        assert_eq!(task["attempts"], 1, "{task}");
        String::new()
    });
}

pub(crate) fn a_stopped_worker_gives_back_what_takes_too_long(pair: Pair) {
    prove(pair, "5-give-back", |size| {
        let mut lab = Lab::new(pair, size);
        lab.service.set("SHUTDOWN_TIMEOUT_SECS", "1");
        // No lease has to end first.
        lab.service.set("TASK_LEASE_SECS", "600");
        let api = lab.api();
        let mut first = lab.worker();
        let task = api.enqueue_one("nap", &json!({"ms": 6_000}));
        let begun = api.wait_for_state(&task, "running", 10);
        let second = lab.worker();
        let start = Instant::now();
        first.ask_to_stop();
        assert_eq!(first.wait_until_it_ends().code(), Some(0));
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "it waits too long"
        );

        let again = eventually("it runs elsewhere", 10, || {
            let again = api.task(&task);
            let is_another = again["startedAt"] != begun["startedAt"];
            (again["state"] == "running" && is_another).then(|| start.elapsed().as_secs_f64())
        });
        let task = api.wait_for_state(&task, "succeeded", 20);
        assert_eq!(task["attempts"], 1, "{task}");
        second.stop();
        format!("runs elsewhere after {again:.1} s")
    });
}
