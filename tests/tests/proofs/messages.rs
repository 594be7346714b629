//! Guarantee 7.

use scaffold_cli::render::Pair;
use template_tests::deployment::Process;
use template_tests::lab::{Api, Broker, Lab};
use template_tests::proof::prove;

use crate::outages::{QUEUE, wait_for_depth};
use crate::persons::Persons;

/// How many tasks have duplicated and stale messages.
const TASKS: usize = 200;

pub(crate) fn strange_messages_have_no_effect(pair: Pair) {
    prove(pair, "7-messages", |size| {
        let lab = Lab::new(pair, size);
        let api = lab.api();
        let persons = Persons::create(&api, 10);
        let ids = api.enqueue("add_one_year", &persons.birthdays(TASKS));
        if let Some(broker) = &lab.broker {
            // The API goes on with it after its answer.
            wait_for_depth(broker, TASKS);
            for _ in 0..2 {
                broker.publish(QUEUE, &messages(&ids));
                broker.publish(QUEUE, &poison());
            }
        }
        // Without a broker, it is the workers who come twice.
        let mut workers = [(); 4].map(|()| lab.worker());
        api.wait_for_all("add_one_year", TASKS, lab.lease_secs + 20);
        persons.assert_had(&api, TASKS);

        let sent = lab.broker.as_ref().map(|broker| stale(broker, &ids));
        assert_queue_goes_on(&api, &persons, lab.lease_secs + 20);
        assert_began_once(&api, &ids);
        assert!(workers.iter_mut().all(Process::is_alive));
        workers.into_iter().for_each(Process::stop);
        match sent {
            Some(sent) => format!("{} strange messages", sent + 2 * (TASKS + poison().len())),
            None => format!("{TASKS} tasks between 4 workers"),
        }
    });
}

/// Messages of tasks that are done, and of tasks that never were. Returns how many.
fn stale(broker: &Broker, ids: &[String]) -> usize {
    broker.publish(QUEUE, &messages(ids));
    let unknown: Vec<String> = (0..TASKS)
        .map(|number| format!("019aa000-0000-7000-8000-{number:012x}"))
        .collect();
    broker.publish(QUEUE, &messages(&unknown));
    broker.publish(QUEUE, &poison());
    ids.len() + unknown.len() + poison().len()
}

fn assert_queue_goes_on(api: &Api, persons: &Persons, secs: u64) {
    api.enqueue("add_one_year", &persons.birthdays(TASKS));
    api.wait_for_all("add_one_year", 2 * TASKS, secs);
    persons.assert_had(api, 2 * TASKS);
}

/// Checks that nothing but the first message of a task had it claimed: nobody was killed, and no attempt fails.
fn assert_began_once(api: &Api, ids: &[String]) {
    for id in ids {
        let task = api.task(id);
        assert_eq!(task["attempts"], 1, "{task}");
    }
}

fn messages(ids: &[String]) -> Vec<Vec<u8>> {
    ids.iter().map(|id| id.clone().into_bytes()).collect()
}

/// Messages that no service wrote.
fn poison() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        b"no id".to_vec(),
        b"\0\xff\xfe\r\n".to_vec(),
        br#"{"id":"019aa000-0000-7000-8000-000000000000"}"#.to_vec(),
        vec![b'a'; 1 << 19],
    ]
}
