use serde_json::json;
use template_tests::deployment::eventually;
use template_tests::lab::Lab;
use template_tests::proof::Size;
use template_tests::rendered::SQLITE_DATABASE;

/// Nobody can stop a thread from outside: the task has to hear that it is called off.
#[test]
fn a_task_that_blocks_a_thread_is_stopped_with_its_worker() {
    let mut lab = Lab::new(SQLITE_DATABASE, Size::Short);
    lab.service.set("SHUTDOWN_TIMEOUT_SECS", "1");
    // It is the worker that gives the task back, not the end of its lease.
    lab.service.set("TASK_LEASE_SECS", "600");
    let api = lab.api();
    let mut worker = lab.worker();
    let task = api.enqueue_one("hold_thread", &json!({"secs": 60}));
    eventually("it holds a thread", 10, || {
        (api.task(&task)["progress"]["percent"] == 1).then_some(())
    });
    worker.ask_to_stop();
    assert_eq!(worker.wait_until_it_ends().code(), Some(0));
    let task = api.task(&task);
    assert_eq!(task["state"], "queued", "{task}");
    assert_eq!(task["attempts"], 0, "{task}");
}

#[test]
fn a_retry_delay_that_panics_fails_its_task_only() {
    assert_fails_alone("fail_to_wait");
}

#[test]
fn an_error_that_panics_fails_its_task_only() {
    assert_fails_alone("fail_to_explain");
}

/// Checks that the task fails and that another one, which the same worker runs meanwhile, does not notice.
fn assert_fails_alone(name: &str) {
    let lab = Lab::new(SQLITE_DATABASE, Size::Short);
    let api = lab.api();
    let worker = lab.worker();
    let other = api.enqueue_one("nap", &json!({"ms": 4_000}));
    let begun = api.wait_for_state(&other, "running", 10);
    let task = api.enqueue_one(name, &json!({}));
    let task = api.wait_for_state(&task, "failed", 10);
    assert_ne!(task["error"].as_str().unwrap_or_default(), "", "{task}");
    let other = api.wait_for_state(&other, "succeeded", 10);
    assert_eq!(other["attempts"], 1, "{other}");
    assert_eq!(other["startedAt"], begun["startedAt"], "{other}");
    worker.stop();
}
