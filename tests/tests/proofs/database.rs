//! Guarantee 3.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::deployment::{Process, eventually};
use template_tests::http::READINESS;
use template_tests::lab::{Api, FragileDatabase, Lab, ids};
use template_tests::proof::{Size, prove};

use crate::persons::Persons;

/// The longest time until the readiness knows.
const READINESS_SECS: f64 = 10.0;

/// Between two requests of the load.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) fn the_database_can_be_away(pair: Pair) {
    prove(pair, "3-database-away", |size| {
        let (mut lab, mut database) = Lab::with_fragile_database(pair, size);
        // An attempt that begins while the database is away is not the last one.
        lab.service.set("TASK_RETRY_BASE_MS", "1000");
        let api = lab.api();
        let mut workers = [lab.worker(), lab.worker()];
        let persons = Persons::create(&api, 10);
        let (accepted, refused) = under_load(&api, &persons, || match &mut database {
            Some(database) => restart(database, &api, size),
            None => starve(&api, size),
        });
        assert!(workers.iter_mut().all(Process::is_alive));
        let count = settle(&lab, &api, &accepted);
        assert_eq!(persons.birthdays_so_far(&api), count);
        workers.into_iter().for_each(Process::stop);
        let accepted = accepted.len();
        format!("{accepted} accepted, {refused} requests refused, {count} run")
    });
}

/// Enqueues while the harm is done, and a while before and after. Returns the ids of the tasks whose request was
/// answered with 202, and how many requests were not.
fn under_load(api: &Api, persons: &Persons, harm: impl FnOnce()) -> (Vec<String>, usize) {
    std::thread::scope(|scope| {
        // Also a panic drops the sender, so no failure leaves the load running.
        let (running, is_over) = mpsc::channel::<()>();
        let load = scope.spawn(move || {
            let (mut accepted, mut refused) = (Vec::new(), 0);
            while is_over.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                let request = json!({"name": "add_one_year", "args": persons.birthdays(5)});
                let answer = api.ask(&request);
                match answer.status {
                    202 => accepted.extend(ids(&answer)),
                    503 => refused += 1,
                    _ => panic!("{answer:?}"),
                }
            }
            (accepted, refused)
        });
        std::thread::sleep(Duration::from_secs(1));
        harm();
        std::thread::sleep(Duration::from_secs(1));
        drop(running);
        load.join().expect("every request is answered")
    })
}

/// Kills the server and starts it again.
fn restart(database: &mut FragileDatabase, api: &Api, size: Size) {
    let start = Instant::now();
    database.kill();
    wait_for_readiness(api, 503);
    while start.elapsed() < Duration::from_secs(size.pick(4, 10)) {
        std::thread::sleep(PAUSE);
    }
    database.restart();
    wait_for_readiness(api, 200);
}

/// A database that is a file is never away. The worst that can happen is that nobody can write to it. Whoever reads does
/// not notice, and so the service stays ready.
fn starve(api: &Api, size: Size) {
    let path = format!("/lab/lock?secs={}", size.pick(4, 10));
    std::thread::scope(|scope| {
        let lock = scope.spawn(|| api.client().post(&path, None).expect(204));
        while !lock.is_finished() {
            api.client().get(READINESS).expect(200);
            std::thread::sleep(PAUSE);
        }
        lock.join().expect("the lock is held to its end");
    });
}

fn wait_for_readiness(api: &Api, status: u16) {
    let (secs, _) = api.client().wait_for_readiness(status);
    assert!(secs < READINESS_SECS, "{secs}");
}

/// Waits until nothing is left to do. A request may have been refused although its tasks were stored: the connection
/// was cut during the commit. So there may be more tasks than were accepted, and those run, too. Returns how many ran.
fn settle(lab: &Lab, api: &Api, accepted: &[String]) -> i64 {
    let counts = eventually("nothing is left to do", lab.lease_secs + 40, || {
        let counts = api.counts("add_one_year");
        (counts.waiting() + counts.running() == 0).then_some(counts)
    });
    assert_eq!(counts.failed(), 0, "{counts:?}");
    for id in accepted {
        assert_eq!(api.task(id)["state"], "succeeded");
    }
    counts.succeeded()
}
