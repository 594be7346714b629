use std::time::Instant;

use scaffold_cli::render::Pair;
use template_tests::deployment::{Deployment, eventually};
use template_tests::http::{Client, READINESS};
use template_tests::proof::prove;
use template_tests::rendered::SQLITE_DATABASE;
use template_tests::{for_every_pair, tests_of_pair};

use crate::util::{
    PERSONS, age, assert_problem, create_person, enqueue_birthday, enqueue_birthdays, person,
    wait_for_success,
};

for_every_pair!(runs_as_one_process_and_as_several);

fn runs_as_one_process_and_as_several(pair: Pair) {
    prove(pair, "processes", |_| {
        assert_all_works(pair);
        assert_roles_work_together(pair);
        String::new()
    });
}

fn assert_all_works(pair: Pair) {
    let service = Deployment::new(pair);
    let all = service.start("all");
    let client = all.client();

    let readiness = client.get(READINESS).expect(200).json();
    assert_eq!(readiness["status"], "up");
    assert_eq!(readiness["checks"]["database"], "up");
    assert_eq!(readiness["checks"]["broker"], "up");

    let id = create_person(client, 0);
    let task = enqueue_birthday(client, &id);
    wait_for_success(client, std::slice::from_ref(&task), 10);
    assert_eq!(age(client, &id), 31);
    let result = client.get(&format!("/api/v1/tasks/{task}/result"));
    assert_eq!(result.expect(200).json()["result"], 31);

    assert!(client.get("/docs/").expect(200).body.contains("<html"));
    let document = client.get("/openapi.json").expect(200).json();
    assert!(document["paths"]["/api/v1/persons"]["post"].is_object());
    assert!(client.get("/metrics").expect(200).body.contains("# TYPE"));
    assert_errors_are_problems(client);

    let start = Instant::now();
    all.stop();
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

fn assert_errors_are_problems(client: &Client) {
    let send = |method, path: &str, body| client.send(method, path, body).expect("an answer");
    assert_problem(&client.get("/nowhere"), 404);
    assert_problem(&client.get("/api/v1/nowhere"), 404);
    assert_problem(&client.get(&format!("{PERSONS}/no-id")), 400);
    let unknown = "019aa000-0000-7000-8000-000000000000";
    assert_problem(&client.get(&format!("{PERSONS}/{unknown}")), 404);
    assert_problem(&client.get(&format!("{PERSONS}?limit=0")), 422);
    assert_problem(&send("POST", PERSONS, Some("{")), 400);
    assert_problem(&send("POST", PERSONS, Some(r#"{"name":1}"#)), 422);
    assert_problem(&send("POST", PERSONS, None), 415);
    let too_large = "a".repeat(32 << 20);
    assert_problem(&send("POST", PERSONS, Some(&too_large)), 413);
    assert_problem(&client.post(PERSONS, Some(&person(0))), 409);
    let patch = send("PATCH", PERSONS, Some("{}"));
    assert_problem(&patch, 405);
    let allow = patch.header("allow");
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
}

fn assert_roles_work_together(pair: Pair) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let id = create_person(api.client(), 0);
    let mut tasks = enqueue_birthdays(api.client(), &id, 3);
    let state = api.client().get(&format!("/api/v1/tasks/{}", tasks[0]));
    assert_eq!(
        state.expect(200).json()["state"],
        "queued",
        "nobody works yet"
    );

    let worker = service.start("worker");
    let scheduler = service.start("scheduler");
    tasks.extend(enqueue_birthdays(api.client(), &id, 3));
    wait_for_success(api.client(), &tasks, 10);
    assert_eq!(age(api.client(), &id), 36);

    // That they ran does not say that the broker was told of them: the worker may have read the ledger.
    assert!(!api.log().contains("publishing failed"), "{}", api.log());

    for role in ["worker", "scheduler"] {
        eventually(&format!("the {role} gives a sign of life"), 10, || {
            service
                .run(&["health", role])
                .status
                .success()
                .then_some(())
        });
    }
    for process in [worker, scheduler, api] {
        process.stop();
    }
    assert_eq!(service.run(&["health", "worker"]).status.code(), Some(1));
}

/// Each opens connections of its own, and the first of them sets up the file.
#[test]
fn processes_that_start_at_once_on_a_new_database_are_ready() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    for round in 0..10 {
        service.set("DATABASE_URL", &format!("sqlite://{round}.db"));
        let processes = [(); 3].map(|()| service.start("api"));
        let answers = std::thread::scope(|scope| {
            let asked = processes
                .each_ref()
                .map(|process| scope.spawn(|| process.client().get(READINESS)));
            asked.map(|thread| thread.join().expect("an answer"))
        });
        for answer in answers {
            answer.expect(200);
        }
    }
}
