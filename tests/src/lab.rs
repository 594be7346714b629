//! A service with tasks for tests, on servers that a test may take away.

mod broker;
mod database;
mod project;
mod server;

use std::collections::BTreeMap;

use scaffold_cli::render::Pair;
use serde_json::{Value, json};

use crate::deployment::{Deployment, Process, eventually};
use crate::http::{Answer, Client};
use crate::proof::Size;

pub use broker::Broker;
pub use database::FragileDatabase;
pub(crate) use project::furnish;

/// The service with everything around it.
pub struct Lab {
    /// The service itself.
    pub service: Deployment,
    /// The broker, if it is not the database.
    pub broker: Option<Broker>,
    /// The length of a lease.
    pub lease_secs: u64,
}

impl Lab {
    /// Builds the service of the pair and migrates its database. Leases have the length of the size.
    pub fn new(pair: Pair, size: Size) -> Self {
        Self::of(pair, Deployment::lab(pair), size)
    }

    /// The same with a database that can be taken away, if it is a server.
    pub fn with_fragile_database(pair: Pair, size: Size) -> (Self, Option<FragileDatabase>) {
        let mut service = Deployment::lab(pair);
        let database = FragileDatabase::start(pair.database, &mut service);
        (Self::of(pair, service, size), database)
    }

    fn of(pair: Pair, mut service: Deployment, size: Size) -> Self {
        let lease_secs = size.pick(3, 30);
        service.set("TASK_LEASE_SECS", &lease_secs.to_string());
        let broker = Broker::start(pair.broker, &mut service);
        service.printed(&["migrate", "up"]);
        Self {
            service,
            broker,
            lease_secs,
        }
    }

    /// Starts the role that answers requests.
    pub fn api(&self) -> Api {
        Api(self.service.start("api"))
    }

    /// Starts a worker.
    pub fn worker(&self) -> Process {
        self.service.start("worker")
    }
}

/// The role that answers requests, with the routes of `fixtures/lab`.
pub struct Api(Process);

/// How many tasks are in each state of the ledger.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts(BTreeMap<String, i64>);

impl Api {
    /// Sends requests to it.
    pub fn client(&self) -> &Client {
        self.0.client()
    }

    /// What the process has logged.
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// Enqueues a task for each of these arguments, all in one transaction, and returns their ids.
    pub fn enqueue(&self, name: &str, args: &[Value]) -> Vec<String> {
        ids(&self.ask(&json!({"name": name, "args": args})).expect(202))
    }

    /// Enqueues one task and returns its id.
    pub fn enqueue_one(&self, name: &str, args: &Value) -> String {
        self.enqueue(name, std::slice::from_ref(args)).remove(0)
    }

    /// Asks to enqueue, in all the ways there are.
    pub fn ask(&self, request: &Value) -> Answer {
        self.client().post("/lab/tasks", Some(request))
    }

    /// A task as the API shows it.
    pub fn task(&self, id: &str) -> Value {
        let task = self.client().get(&format!("/api/v1/tasks/{id}"));
        task.expect(200).json()
    }

    /// How many tasks there are with this name, by state.
    pub fn counts(&self, name: &str) -> Counts {
        self.read_counts(&format!("?name={name}"))
    }

    /// How many tasks there are, by state.
    pub fn all_counts(&self) -> Counts {
        self.read_counts("")
    }

    /// Waits until so many tasks with this name have succeeded, and checks that there are no others.
    pub fn wait_for_all(&self, name: &str, count: usize, secs: u64) {
        let mut last = Counts::default();
        let all = || {
            last = self.counts(name);
            (last.succeeded() == to_i64(count)).then_some(())
        };
        eventually(&format!("{count} × {name} succeeded"), secs, all);
        assert_eq!(last.total(), to_i64(count), "{last:?}");
    }

    /// Waits until a task is in a state, and returns it.
    pub fn wait_for_state(&self, id: &str, state: &str, secs: u64) -> Value {
        eventually(&format!("{id} is {state}"), secs, || {
            let task = self.task(id);
            (task["state"] == state).then_some(task)
        })
    }

    /// How many have succeeded, as the dashboard says: it does not read every row, and not all states at one instant.
    pub fn roughly_succeeded(&self) -> i64 {
        let overview = self.client().get("/admin/tasks/api/overview").expect(200);
        let overview = overview.json();
        let mut states = overview["states"].as_array().expect("a list").iter();
        let succeeded = states.find(|state| state["state"] == "succeeded");
        succeeded.map_or(0, |state| state["count"].as_i64().expect("a number"))
    }

    fn read_counts(&self, query: &str) -> Counts {
        let counts = self.client().get(&format!("/lab/tasks{query}"));
        let counts = serde_json::from_value(counts.expect(200).json());
        Counts(counts.expect("numbers by state"))
    }
}

impl Counts {
    /// How many have succeeded.
    pub fn succeeded(&self) -> i64 {
        self.of("succeeded")
    }

    /// How many have failed for good.
    pub fn failed(&self) -> i64 {
        self.of("failed")
    }

    /// How many a worker has claimed.
    pub fn running(&self) -> i64 {
        self.of("running")
    }

    /// How many wait, for their time or for a worker.
    pub fn waiting(&self) -> i64 {
        ["queued", "scheduled", "retrying"]
            .map(|state| self.of(state))
            .iter()
            .sum()
    }

    /// How many there are.
    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    fn of(&self, state: &str) -> i64 {
        self.0.get(state).copied().unwrap_or_default()
    }
}

/// A list of ids in an answer.
pub fn ids(answer: &Answer) -> Vec<String> {
    serde_json::from_str(&answer.body).expect("a list of ids")
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).expect("a small number")
}
