use template_tests::deployment::Deployment;
use template_tests::rendered::SQLITE_DATABASE;

use crate::util::{PERSONS, SECRET, assert_problem, person};

#[test]
fn prod_does_not_start_without_a_way_to_verify_tokens() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("APP_ENV", "prod");
    let output = service.run(&["api"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("JWT_SECRET"), "{errors}");
}

#[test]
fn prod_wants_a_token_with_the_scope() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("JWT_SECRET", SECRET);
    let token = |scope| {
        let token = service.printed(&["token", "--sub", "ada", "--scope", scope]);
        token.trim().to_owned()
    };
    let (read, write) = (token("read"), token("read write"));

    service.set("APP_ENV", "prod");
    let refused = service.run(&["token", "--sub", "ada"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let client = api.client();
    assert_problem(&client.post(PERSONS, Some(&person(0))), 401);
    let forged = client.with_token("e30.e30.e30");
    assert_problem(&forged.post(PERSONS, Some(&person(0))), 401);
    let reader = client.with_token(&read);
    assert_problem(&reader.post(PERSONS, Some(&person(0))), 403);
    let writer = client.with_token(&write);
    writer.post(PERSONS, Some(&person(0))).expect(201);
    client.get(PERSONS).expect(200);
    assert_problem(&client.get("/api/v1/tasks"), 401);
    reader.get("/api/v1/tasks").expect(200);
    api.stop();
}

#[test]
fn a_handler_that_asks_for_no_token_is_guarded_all_the_same() {
    const OPEN: &str = "/api/v1/lab/open";
    let mut service = Deployment::lab(SQLITE_DATABASE);
    service.printed(&["migrate", "up"]);
    service.set("JWT_SECRET", SECRET);
    let token = service.printed(&["token", "--sub", "ada"]);
    let api = service.start("api");
    assert_problem(&api.client().get(OPEN), 401);
    let holder = api.client().with_token(token.trim());
    assert_eq!(holder.get(OPEN).expect(200).body, "open");
    api.stop();
}

#[test]
fn dev_is_open_and_says_so_once() {
    let service = Deployment::new(SQLITE_DATABASE);
    let all = service.start("all");
    all.client().post(PERSONS, Some(&person(0))).expect(201);
    all.client().post(PERSONS, Some(&person(1))).expect(201);
    let log = all.log();
    let warnings = log.lines().filter(|line| line.contains("JWT_SECRET"));
    assert_eq!(warnings.count(), 1, "{log}");
    all.stop();
}
