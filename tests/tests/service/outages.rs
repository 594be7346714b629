use template_tests::deployment::{Deployment, Process};
use template_tests::proxy::Proxy;
use template_tests::rendered::POSTGRES_REDIS;

use crate::util::{
    age, assert_problem, create_person, enqueue_birthdays, wait_for_readiness, wait_for_success,
};

/// The longest time until the readiness knows.
const READINESS_SECS: f64 = 3.0;

/// A service that reaches the server in this setting through a proxy.
fn through_a_proxy(setting: &str) -> (Deployment, Proxy) {
    let mut service = Deployment::new(POSTGRES_REDIS);
    let url = service.setting(setting).to_owned();
    let proxy = Proxy::to(&url);
    service.set(setting, &proxy.url(&url));
    service.printed(&["migrate", "up"]);
    (service, proxy)
}

fn assert_down(api: &Process, name: &str) {
    let (secs, answer) = wait_for_readiness(api.client(), 503);
    assert!(secs < READINESS_SECS, "{secs}");
    assert_eq!(answer.json()["status"], "not ready");
    for check in ["database", "broker"] {
        let expected = if check == name { "down" } else { "up" };
        assert_eq!(answer.json()["checks"][check], expected, "{answer:?}");
    }
}

#[test]
fn readiness_follows_the_broker() {
    let (service, mut redis) = through_a_proxy("BROKER_URL");
    let api = service.start("api");
    assert_eq!(
        wait_for_readiness(api.client(), 200).1.json()["status"],
        "up"
    );
    redis.stop();
    assert_down(&api, "broker");
    redis.start();
    wait_for_readiness(api.client(), 200);
    redis.freeze();
    assert_down(&api, "broker");
    redis.thaw();
    wait_for_readiness(api.client(), 200);
    api.stop();
}

#[test]
fn readiness_follows_the_database() {
    let (service, mut postgres) = through_a_proxy("DATABASE_URL");
    let api = service.start("api");
    wait_for_readiness(api.client(), 200);
    let id = create_person(api.client(), 0);
    postgres.stop();
    assert_down(&api, "database");
    assert_problem(&api.client().get(&format!("/api/v1/persons/{id}")), 503);
    postgres.start();
    wait_for_readiness(api.client(), 200);
    assert_eq!(age(api.client(), &id), 30);
    postgres.freeze();
    assert_down(&api, "database");
    postgres.thaw();
    wait_for_readiness(api.client(), 200);
    api.stop();
}

/// The worker has noticed nothing: it is the relay that sends what the API could not.
#[test]
fn what_an_api_without_its_broker_enqueues_runs() {
    let (mut service, mut redis) = through_a_proxy("BROKER_URL");
    let api = service.start("api");
    let direct = service.redis.as_ref().expect("a Redis").url();
    service.set("BROKER_URL", &direct);
    let worker = service.start("worker");
    let id = create_person(api.client(), 0);
    wait_for_success(api.client(), &enqueue_birthdays(api.client(), &id, 1), 10);
    redis.stop();
    let tasks = enqueue_birthdays(api.client(), &id, 20);
    wait_for_success(api.client(), &tasks, 20);
    assert_eq!(age(api.client(), &id), 51);
    worker.stop();
}

#[test]
fn a_service_that_starts_without_its_broker_works_once_it_is_there() {
    let (service, mut redis) = through_a_proxy("BROKER_URL");
    redis.stop();
    let mut all = service.start("all");
    assert_down(&all, "broker");
    let id = create_person(all.client(), 0);
    let tasks = enqueue_birthdays(all.client(), &id, 2);
    assert!(all.is_alive());
    redis.start();
    wait_for_success(all.client(), &tasks, 20);
    all.stop();
}
