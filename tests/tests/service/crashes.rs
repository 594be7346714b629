use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::rendered::{POSTGRES_NATS, MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};

use crate::util::{age, create_person, enqueue_birthday, wait_for_state, wait_for_success};

#[test]
fn sqlite_and_database_survives_the_death_of_its_workers() {
    assert_every_task_runs_exactly_once(SQLITE_DATABASE);
}

#[test]
fn postgres_and_redis_survives_the_death_of_its_workers() {
    assert_every_task_runs_exactly_once(POSTGRES_REDIS);
}

#[test]
fn mysql_and_rabbitmq_survives_the_death_of_its_workers() {
    assert_every_task_runs_exactly_once(MYSQL_RABBITMQ);
}

#[test]
fn postgres_and_nats_survives_the_death_of_its_workers() {
    assert_every_task_runs_exactly_once(POSTGRES_NATS);
}

fn assert_every_task_runs_exactly_once(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let client = api.client();
    let persons: Vec<String> = (0..5).map(|number| create_person(client, number)).collect();
    let mut worker = service.start("worker");
    let mut tasks = Vec::new();
    for round in 0..10 {
        for person in &persons {
            tasks.push(enqueue_birthday(client, person));
        }
        if round % 3 == 1 {
            // In the middle of whatever it does.
            worker.kill();
            worker = service.start("worker");
        }
    }
    wait_for_success(client, &tasks, 30);
    for person in &persons {
        assert_eq!(age(client, person), 40);
    }
    worker.stop();
}

#[test]
fn a_task_of_a_killed_worker_runs_again_when_its_lease_ends() {
    assert_a_killed_task_runs_again(POSTGRES_REDIS);
}

#[test]
fn a_task_of_a_killed_worker_runs_again_when_its_lease_ends_in_mysql() {
    assert_a_killed_task_runs_again(MYSQL_RABBITMQ);
}

fn assert_a_killed_task_runs_again(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let worker = service.start("worker");
    let id = create_person(api.client(), 0);

    let lock = service.lock_person(&id);
    let task = enqueue_birthday(api.client(), &id);
    wait_for_state(api.client(), &task, "running", 10);
    worker.kill();
    drop(lock);
    assert_eq!(age(api.client(), &id), 30);

    let worker = service.start("worker");
    wait_for_success(api.client(), &[task], 10);
    assert_eq!(age(api.client(), &id), 31);
    worker.stop();
}

#[test]
fn a_worker_that_is_told_to_stop_finishes_what_it_runs() {
    assert_a_stop_finishes_what_runs(POSTGRES_REDIS);
}

#[test]
fn a_worker_that_is_told_to_stop_finishes_what_it_runs_in_mysql() {
    assert_a_stop_finishes_what_runs(MYSQL_RABBITMQ);
}

fn assert_a_stop_finishes_what_runs(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let mut worker = service.start("worker");
    let id = create_person(api.client(), 0);

    let lock = service.lock_person(&id);
    let task = enqueue_birthday(api.client(), &id);
    wait_for_state(api.client(), &task, "running", 10);
    worker.ask_to_stop();
    // Longer than a lease: it still keeps what it runs.
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(worker.is_alive());
    drop(lock);

    assert_eq!(worker.wait_until_it_ends().code(), Some(0));
    wait_for_success(api.client(), std::slice::from_ref(&task), 1);
    assert_eq!(age(api.client(), &id), 31);
    let task = api.client().get(&format!("/api/v1/tasks/{task}")).json();
    assert_eq!(task["attempts"], 1);
}

#[test]
fn a_worker_that_runs_out_of_time_gives_its_task_back() {
    assert_a_late_stop_gives_back(POSTGRES_REDIS);
}

#[test]
fn a_worker_that_runs_out_of_time_gives_its_task_back_in_mysql() {
    assert_a_late_stop_gives_back(MYSQL_RABBITMQ);
}

fn assert_a_late_stop_gives_back(pair: Pair) {
    let mut service = Deployment::new(pair);
    service.set("SHUTDOWN_TIMEOUT_SECS", "1");
    service.set("TASK_LEASE_SECS", "600");
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let mut worker = service.start("worker");
    let id = create_person(api.client(), 0);

    let lock = service.lock_person(&id);
    let task = enqueue_birthday(api.client(), &id);
    wait_for_state(api.client(), &task, "running", 10);
    worker.ask_to_stop();
    assert_eq!(worker.wait_until_it_ends().code(), Some(0));
    drop(lock);

    // No lease has to end first.
    let worker = service.start("worker");
    wait_for_success(api.client(), &[task], 10);
    assert_eq!(age(api.client(), &id), 31);
    worker.stop();
}

#[test]
fn a_task_that_another_worker_claims_is_passed_over() {
    assert_locked_tasks_are_passed_over(POSTGRES_REDIS);
}

#[test]
fn a_task_that_another_worker_claims_is_passed_over_in_mysql() {
    assert_locked_tasks_are_passed_over(MYSQL_RABBITMQ);
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
