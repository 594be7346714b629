mod db;
mod guide;
mod tasks;

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test, in a folder of its own and with an empty environment.
struct Service(TempDir);

impl Service {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Output {
        Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))))
            .args(args)
            .env_clear()
            .envs(env.iter().copied())
            .current_dir(self.0.path())
            .output()
            .expect("the service starts")
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

const PROD: (&str, &str) = ("APP_ENV", "prod");
const SECRET: (&str, &str) = ("JWT_SECRET", "a secret that nobody guesses in a test");

#[test]
fn the_settings_are_listed_with_their_origin() {
    let output = Service::new().run(&["config"], &[("PORT", "81"), SECRET]);
    assert!(output.status.success());
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert!(lines.contains(&"PORT=81  # env"));
    assert!(lines.contains(&"HOST=127.0.0.1  # default"));
    assert!(lines.contains(&"JWT_SECRET=***  # env"));
}

#[test]
fn the_routes_are_listed() {
    let output = Service::new().run(&["routes"], &[("API_PREFIX", "/v2")]);
    assert!(output.status.success());
    let lines: Vec<Vec<&str>> = text(&output.stdout)
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for line in [
        ["PUT", "/v2/persons/{id}", "update_person"],
        ["GET", "/doc", "show_index"],
        ["GET", "/docs", "redirect_to_ui"],
        ["GET", "/openapi.json", "show_document"],
        ["GET", "/admin/tasks", "show_page"],
        ["POST", "/webhooks", "receive_webhook"],
    ] {
        assert!(lines.iter().any(|it| *it == line), "{line:?}: {lines:?}");
    }
    assert!(lines.iter().all(|line| line.len() == 3), "{lines:?}");
}

#[test]
fn the_tasks_are_listed() {
    let output = Service::new().run(&["tasks"], &[]);
    assert!(output.status.success());
    let mut lines = text(&output.stdout).lines();
    assert!(lines.any(|line| line.starts_with("add_one_year ")));
}

#[test]
fn the_openapi_document_is_printed() {
    let output = Service::new().run(&["openapi"], &[]);
    assert!(output.status.success());
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(document["info"]["title"], env!("CARGO_PKG_NAME"));
}

#[test]
fn a_token_is_printed_only_outside_prod_and_with_a_secret() {
    let service = Service::new();
    let token = ["token", "--sub", "ada", "--scope", "read write"];
    let output = service.run(&token, &[SECRET]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout).trim_end().split('.').count(), 3);

    for env in [&[][..], &[PROD, SECRET]] {
        let output = service.run(&token, env);
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_wrong_value_stops_the_start() {
    for (name, value) in [("PORT", "abc"), ("APP_ENV", "production")] {
        let output = Service::new().run(&["api"], &[(name, value)]);
        assert_eq!(output.status.code(), Some(1));
        let error = text(&output.stderr);
        assert!(error.starts_with(&format!("error: {name}: ")), "{error}");
    }
    let output = Service::new().run(&["api", "--port", "abc"], &[]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn prod_does_not_start_with_what_is_good_enough_for_dev() {
    let output = Service::new().run(&["api"], &[PROD]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains("must be set when APP_ENV is `prod`"),
        "{error}"
    );
}

#[test]
fn prod_has_to_be_told_what_to_run() {
    let output = Service::new().run(&[], &[PROD]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("Usage:"));
}

#[test]
fn an_unknown_command_is_refused() {
    let output = Service::new().run(&["serve"], &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_api_that_is_not_there_is_not_healthy() {
    let output = Service::new().run(&["health", "api"], &[("PORT", "1")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("127.0.0.1:1"));
}
