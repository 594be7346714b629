use std::process::{Command, Output};

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::db::Tx;
use service::id::Id;
use service::queue::{
    EnqueueError, Flow, Task, TaskContext, TaskError, TaskList, TaskResult, TaskState,
};

use crate::util::TestApp;

/// Fails when it is told to.
#[derive(Debug, Serialize, Deserialize)]
struct Moody {
    fails: bool,
}

impl Task for Moody {
    const NAME: &'static str = "moody";
    type Output = String;

    async fn run(self, _ctx: TaskContext) -> TaskResult<String> {
        if self.fails {
            return Err(TaskError::permanent(std::io::Error::other("\u{1b}[31mno")));
        }
        Ok("done".to_owned())
    }
}

async fn app() -> TestApp {
    let mut tasks = TaskList::default();
    tasks.add::<Moody>();
    TestApp::with_tasks(&[], tasks).await
}

async fn enqueue(app: &TestApp, fails: bool) -> Id {
    app.enqueue(Moody { fails }).await
}

/// Runs `tasks` on the database of the test.
fn tasks(app: &TestApp, args: &[&str]) -> Output {
    Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))))
        .arg("tasks")
        .args(args)
        .env_clear()
        .env("APP_ENV", "test")
        .env("DATABASE_URL", app.app.config.database.url.expose_secret())
        .output()
        .expect("the service starts")
}

