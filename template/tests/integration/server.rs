#![cfg(unix)]

mod connections;
mod log;
mod secrets;
#[cfg(feature = "sentry")]
mod sentry;
mod spans;
mod streams;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use service::tasks::PurgeFinishedTasks;

use crate::util::{NO_BROKER, TestApp};

const PATIENCE: Duration = Duration::from_secs(20);

/// A process that runs a role, on the database of a test and without a broker.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    fn start(app: &TestApp, role: &str, port: u16) -> Self {
        Self::start_with(app, role, port, &[])
    }

    fn start_with(app: &TestApp, role: &str, port: u16, settings: &[(&str, &str)]) -> Self {
        let mut service = service(app, &[role], port);
        service.envs(settings.iter().copied());
        Self::spawn(&mut service, port)
    }

    fn spawn(service: &mut Command, port: u16) -> Self {
        let child = service.stdout(Stdio::piped()).spawn();
        Self {
            child: child.expect("the service starts"),
            port,
        }
    }

    /// Asks the process for its health until it is well.
    fn wait_for(&self, app: &TestApp, role: &str) {
        let start = Instant::now();
        while !is_healthy(app, role, self.port) {
            assert!(start.elapsed() < PATIENCE, "{role} does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the port of an API, which without a broker never says that it is ready.
    fn wait_until_it_listens(&self) {
        let start = Instant::now();
        while !self.is_listening() {
            assert!(start.elapsed() < PATIENCE, "nobody listens");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn is_listening(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    fn wait_for_metric(&self, start_of_line: &str) {
        let start = Instant::now();
        let is_there = || {
            let metrics = self.get("/metrics", "x");
            metrics.lines().any(|line| line.starts_with(start_of_line))
        };
        while !is_there() {
            assert!(start.elapsed() < PATIENCE, "no {start_of_line}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn get(&self, path: &str, request_id: &str) -> String {
        self.send(&format!("GET {path}"), &[("X-Request-Id", request_id)], "")
    }

    fn send(&self, line: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        connection
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        connection
            .write_all(request.as_bytes())
            .expect("it is sent");
        let mut response = String::new();
        connection.read_to_string(&mut response).expect("an answer");
        response
    }

    /// Sends SIGTERM.
    fn ask_to_stop(&self) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status();
        assert!(kill.expect("a signal").success());
    }

    /// Sends SIGTERM, and returns the exit code, while nobody reads the log.
    fn stop_unread(&mut self) -> Option<i32> {
        self.ask_to_stop();
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status.code();
            }
            assert!(start.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends SIGTERM, and returns the exit code and the log.
    fn stop(mut self) -> (Option<i32>, String) {
        self.ask_to_stop();
        let mut log = String::new();
        let stdout = self.child.stdout.as_mut().expect("a pipe");
        stdout.read_to_string(&mut log).expect("a log");
        let status = self.child.wait().expect("an end");
        (status.code(), log)
    }
}

impl Drop for Running {
    /// A test that failed half way leaves nobody behind.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn service(app: &TestApp, args: &[&str], port: u16) -> Command {
    let mut service = Command::new(env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))));
    service
        .args(args)
        .env_clear()
        .env("APP_ENV", "test")
        .env("BROKER_URL", NO_BROKER)
        .env("DATABASE_URL", app.app.config.database.url.expose_secret())
        .env("LOG_FORMAT", "json")
        .env("PORT", port.to_string());
    service
}

fn is_healthy(app: &TestApp, role: &str, port: u16) -> bool {
    let mut health = service(app, &["health", role], port);
    health.output().expect("an answer").status.success()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[tokio::test]
async fn each_role_says_that_it_is_alive_and_stops_when_told_to() {
    let app = TestApp::new().await;
    for role in ["worker", "scheduler"] {
        assert!(!is_healthy(&app, role, 1), "{role}");
        let running = Running::start(&app, role, 1);
        running.wait_for(&app, role);
        let (code, log) = running.stop();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("SIGTERM"), "{log}");
    }
}

#[tokio::test]
async fn all_roles_run_in_one_process() {
    let app = TestApp::new().await;
    let running = Running::start(&app, "all", free_port());
    running.wait_for(&app, "worker");
    running.wait_for(&app, "scheduler");
    let response = running.get("/health/liveness", "it-is-me");
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(response.contains("x-request-id: it-is-me"), "{response}");

    let (code, log) = running.stop();
    assert_eq!(code, Some(0), "{log}");
}

#[tokio::test]
async fn roles_without_an_api_tell_metrics_and_health_on_a_port_of_their_own() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    for role in ["worker", "scheduler"] {
        let port = free_port();
        let metrics_port = port.to_string();
        let settings = [("METRICS_PORT", metrics_port.as_str())];
        let running = Running::start_with(&app, role, port, &settings);
        running.wait_for(&app, role);
        let alive = running.get("/health/liveness", "x");
        assert!(alive.starts_with("HTTP/1.1 200 OK"), "{alive}");
        let ready = running.get("/health/readiness", "x");
        assert!(ready.contains(r#""database":"up""#), "{ready}");
        let api = running.get("/api/v1/persons", "x");
        assert!(api.starts_with("HTTP/1.1 404 "), "{api}");
        if role == "worker" {
            while !app.task(id).await.state().is_finished() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            running.wait_for_metric(r#"task_queue_depth{queue="default"} "#);
            running.wait_for_metric(r#"task_oldest_due_age_seconds{queue="default"} "#);
            let attempts =
                r#"task_attempts_total{task="purge_finished_tasks",outcome="succeeded"} 1"#;
            running.wait_for_metric(attempts);
            let duration = r#"task_duration_seconds_count{task="purge_finished_tasks"} 1"#;
            running.wait_for_metric(duration);
            running.wait_for_metric("tasks_in_flight 0");
            running.wait_for_metric("db_pool_max_connections 16");
        }
        assert_eq!(running.stop().0, Some(0));
    }
}

#[tokio::test]
async fn a_port_that_is_taken_stops_the_start() {
    let app = TestApp::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let output = service(&app, &["all"], port).output().expect("an end");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains(&format!("HOST, PORT: cannot listen on 127.0.0.1:{port}")),
        "{error}"
    );
}
