use std::process::Command;

use scaffold_cli::render::Pair;
use serde_json::Value;
use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};
use template_tests::root;

use crate::util::SECRET;

/// Each finds what it finds again.
const SEED: &str = "20261122";

#[test]
fn sqlite_and_database_keeps_to_its_document() {
    assert_keeps_to_document(SQLITE_DATABASE);
}

#[test]
fn postgres_and_redis_keeps_to_its_document() {
    assert_keeps_to_document(POSTGRES_REDIS);
}

#[test]
fn mysql_and_rabbitmq_keeps_to_its_document() {
    assert_keeps_to_document(MYSQL_RABBITMQ);
}

/// Has schemathesis send what the document allows, and what it does not.
fn assert_keeps_to_document(pair: Pair) {
    let mut service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    service.set("JWT_SECRET", SECRET);
    let token = service.printed(&["token", "--sub", "ada", "--scope", "read write"]);
    service.set("TASK_WAIT_TIMEOUT_SECS", "5");
    let all = service.start("all");
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/schemathesis"))
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(root().join("tests/schemathesis.toml"))
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", all.port()))
        .args(["--seed", SEED, "--no-color"])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", token.trim()),
        ])
        .output()
        .expect("python3 can be started");
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{errors}\n{}", all.log());
    let operations = count_operations(&all.client().get("/openapi.json").expect(200).json());
    assert!(
        report.contains(&format!("Tested: {operations}\n")),
        "{report}"
    );
    all.stop();
}

fn count_operations(document: &Value) -> usize {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .values()
        .map(|item| item.as_object().expect("methods").len())
        .sum()
}