#[track_caller]
fn printed(app: &TestApp, args: &[&str]) -> String {
    let output = tasks(app, args);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn json(app: &TestApp, args: &[&str]) -> Value {
    serde_json::from_str(&printed(app, args)).expect("JSON")
}

#[tokio::test]
async fn tasks_are_listed_by_what_is_asked_for() {
    let app = app().await;
    assert_eq!(printed(&app, &["list"]), "no tasks\n");
    let failed = enqueue(&app, true).await;
    app.run_pending_tasks().await;
    let waiting = enqueue(&app, false).await;

    let table = printed(&app, &["list"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("ID "), "{table}");
    assert!(lines[1].starts_with(&waiting.to_string()), "{table}");
    assert!(lines[2].contains("failed"), "{table}");
    assert!(
        lines[2].ends_with(" [31mno"),
        "no control characters: {table}"
    );

    let ids = |args: &[&str]| -> Vec<String> {
        let tasks = json(&app, &[&["list", "--json"], args].concat());
        let tasks = tasks.as_array().expect("a list").iter();
        let id = |task: &Value| task["id"].as_str().expect("an id").to_owned();
        tasks.map(id).collect()
    };
    assert_eq!(ids(&["--state", "failed"]), [failed.to_string()]);
    assert_eq!(ids(&["--limit", "1"]), [waiting.to_string()]);
    assert_eq!(ids(&["--name", "moody", "--queue", "default"]).len(), 2);
    assert!(ids(&["--queue", "other"]).is_empty());
    assert_eq!(
        tasks(&app, &["list", "--state", "lost"]).status.code(),
        Some(2)
    );
}

#[tokio::test]
async fn all_of_a_task_is_shown() {
    let app = app().await;
    let id = enqueue(&app, false).await;
    app.run_pending_tasks().await;
    let text = printed(&app, &["show", &id.to_string()]);
    assert!(text.contains(r#"args         {"fails":false}"#), "{text}");
    let task = json(&app, &["show", &id.to_string(), "--json"]);
    assert_eq!(task["state"], "succeeded");
    assert_eq!(task["args"], json!({"fails": false}));
    assert_eq!(task["result"], "done");

    let output = tasks(&app, &["show", &Id::new().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn a_failed_task_gets_all_its_attempts_again() {
    let app = app().await;
    let failed = enqueue(&app, true).await;
    app.run_pending_tasks().await;
    let waiting = enqueue(&app, false).await;

    let printed = printed(&app, &["retry", &failed.to_string()]);
    assert_eq!(printed, format!("queued {failed}\n"));
    let task = app.task(failed).await;
    assert_eq!((task.state(), task.attempts), (TaskState::Queued, 0));
    assert!(task.error.is_some());
    assert_eq!(task.finished_at, None);
    assert_eq!(app.run_pending_tasks().await, 2);
    assert_eq!(app.task(failed).await.state(), TaskState::Failed);

    let unknown = Id::new();
    let ids = [waiting, unknown, failed].map(|id| id.to_string());
    let output = tasks(&app, &["retry", "--json", &ids[0], &ids[1], &ids[2]]);
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["queued"], json!([failed]));
    assert_eq!(answer["refused"][0]["id"], json!(waiting));
    assert_eq!(
        answer["refused"][1]["reason"],
        format!("there is no task {unknown}")
    );
}

#[tokio::test]
async fn every_failed_task_with_a_name_is_retried() {
    let app = app().await;
    let failed = [enqueue(&app, true).await, enqueue(&app, true).await];
    let succeeded = enqueue(&app, false).await;
    app.run_pending_tasks().await;

    let retry = ["retry", "--failed", "--name"];
    assert_eq!(
        printed(&app, &[&retry[..], &["other"]].concat()),
        "queued 0 tasks\n"
    );
    assert_eq!(
        printed(&app, &[&retry[..], &["moody"]].concat()),
        "queued 2 tasks\n"
    );
    for id in failed {
        assert_eq!(app.task(id).await.state(), TaskState::Queued);
    }
    assert_eq!(app.task(succeeded).await.state(), TaskState::Succeeded);
    assert_eq!(tasks(&app, &["retry"]).status.code(), Some(2));
}

#[tokio::test]
async fn a_revoked_task_never_starts_but_can_be_retried() {
    let app = app().await;
    let id = enqueue(&app, false).await;
    let args = ["revoke", &id.to_string()];
    assert_eq!(printed(&app, &args), format!("revoked {id}\n"));
    assert_eq!(app.run_pending_tasks().await, 0);
    assert_eq!(tasks(&app, &args).status.code(), Some(1));
    let unknown = tasks(&app, &["revoke", &Id::new().to_string()]);
    assert_eq!(unknown.status.code(), Some(1));

    printed(&app, &["retry", &id.to_string()]);
    app.run_pending_tasks().await;
    assert_eq!(app.task(id).await.state(), TaskState::Succeeded);
}

#[tokio::test]
async fn a_chain_is_looked_after_as_one() {
    let app = app().await;
    let chain = Flow::chain([true, false].map(|fails| Flow::of(Moody { fails })));
    let whole: Result<Id, EnqueueError> = app
        .app
        .transaction(async |tx: &mut Tx| chain.enqueue(tx).await)
        .await;
    let whole = whole.expect("the chain is enqueued").to_string();
    app.run_pending_tasks().await;

    let task = json(&app, &["show", &whole, "--json"]);
    assert_eq!(task["name"], "chain");
    assert_eq!(task["state"], "failed");
    let members = json(&app, &["list", "--json", "--flow", &whole]);
    let state = |index: usize| members[index]["state"].clone();
    assert_eq!((state(0), state(1)), (json!("revoked"), json!("failed")));
    assert_eq!(members[0]["flowId"], whole);

    let last = members[0]["id"].as_str().expect("an id");
    assert_eq!(tasks(&app, &["retry", last]).status.code(), Some(1));
    let printed = printed(&app, &["retry", &whole]);
    assert_eq!(printed, format!("queued {whole}\n"));
    assert_eq!(app.run_pending_tasks().await, 1);
}

#[tokio::test]
async fn only_what_has_ended_is_purged() {
    let app = app().await;
    enqueue(&app, true).await;
    let succeeded = enqueue(&app, false).await;
    app.run_pending_tasks().await;
    let waiting = enqueue(&app, false).await;

    let purge = |args: &[&str]| {
        let purge = ["purge", "--json", "--older-than-days"];
        json(&app, &[&purge[..], args].concat())["purged"].clone()
    };
    assert_eq!(purge(&["1"]), 0);
    assert_eq!(purge(&["0", "--state", "failed"]), 1);
    assert_eq!(app.task(succeeded).await.state(), TaskState::Succeeded);
    assert_eq!(purge(&["0"]), 1);
    assert_eq!(app.task(waiting).await.state(), TaskState::Queued);
    let unfinished = ["purge", "--older-than-days", "0", "--state", "queued"];
    assert_eq!(tasks(&app, &unfinished).status.code(), Some(2));
}

#[tokio::test]
async fn a_task_is_enqueued_by_its_name() {
    let app = app().await;
    let args = r#"{"fails": false}"#;
    let enqueue = ["enqueue", "moody", "--args", args, "--idempotency-key", "k"];
    let first = printed(&app, &enqueue);
    let id: Id = first
        .trim_start_matches("enqueued ")
        .trim()
        .parse()
        .expect("an id");
    let again = json(&app, &[&enqueue[..], &["--json"]].concat());
    assert_eq!(again["enqueued"], id.to_string());

    let later = ["--delay-secs", "60", "--priority", "-3", "--queue", "slow"];
    let later = json(&app, &[&enqueue[..4], &later, &["--json"]].concat());
    let later: Id = later["enqueued"]
        .as_str()
        .expect("text")
        .parse()
        .expect("an id");
    assert_eq!(app.run_pending_tasks().await, 1);
    assert_eq!(app.task(id).await.state(), TaskState::Succeeded);
    let later = app.task(later).await;
    assert_eq!(later.state(), TaskState::Queued);
    assert_eq!((later.queue.as_str(), later.priority), ("slow", -3));
}

#[tokio::test]
async fn what_cannot_be_enqueued_is_refused() {
    let app = app().await;
    for args in [["moody", "--args", "{"], [" moody", "--args", "1"]] {
        let refused = tasks(&app, &[&["enqueue"][..], &args].concat());
        assert!(!refused.status.success(), "{refused:?}");
        assert!(!refused.stderr.is_empty());
    }
    assert!(app.enqueued().await.is_empty());
}
