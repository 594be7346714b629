use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS};

use crate::util::{age, create_person, enqueue_birthday, wait_for_state, wait_for_success};

#[test]
fn a_task_that_another_worker_claims_is_passed_over() {
    assert_locked_tasks_are_passed_over(POSTGRES_REDIS);
}

#[test]
fn a_task_that_another_worker_claims_is_passed_over_in_mysql() {
    assert_locked_tasks_are_passed_over(MYSQL_RABBITMQ);
}

fn assert_locked_tasks_are_passed_over(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let id = create_person(api.client(), 0);
    let locked = enqueue_birthday(api.client(), &id);
    let free = enqueue_birthday(api.client(), &id);
    let lock = service.lock_task(&locked);
    let worker = service.start("worker");
    wait_for_state(api.client(), &free, "succeeded", 10);
    wait_for_state(api.client(), &locked, "queued", 1);
    drop(lock);
    wait_for_success(api.client(), &[locked], 30);
    assert_eq!(age(api.client(), &id), 32);
    worker.stop();
}
