use std::process::{Command, Output};
use std::thread;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use service::db::Database;
use service::db::migrations;

use super::text;
use crate::util::{NO_BROKER, TestApp, block_on};

const PERSONS: &str = "/api/v1/persons";

/// Runs a command on the database of the test.
fn run(app: &TestApp, env: &str, args: &[&str]) -> Output {
    Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))))
        .args(args)
        .env_clear()
        .env("APP_ENV", env)
        .env("DATABASE_URL", app.app.config.database.url.expose_secret())
        .env("BROKER_URL", NO_BROKER)
        .output()
        .expect("the service starts")
}

#[track_caller]
fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

async fn names(app: &TestApp) -> Vec<String> {
    let page = app.get(PERSONS).await.json::<Value>();
    let persons = page["objects"].as_array().expect("a list").iter();
    let name = |person: &Value| person["name"].as_str().expect("a name").to_owned();
    persons.map(name).collect()
}

async fn create_eve(app: &TestApp) {
    let eve = json!({"name": "Eve", "email": "eve@example.com", "age": 1});
    assert_eq!(app.post(PERSONS, &eve).await.status(), 201);
}

#[tokio::test]
async fn seeding_stores_what_is_missing() {
    let app = TestApp::new().await;
    assert_eq!(
        printed(&run(&app, "test", &["db", "seed"])),
        "stored 3 rows\n"
    );
    let seeded = names(&app).await;
    assert_eq!(seeded.len(), 3);
    assert_eq!(
        printed(&run(&app, "test", &["db", "seed"])),
        "stored 0 rows\n"
    );
    assert_eq!(names(&app).await, seeded);
}

#[tokio::test]
async fn a_reset_leaves_nothing_but_the_seed() {
    let app = TestApp::new().await;
    create_eve(&app).await;
    let reset = run(&app, "test", &["db", "reset", "--yes"]);
    assert_eq!(printed(&reset), "stored 3 rows\n");
    let names = names(&app).await;
    assert_eq!(names.len(), 3);
    assert!(!names.contains(&"Eve".to_owned()));
}

#[tokio::test]
async fn a_reset_is_refused_in_prod_and_unless_it_is_meant() {
    let app = TestApp::new().await;
    create_eve(&app).await;
    for (env, args, why) in [
        ("prod", &["db", "reset", "--yes"][..], "APP_ENV: is `prod`"),
        ("prod", &["db", "reset"], "APP_ENV: is `prod`"),
        ("test", &["db", "reset"], "add `--yes`"),
    ] {
        let output = run(&app, env, args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let error = text(&output.stderr);
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(names(&app).await, ["Eve"]);
}

#[tokio::test]
async fn processes_that_migrate_at_once_succeed_all() {
    let app = TestApp::new().await;
    let db = Database::new(&app.app.config).expect("a pool");
    let count = block_on(async move {
        let mut count = 0;
        while let Some(_reverted) = migrations::down(&db).await.expect("it goes down") {
            count += 1;
        }
        count
    });
    let printed: Vec<String> = thread::scope(|scope| {
        let up = || printed(&run(&app, "test", &["migrate", "up"])).to_owned();
        let running = [(); 4].map(|()| scope.spawn(up));
        running
            .into_iter()
            .map(|thread| thread.join().expect("it succeeds"))
            .collect()
    });
    let applied = printed.concat().matches("applied ").count();
    assert_eq!(applied, count, "{printed:?}");
}
