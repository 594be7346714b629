use serde_json::json;
use template_tests::deployment::eventually;
use template_tests::lab::Lab;
use template_tests::proof::Size;
use template_tests::rendered::SQLITE_DATABASE;

/// Nobody can stop a thread from outside, and the process waits for it: the task has to hear that it is called off.
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
