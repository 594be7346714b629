//! Bad input, and tasks of a release to come.

use scaffold_cli::render::Pair;
use serde_json::{Value, json};
use template_tests::deployment::eventually;
use template_tests::lab::{Api, Lab, ids};
use template_tests::proof::prove;

pub(crate) fn bad_input_is_refused_or_fails(pair: Pair) {
    prove(pair, "bad-input", |size| {
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let mut worker = lab.worker();
        let refused = refused();
        for (request, reason) in &refused {
            let answer = api.ask(request).expect(422);
            assert!(answer.body.contains(reason), "{reason}: {answer:?}");
        }
        assert_eq!(api.all_counts().total(), 0);
        let failing = failing();
        for (name, args, reason) in &failing {
            let id = api.enqueue_one(name, args);
            let task = api.wait_for_state(&id, "failed", 20);
            let error = task["error"].as_str().expect("a reason");
            assert!(
                !error.is_empty() && error.contains(reason),
                "{reason}: {task}"
            );
        }
        let past = json!({"name": "nap", "args": [{"ms": 0}], "at": "1970-01-01T00:00:00Z"});
        let past = ids(&api.ask(&past).expect(202)).remove(0);
        api.wait_for_state(&past, "succeeded", 20);
        assert!(worker.is_alive());
        format!("{} refused, {} failed", refused.len(), failing.len())
    });
}

/// What is refused when it is enqueued, and a word of the reason.
fn refused() -> Vec<(Value, &'static str)> {
    let request = |name: &str, option: &str, value: Value| {
        let mut request = json!({"name": name, "args": [{"ms": 0}]});
        request[option] = value;
        request
    };
    let text = json!([{"text": "a".repeat(70_000)}]);
    vec![
        (request("do_nothing", "args", text), "TASK_MAX_ARGS_BYTES"),
        (request("nap", "delaySecs", json!(u64::MAX)), "ten years"),
        (
            request("nap", "at", json!("9999-12-31T23:59:59Z")),
            "ten years",
        ),
        (
            request("nap", "expiresInSecs", json!(u64::MAX)),
            "ten years",
        ),
        (
            request("nap", "key", json!("a".repeat(201))),
            "idempotency key",
        ),
        (request("", "delaySecs", json!(0)), "a name has"),
        (
            request(&"a".repeat(101), "delaySecs", json!(0)),
            "a name has",
        ),
    ]
}

/// What fails when it is run, and a word of the reason.
fn failing() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("nap", json!({"ms": "long"}), "its arguments cannot be read"),
        ("nap", json!({"ms": -1}), "its arguments cannot be read"),
        ("nap", json!({}), "its arguments cannot be read"),
        ("nap", Value::Null, "its arguments cannot be read"),
        // What is wrong inside is not for everybody's eyes.
        ("misbehave", json!({"panics": false}), ""),
        ("misbehave", json!({"panics": true}), "it panicked"),
    ]
}

pub(crate) fn unknown_tasks_wait_for_a_worker_that_knows_them(pair: Pair) {
    const COUNT: i64 = 3;

    prove(pair, "unknown-task", |size| {
        let mut lab = Lab::new(pair, size);
        let api = lab.api();
        lab.service.set("RELEASE_BEFORE", "1");
        let old = lab.worker();
        let unknown = api.enqueue("newcomer", &[json!({}), json!({}), json!({})]);
        let known = api.enqueue_one("nap", &json!({"ms": 0}));
        api.wait_for_state(&known, "succeeded", 20);
        // They are counted …
        let depth = format!("task_queue_depth{{queue=\"default\"}} {COUNT}");
        eventually(&depth, 20, || {
            let metrics = old.client().get("/metrics").expect(200);
            metrics.body.contains(&depth).then_some(())
        });
        // … and shown.
        let listed = api.client().get("/api/v1/tasks?state=queued&name=newcomer");
        assert_eq!(
            listed.expect(200).json()["objects"]
                .as_array()
                .map(Vec::len),
            Some(3)
        );

        lab.service.unset("RELEASE_BEFORE");
        let new = lab.worker();
        old.stop();
        wait_for_success(&api, &unknown, 2 * lab.lease_secs + 20);
        new.stop();
        String::new()
    });
}

fn wait_for_success(api: &Api, ids: &[String], secs: u64) {
    for id in ids {
        let task = api.wait_for_state(id, "succeeded", secs);
        assert_eq!(task["attempts"], 1, "{task}");
    }
}
