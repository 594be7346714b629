use std::thread;
use std::time::{Duration, Instant};

use scaffold_cli::render::Pair;
use serde_json::json;
use template_tests::deployment::eventually;
use template_tests::lab::{Api, Lab, ids};
use template_tests::proof::Size;
use template_tests::proxy::Proxy;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};

/// So long that two that run one after the other cannot be taken for two that run at once.
const NAP: Duration = Duration::from_secs(4);

/// How many tasks are enqueued at once, and in how many requests.
const BURST: usize = 20_000;
const REQUESTS: usize = 20;

#[test]
fn an_idle_queue_leaves_its_place_to_others() {
    assert_idle_queues_take_no_place(SQLITE_DATABASE);
}

#[test]
fn an_idle_queue_leaves_its_place_to_others_with_redis() {
    assert_idle_queues_take_no_place(POSTGRES_REDIS);
}

fn assert_idle_queues_take_no_place(pair: Pair) {
    let mut lab = Lab::new(pair, Size::Short);
    let api = lab.api();
    lab.service.set("WORKER_CONCURRENCY", "1");
    lab.service.set("WORKER_QUEUES", "default,reports");
    let worker = lab.worker();
    // The first one may have been quicker than the other queue.
    for _ in 0..5 {
        api.wait_for_state(&enqueue_report(&api, Duration::ZERO), "succeeded", 10);
    }
    worker.stop();

    lab.service.set("WORKER_CONCURRENCY", "2");
    lab.service.set("WORKER_QUEUES", "default,mails,reports");
    let worker = lab.worker();
    api.wait_for_state(&enqueue_report(&api, Duration::ZERO), "succeeded", 10);
    let start = Instant::now();
    for report in [(); 2].map(|()| enqueue_report(&api, NAP)) {
        api.wait_for_state(&report, "succeeded", 20);
    }
    assert!(start.elapsed() < 2 * NAP, "one after the other");
    worker.stop();
}

#[test]
fn a_burst_reaches_the_broker_without_the_relay() {
    let mut lab = Lab::new(MYSQL_RABBITMQ, Size::Short);
    let broker_url = lab.service.setting("BROKER_URL").to_owned();
    let way = Proxy::to(&broker_url);
    lab.service.set("BROKER_URL", &way.url(&broker_url));
    way.slow_down();
    // All of them wait for a connection at once.
    lab.service.set("DATABASE_POOL_TIMEOUT_MS", "60000");
    let api = lab.api();
    let naps = vec![json!({"ms": 0}); BURST / REQUESTS];
    thread::scope(|scope| {
        for _ in 0..REQUESTS {
            scope.spawn(|| api.enqueue("nap", &naps));
        }
    });
    let broker = lab.broker.as_ref().expect("RabbitMQ is one");
    eventually("the broker has them all", 40, || {
        (broker.depth("default") == BURST).then_some(())
    });
    assert!(!api.log().contains("the relay will do it"), "{}", api.log());
}

/// Enqueues a nap in the queue `reports` and returns its id.
fn enqueue_report(api: &Api, nap: Duration) -> String {
    let args = [json!({"ms": nap.as_millis()})];
    let report = json!({"name": "nap", "args": args, "queue": "reports"});
    ids(&api.ask(&report).expect(202)).remove(0)
}
