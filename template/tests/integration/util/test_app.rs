//! The service in this process, with a database of its own and no broker.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde::Serialize;
use serde_json::Value;
use service::app::{App, AppState};
use service::config::Config;
use service::db::{Database, Tx, migrations};
use service::id::Id;
use service::middleware::{self, Deprecations};
use service::queue::{self, EnqueueError, Task, TaskList, TaskRecord, ledger};
use service::{router, tasks};
use tower::ServiceExt;

use super::{Listening, NO_BROKER, TestDatabase, TestResponse};

/// The service under test.
pub(crate) struct TestApp {
    /// What handlers and tasks share.
    pub(crate) app: Arc<App>,
    router: Router,
    _database: TestDatabase,
}

impl TestApp {
    /// A service with an empty database, in which everybody may do everything.
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A service with an empty database and these settings.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let mut tasks = TaskList::default();
        tasks::register(&mut tasks);
        Self::with_tasks(settings, tasks).await
    }

    /// A service with an empty database, these settings and these tasks.
    pub(crate) async fn with_tasks(settings: &[(&str, &str)], tasks: TaskList) -> Self {
        let database = TestDatabase::new();
        let config = config(&database.url(), settings);
        migrate(&config);
        let app = Arc::new(App::with_tasks(config, tasks).expect("the service is set up"));
        Self {
            router: router::build(AppState(Arc::clone(&app))),
            app,
            _database: database,
        }
    }

    /// These routes behind the layers of the service, with these settings.
    pub(crate) async fn with_routes(settings: &[(&str, &str)], routes: Router<AppState>) -> Self {
        let mut app = Self::with(settings).await;
        let state = AppState(Arc::clone(&app.app));
        app.router = middleware::apply(routes, &state, Deprecations::default()).with_state(state);
        app
    }

    /// Has the service answer on a port of its own, until what this returns is dropped.
    pub(crate) async fn listen(&self) -> Listening {
        Listening::start(self.router.clone()).await
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(request(Method::GET, path).body(Body::empty()))
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> TestResponse {
        self.send_json(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &impl Serialize) -> TestResponse {
        self.send_json(Method::PUT, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> TestResponse {
        self.send(request(Method::DELETE, path).body(Body::empty()))
            .await
    }

    /// Sends a request with one more header, and with a body unless it is `null`.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        header: (&str, &str),
        body: &Value,
    ) -> TestResponse {
        let request = request(method, path).header(header.0, header.1);
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string().into()),
        };
        self.send(request).await
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: axum::http::Result<Request<Body>>) -> TestResponse {
        let request = request.expect("the request is well formed");
        let response = self.router.clone().oneshot(request).await;
        TestResponse::read(response.unwrap_or_else(|never| match never {})).await
    }

    async fn send_json(&self, method: Method, path: &str, body: &impl Serialize) -> TestResponse {
        let body = serde_json::to_vec(body).expect("the body is JSON");
        let request = request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into())).await
    }

    /// Enqueues a task, in a transaction of its own.
    pub(crate) async fn enqueue(&self, task: impl Task) -> Id {
        self.app
            .transaction(async |tx: &mut Tx| task.enqueue(tx).await)
            .await
            .unwrap_or_else(|error: EnqueueError| panic!("the task is not enqueued: {error}"))
    }

    /// Runs the tasks that are due, and returns how many attempts that took.
    pub(crate) async fn run_pending_tasks(&self) -> usize {
        queue::run_pending(&self.app).await.expect("tasks can run")
    }

    /// A task as the ledger has it.
    pub(crate) async fn task(&self, id: Id) -> TaskRecord {
        let mut conn = self.app.connection().await.expect("a connection");
        let task = ledger::find(&mut conn, id)
            .await
            .expect("the ledger answers");
        task.unwrap_or_else(|| panic!("there is no task {id}"))
    }

    /// The names of all tasks in the ledger, the oldest first.
    pub(crate) async fn enqueued(&self) -> Vec<String> {
        let tasks = self.tasks(ledger::TaskFilter::default()).await;
        tasks.into_iter().map(|task| task.name).collect()
    }

    /// The tasks of one kind in the ledger, the oldest first: each with its arguments, and with its
    /// row, which has its options and its state.
    pub(crate) async fn enqueued_as<T: Task>(&self) -> Vec<(T, TaskRecord)> {
        let filter = ledger::TaskFilter {
            name: Some(T::NAME.to_owned()),
            ..ledger::TaskFilter::default()
        };
        let with_args = |task: TaskRecord| {
            let args = serde_json::from_str(&task.args).expect("arguments of this kind");
            (args, task)
        };
        self.tasks(filter)
            .await
            .into_iter()
            .map(with_args)
            .collect()
    }

    /// The arguments of the tasks of one kind in the ledger, the oldest first.
    pub(crate) async fn enqueued_of<T: Task>(&self) -> Vec<T> {
        let tasks = self.enqueued_as().await.into_iter();
        tasks.map(|(args, _)| args).collect()
    }

    /// These tasks as the ledger has them, the oldest first.
    pub(crate) async fn tasks(&self, filter: ledger::TaskFilter) -> Vec<TaskRecord> {
        let filter = ledger::TaskFilter {
            limit: 10_000,
            ..filter
        };
        let mut conn = self.app.connection().await.expect("a connection");
        let tasks = ledger::list(&mut conn, &filter).await;
        let mut tasks = tasks.expect("the ledger answers");
        tasks.reverse();
        tasks
    }
}

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

fn config(database_url: &str, settings: &[(&str, &str)]) -> Config {
    let config = Config::from_env(|name| {
        let chosen = settings.iter().find(|(key, _)| *key == name);
        let value = match (chosen, name) {
            (Some((_, value)), _) => value,
            (None, "APP_ENV") => "test",
            (None, "DATABASE_URL") => database_url,
            (None, "DATABASE_POOL_SIZE") => "4",
            (None, "BROKER_URL") => NO_BROKER,
            (None, "TASK_RETRY_BASE_MS") => "1",
            _ => return None,
        };
        Some(value.to_owned())
    });
    config.expect("settings for tests")
}

fn migrate(config: &Config) {
    let db = Database::new(config).expect("the pool is set up");
    block_on(async move { migrations::up(&db).await.map(drop) }).expect("the migrations run");
}

/// Runs what needs a runtime with several threads, which `#[tokio::test]` has not.
///
/// A connection belongs to the runtime that opened it: give it a pool of its own.
pub(crate) fn block_on<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let run = move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async { tokio::spawn(work).await.expect("the work ends") })
    };
    std::thread::spawn(run).join().expect("the thread ends")
}
