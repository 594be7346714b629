use std::fs;

use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};

use crate::util::{SECRET, start_for_tests};

#[test]
fn sqlite_is_migrated_seeded_dumped_and_restored() {
    assert_recipes_look_after_the_database(SQLITE_DATABASE);
}

#[test]
fn postgres_is_migrated_seeded_dumped_and_restored() {
    assert_recipes_look_after_the_database(POSTGRES_REDIS);
}

#[test]
fn mysql_is_migrated_seeded_dumped_and_restored() {
    assert_recipes_look_after_the_database(MYSQL_RABBITMQ);
}

fn assert_recipes_look_after_the_database(pair: Pair) {
    let service = Deployment::new(pair);
    let ada = || {
        service
            .recipe(&["sql", "SELECT email FROM persons WHERE age = 36"])
            .contains("ada@example.com")
    };
    let dump = service.path("dump");

    service.recipe(&["migrate"]);
    let status = service.recipe(&["migrate", "status"]);
    assert!(status.contains("applied") && !status.contains("pending"));
    service.recipe(&["revert"]);
    assert!(service.recipe(&["migrate", "status"]).contains("pending"));
    service.recipe(&["migrate"]);
    service.recipe(&["seed"]);
    assert!(ada());
    service.recipe(&["dump", &dump]);
    service.recipe(&["sql", "DELETE FROM persons"]);
    service.recipe(&["sql", "CREATE TABLE later (id INTEGER)"]);
    assert!(!ada());
    // Nobody is there to be asked, and an empty file is no dump.
    service.refused_recipe(&["restore", &dump]);
    let empty = service.path("empty");
    fs::write(&empty, "").expect("a file");
    service.refused_recipe(&["restore", &empty, "--yes"]);
    // It is still there.
    service.recipe(&["sql", "SELECT id FROM later"]);
    service.recipe(&["restore", &dump, "--yes"]);
    assert!(ada());
    // It was not there when the dump was made.
    service.recipe(&["sql", "CREATE TABLE later (id INTEGER)"]);
    service.recipe(&["sql", "DROP TABLE later"]);
    service.recipe(&["sql", "UPDATE persons SET age = 1"]);
    service.recipe(&["--yes", "reset"]);
    assert!(ada());
}

#[test]
fn secrets_are_new_and_long_and_tokens_are_signed() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    let secrets = [(); 2].map(|()| service.recipe(&["secret"]));
    assert_ne!(secrets[0], secrets[1]);
    assert_eq!(secrets[0].trim().len(), 64);
    service.set("JWT_SECRET", SECRET);
    let token = service.recipe(&["token", "ada", "read"]);
    assert_eq!(token.trim().split('.').count(), 3, "{token}");
}

#[test]
fn journey_through_sqlite_and_database_ends_well() {
    assert_journey_ends_well(SQLITE_DATABASE);
}

#[test]
fn journey_through_postgres_and_redis_ends_well() {
    assert_journey_ends_well(POSTGRES_REDIS);
}

/// `just e2e` starts the service itself; it has to be told of one that runs by `TEST_BASE_URL`.
fn assert_journey_ends_well(pair: Pair) {
    let mut service = Deployment::new(pair);
    let walked = service.recipe(&["e2e"]);
    assert!(
        walked.contains("e2e: POST /api/v1/persons: 401\n"),
        "{walked}"
    );
    assert!(walked.ends_with("e2e: well\n"), "{walked}");

    let all = start_for_tests(&mut service);
    let walked = service.recipe(&["e2e"]);
    assert!(walked.ends_with("e2e: well\n"), "{walked}");
    all.stop();
}
