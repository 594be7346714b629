//! What a client does that is slow, or has more connections than requests.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use service::tasks::PurgeFinishedTasks;

use super::{PATIENCE, Running, free_port};
use crate::util::{EventReader, Socket, TestApp};

/// The beginning of a request; an empty line makes it whole.
const HEAD: &str = "GET /health/liveness HTTP/1.1\r\nHost: localhost\r\n";

/// Far longer than anything here takes, far shorter than SHUTDOWN_TIMEOUT_SECS.
const SOON: Duration = Duration::from_secs(15);

/// How long the service waits for a client that takes nothing of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

fn start(app: &TestApp, settings: &[(&str, &str)]) -> Running {
    let running = Running::start_with(app, "api", free_port(), settings);
    running.wait_until_it_listens();
    running
}

fn connect(running: &Running) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", running.port)).expect("a connection");
    let tick = Some(Duration::from_millis(100));
    connection.set_read_timeout(tick).expect("a time-out");
    connection
}

fn send(mut connection: &TcpStream, text: &str) {
    connection.write_all(text.as_bytes()).expect("it is sent");
}

/// Reads until the text comes.
fn read_until(mut connection: &TcpStream, text: &str) -> String {
    let start = Instant::now();
    let mut all = String::new();
    let mut bytes = [0; 4_096];
    while !all.contains(text) {
        assert!(start.elapsed() < PATIENCE, "no {text} in {all}");
        match connection.read(&mut bytes) {
            Ok(0) => panic!("closed before {text}: {all}"),
            Ok(count) => all += &String::from_utf8_lossy(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
    }
    all
}

/// Sends a part again and again until the other side closes; returns how long that took.
fn send_until_closed(mut connection: &TcpStream, part: &str) -> Duration {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < PATIENCE, "the connection stays open");
        let sent = connection.write_all(part.as_bytes());
        match connection.read(&mut [0; 64]) {
            Ok(0) => return start.elapsed(),
            Err(error) if error.kind() == ErrorKind::WouldBlock && sent.is_ok() => {}
            Err(_) => return start.elapsed(),
            Ok(_) => panic!("an answer to half a request"),
        }
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_closes_the_connection() {
    let app = TestApp::new().await;
    let settings = [
        ("HEADER_READ_TIMEOUT_SECS", "1"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let running = start(&app, &settings);
    let silent = connect(&running);
    let idle = connect(&running);
    send(&idle, &format!("{HEAD}\r\n"));
    read_until(&idle, "alive");

    // A header now and then keeps nothing open.
    let slow = connect(&running);
    send(&slow, HEAD);
    let closed_after = send_until_closed(&slow, "X-More: 1\r\n");
    assert!(
        closed_after >= Duration::from_millis(800),
        "{closed_after:?}"
    );
    let half = connect(&running);
    send(&half, "PRI * HTTP/2");
    for connection in [silent, idle, half] {
        send_until_closed(&connection, "");
    }
    assert!(running.get("/health/liveness", "x").contains("alive"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_is_let_go_and_streams_without_news_are_not() {
    let app = TestApp::new().await;
    let id = app.enqueue(PurgeFinishedTasks {}).await;
    let running = start(&app, &[("STREAM_HEARTBEAT_SECS", "3600")]);
    let url = format!("http://127.0.0.1:{}/api/v1", running.port);
    let mut events = EventReader::open(&format!("{url}/tasks/{id}/events"), "").await;
    events.next().await.expect("how it is now");
    let mut socket = Socket::open(&format!("{url}/ws"), &[]).await;

    let begun = Instant::now();
    let slow = connect(&running);
    // Far more than the buffers of both sides hold.
    let request = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
    send(&slow, &request.repeat(20));
    // With the events and the one that asks; a WebSocket is no longer one of HTTP.
    running.wait_for_metric("http_connections_open 3");
    tokio::time::sleep(WRITE_TIMEOUT * 2 / 3).await;
    running.wait_for_metric("http_connections_open 3");
    tokio::time::sleep(WRITE_TIMEOUT.saturating_sub(begun.elapsed())).await;
    running.wait_for_metric("http_connections_open 2");

    socket.say("hi").await;
    assert_eq!(socket.hear().await, "Message text was: hi");
    let revoked = running.send(&format!("DELETE /api/v1/tasks/{id}"), &[], "");
    assert!(revoked.starts_with("HTTP/1.1 202 "), "{revoked}");
    let news = events.next().await.expect("news");
    assert_eq!(news.data["state"], "revoked");
}

#[tokio::test]
async fn connections_are_counted_and_used_again() {
    let app = TestApp::new().await;
    let running = start(&app, &[]);
    let connections: Vec<TcpStream> = (0..5).map(|_| connect(&running)).collect();
    for _ in 0..2 {
        for connection in &connections {
            send(connection, &format!("{HEAD}\r\n"));
            read_until(connection, "alive");
        }
    }
    // With the one that asks.
    running.wait_for_metric("http_connections_open 6");
    drop(connections);
    running.wait_for_metric("http_connections_open 1");
}

#[tokio::test]
async fn who_is_connected_is_known() {
    let app = TestApp::new().await;
    let settings = [
        ("RATE_LIMIT_BURST", "1"),
        ("RATE_LIMIT_PER_SECOND", "1"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let running = start(&app, &settings);
    let proxy = connect(&running);
    let ask_for = |client: usize| {
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.";
        send(&proxy, &format!("{request}{client}\r\n\r\n"));
        read_until(&proxy, "}")
    };
    // One after the other: were they all the proxy itself, they would have to wait. By chance two may share a rate.
    let is_answered = |client: &usize| ask_for(*client).starts_with("HTTP/1.1 200 ");
    assert!((0..50).filter(is_answered).count() >= 48);
    let is_put_off = |_| ask_for(200).starts_with("HTTP/1.1 429 ");
    assert!((0..50).any(is_put_off));
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let app = TestApp::new().await;
    let running = start(&app, &[]);
    let connection = connect(&running);
    let header = format!("X-Large: {}\r\n\r\n", "x".repeat(70_000));
    send(&connection, &format!("{HEAD}{header}"));
    read_until(&connection, "HTTP/1.1 431 ");
}

#[tokio::test]
async fn a_stop_answers_what_has_begun_and_waits_for_nobody_else() {
    let app = TestApp::new().await;
    let running = start(&app, &[]);
    let silent = connect(&running);
    let idle = connect(&running);
    send(&idle, &format!("{HEAD}\r\n"));
    read_until(&idle, "alive");
    let body = r#"{"name": "Ada", "email": "ada@example.com", "age": 36}"#;
    let (first, rest) = body.split_at(10);
    let begun = connect(&running);
    let length = body.len();
    send(
        &begun,
        &format!(
            "POST /api/v1/persons HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{first}"
        ),
    );
    // It has begun once it is counted.
    let counted = r#"http_requests_in_flight{method="POST",path="/api/v1/persons"} 1"#;
    running.wait_for_metric(counted);

    let start = Instant::now();
    running.ask_to_stop();
    send_until_closed(&silent, "");
    send_until_closed(&idle, "");
    while running.is_listening() {
        assert!(start.elapsed() < SOON, "it still listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    send(&begun, rest);
    read_until(&begun, "HTTP/1.1 201 ");
    assert_eq!(running.stop().0, Some(0));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// RFC 9113: the preface (section 3.4), then the head of a frame, 9 bytes (section 4.1), and nothing in it.
#[tokio::test]
async fn http2_is_spoken_with_our_proxies() {
    const SETTINGS: u8 = 4;

    let app = TestApp::new().await;
    let running = start(&app, &[("TRUSTED_PROXIES", "127.0.0.1")]);
    let mut connection = connect(&running);
    // However it is cut.
    send(&connection, "PRI * HTTP/2.0\r\n");
    std::thread::sleep(Duration::from_millis(50));
    send(&connection, "\r\nSM\r\n\r\n");
    let settings = [0, 0, 0, SETTINGS, 0, 0, 0, 0, 0];
    connection.write_all(&settings).expect("it is sent");
    let patience = Some(PATIENCE);
    connection.set_read_timeout(patience).expect("a time-out");
    let mut head = [0; 9];
    connection.read_exact(&mut head).expect("a frame");
    assert_eq!(head[3], SETTINGS, "{head:?}");
}

#[tokio::test]
async fn http2_is_not_spoken_with_strangers() {
    let app = TestApp::new().await;
    let running = start(&app, &[("TRUSTED_PROXIES", "192.0.2.1")]);
    let connection = connect(&running);
    send(&connection, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(send_until_closed(&connection, "") < SOON);
}

/// Every part is larger than what the buffers of both sides hold.
#[tokio::test]
async fn who_is_refused_while_it_sends_sees_why_and_may_ask_again() {
    const PART: usize = 16 << 20;

    let app = TestApp::new().await;
    let running = start(&app, &[]);
    let head =
        "POST /api/v1/persons HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let part = "x".repeat(PART);
    let length = format!("Content-Length: {}\r\n\r\n{part}{part}", 2 * PART);
    let chunk = format!("{PART:x}\r\n{part}\r\n");
    let chunks = format!("Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    for body in [length, chunks] {
        let connection = connect(&running);
        send(&connection, &format!("{head}{body}"));
        read_until(&connection, "HTTP/1.1 413 ");
        send(&connection, &format!("{HEAD}\r\n"));
        read_until(&connection, "alive");
    }

    // Who asks first is not told to send it.
    let polite = connect(&running);
    let head = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
    send(&polite, &format!("{head}Content-Length: {PART}\r\n\r\n"));
    let answer = read_until(&polite, "HTTP/1.1 404 ");
    assert!(!answer.contains("100 Continue"), "{answer}");
    assert!(send_until_closed(&polite, "") < SOON);
}
