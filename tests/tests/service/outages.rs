use std::time::Duration;

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::deployment::{Deployment, Process, eventually};
use template_tests::lab::Lab;
use template_tests::proof::Size;
use template_tests::proxy::Proxy;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_NATS, POSTGRES_REDIS};

use crate::util::{age, assert_problem, create_person, enqueue_birthdays, wait_for_success};

/// The longest time until the readiness knows.
const READINESS_SECS: f64 = 3.0;

/// Runs tests with each broker.
macro_rules! with_each_broker {
    ($($test:ident),* $(,)?) => {
        mod redis {
            $(#[test] fn $test() { super::$test(super::POSTGRES_REDIS); })*
        }
        mod rabbitmq {
            $(#[test] fn $test() { super::$test(super::MYSQL_RABBITMQ); })*
        }
        mod nats {
            $(#[test] fn $test() { super::$test(super::POSTGRES_NATS); })*
        }
    };
}

with_each_broker! {
    readiness_follows_the_broker,
    what_is_enqueued_while_the_broker_is_frozen_runs,
    what_an_api_without_its_broker_enqueues_runs,
    a_service_that_starts_without_its_broker_works_once_it_is_there,
    a_broker_that_is_emptied_carries_on,
}

/// A service that reaches the server in this setting through a proxy.
fn through_a_proxy(pair: Pair, setting: &str) -> (Deployment, Proxy) {
    let mut service = Deployment::new(pair);
    let url = service.setting(setting).to_owned();
    let proxy = Proxy::to(&url);
    service.set(setting, &proxy.url(&url));
    service.printed(&["migrate", "up"]);
    (service, proxy)
}

fn assert_down(api: &Process, name: &str) {
    let (secs, answer) = api.client().wait_for_readiness(503);
    assert!(secs < READINESS_SECS, "{secs}");
    assert_eq!(answer.json()["status"], "not ready");
    for check in ["database", "broker"] {
        let expected = if check == name { "down" } else { "up" };
        assert_eq!(answer.json()["checks"][check], expected, "{answer:?}");
    }
}

fn readiness_follows_the_broker(pair: Pair) {
    let (service, mut broker) = through_a_proxy(pair, "BROKER_URL");
    let api = service.start("api");
    assert_eq!(
        api.client().wait_for_readiness(200).1.json()["status"],
        "up"
    );
    broker.stop();
    assert_down(&api, "broker");
    broker.start();
    api.client().wait_for_readiness(200);
    broker.freeze();
    assert_down(&api, "broker");
    broker.thaw();
    api.client().wait_for_readiness(200);
    api.stop();
}

#[test]
fn readiness_follows_the_database() {
    assert_readiness_follows_the_database(POSTGRES_REDIS);
}

#[test]
fn readiness_follows_the_database_in_mysql() {
    assert_readiness_follows_the_database(MYSQL_RABBITMQ);
}

fn assert_readiness_follows_the_database(pair: Pair) {
    let (service, mut database) = through_a_proxy(pair, "DATABASE_URL");
    let api = service.start("api");
    api.client().wait_for_readiness(200);
    let id = create_person(api.client(), 0);
    database.stop();
    assert_down(&api, "database");
    assert_problem(&api.client().get(&format!("/api/v1/persons/{id}")), 503);
    database.start();
    api.client().wait_for_readiness(200);
    assert_eq!(age(api.client(), &id), 30);
    database.freeze();
    assert_down(&api, "database");
    database.thaw();
    api.client().wait_for_readiness(200);
    api.stop();
}

/// Long enough for every time-out, and for heartbeats to be missed.
fn what_is_enqueued_while_the_broker_is_frozen_runs(pair: Pair) {
    let (service, broker) = through_a_proxy(pair, "BROKER_URL");
    let api = service.start("api");
    let worker = service.start("worker");
    let id = create_person(api.client(), 0);
    wait_for_success(api.client(), &enqueue_birthdays(api.client(), &id, 1), 10);
    broker.freeze();
    let tasks = enqueue_birthdays(api.client(), &id, 5);
    wait_for_success(api.client(), &tasks, 20);
    broker.thaw();
    api.client().wait_for_readiness(200);
    let tasks = enqueue_birthdays(api.client(), &id, 5);
    wait_for_success(api.client(), &tasks, 20);
    assert_eq!(age(api.client(), &id), 41);
    worker.stop();
    api.stop();
}

/// What held the messages is gone too, while everybody uses it: it has to be made again.
fn a_broker_that_is_emptied_carries_on(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let worker = service.start("worker");
    let id = create_person(api.client(), 0);
    wait_for_success(api.client(), &enqueue_birthdays(api.client(), &id, 1), 10);
    for _ in 0..3 {
        service.broker.as_ref().expect("a server").empty();
        wait_for_success(api.client(), &enqueue_birthdays(api.client(), &id, 5), 20);
    }
    assert_eq!(age(api.client(), &id), 46);
    worker.stop();
}

/// Redis answers, and workers can read: it is only that nothing new reaches them through it.
#[test]
fn what_is_enqueued_while_redis_is_full_runs() {
    const TASKS: usize = 50;

    let mut lab = Lab::new(POSTGRES_REDIS, Size::Short);
    // What was never sent is not sent again after that.
    lab.service.set("TASK_LEASE_SECS", "600");
    let broker = lab.broker.as_ref().expect("a Redis of its own");
    let api = lab.api();
    let worker = lab.worker();
    broker.refuse(true);
    api.enqueue("nap", &vec![json!({"ms": 0}); TASKS]);
    api.wait_for_all("nap", TASKS, 20);
    broker.refuse(false);
    api.enqueue("nap", &vec![json!({"ms": 0}); TASKS]);
    api.wait_for_all("nap", 2 * TASKS, 20);
    worker.stop();
}

/// There is no end of the backlog, so what is lost cannot be told from it by how much the queue holds.
#[test]
fn what_redis_has_lost_runs_beside_a_long_backlog() {
    const LONG: usize = 1_000;

    let lab = Lab::new(POSTGRES_REDIS, Size::Short);
    let broker = lab.broker.as_ref().expect("a Redis of its own");
    let api = lab.api();
    let lost = api.enqueue_one("nap", &json!({"ms": 0}));
    broker.empty();
    std::thread::sleep(Duration::from_secs(lab.lease_secs + 1));
    let backlog = |count| api.enqueue("nap", &vec![json!({"ms": 50}); count]);
    backlog(LONG * 3 / 2);
    let worker = lab.worker();
    eventually("what was lost has run", 40, || {
        // As many as are done meanwhile, and some more.
        backlog(200);
        std::thread::sleep(Duration::from_millis(500));
        let depth = broker.depth("default");
        assert!(depth >= LONG, "{depth}");
        (api.task(&lost)["state"] == "succeeded").then_some(())
    });
    worker.kill();
}

/// The worker has noticed nothing: it is the relay that sends what the API could not.
fn what_an_api_without_its_broker_enqueues_runs(pair: Pair) {
    let (mut service, mut broker) = through_a_proxy(pair, "BROKER_URL");
    let api = service.start("api");
    let direct = service.broker.as_ref().expect("a server");
    let direct = direct.url().to_owned();
    service.set("BROKER_URL", &direct);
    let worker = service.start("worker");
    let id = create_person(api.client(), 0);
    wait_for_success(api.client(), &enqueue_birthdays(api.client(), &id, 1), 10);
    broker.stop();
    let tasks = enqueue_birthdays(api.client(), &id, 20);
    wait_for_success(api.client(), &tasks, 20);
    assert_eq!(age(api.client(), &id), 51);
    worker.stop();
}

fn a_service_that_starts_without_its_broker_works_once_it_is_there(pair: Pair) {
    let (service, mut broker) = through_a_proxy(pair, "BROKER_URL");
    broker.stop();
    let mut all = service.start("all");
    assert_down(&all, "broker");
    let id = create_person(all.client(), 0);
    let tasks = enqueue_birthdays(all.client(), &id, 2);
    assert!(all.is_alive());
    broker.start();
    wait_for_success(all.client(), &tasks, 20);
    all.stop();
}
