use std::time::{Duration, Instant};

use service::tasks::PurgeFinishedTasks;

use super::{Running, free_port};
use crate::util::{EventReader, Socket, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_ended_when_the_process_is_told_to_stop() {
    let app = TestApp::new().await;
    // Nobody runs it, so nothing happens to it.
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let port = free_port();
    let running = Running::start(&app, "api", port);
    running.wait_until_it_listens();

    let url = format!("http://127.0.0.1:{port}/api/v1");
    let mut reader = EventReader::open(&format!("{url}/tasks/{id}/events"), "").await;
    reader.next().await.expect("how it is now");
    let mut socket = Socket::open(&format!("{url}/ws"), &[]).await;
    socket.say("hi").await;
    socket.hear().await;
    running.wait_for_metric(r#"http_streams_open{kind="events"} 1"#);
    running.wait_for_metric(r#"http_streams_open{kind="socket"} 1"#);

    let told = Instant::now();
    let stopped = tokio::task::spawn_blocking(move || running.stop());
    assert_eq!(socket.closed().await, Some(1001));
    assert!(reader.next().await.is_none());
    let (code, log) = stopped.await.expect("it stops");
    assert_eq!(code, Some(0), "{log}");
    // Long before SHUTDOWN_TIMEOUT_SECS.
    assert!(told.elapsed() < Duration::from_secs(8), "{log}");
}
