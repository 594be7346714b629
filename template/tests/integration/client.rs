use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use service::client::{Client, ClientError};
use service::config::ClientConfig;
use service::error::AppError;
use service::queue::{Task, TaskContext, TaskList, TaskResult};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::util::{Peer, Reply, TestApp};

fn config() -> ClientConfig {
    ClientConfig {
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_secs(5),
        max_retries: 2,
        max_concurrent_per_peer: 3,
        max_response_bytes: 1_000,
    }
}

fn client() -> Client {
    Client::new(&config()).expect("a client")
}

fn client_with_timeout(timeout: Duration) -> Client {
    Client::new(&ClientConfig {
        timeout,
        ..config()
    })
    .expect("a client")
}

#[tokio::test]
async fn what_fails_for_a_moment_is_called_again() {
    let peer = Peer::start().await;
    let replies = [Reply::status(500), Reply::status(503), Reply::body("[1]")];
    peer.replies("/", replies);
    let response = client()
        .get(&peer.url("/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.json::<Vec<u8>>().expect("JSON"), [1]);
    assert_eq!(peer.received("/").len(), 3);
}

#[tokio::test]
async fn what_goes_on_failing_is_the_answer() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::status(503)]);
    let response = client()
        .put(&peer.url("/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(peer.received("/").len(), 3);
    let error = response.success().expect_err("it is no success");
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(AppError::from(error).status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_error_of_ours_is_not_repeated() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::status(400)]);
    let response = client()
        .get(&peer.url("/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    assert_eq!(peer.received("/").len(), 1);
}

#[tokio::test]
async fn a_post_is_sent_once_unless_it_may_be_repeated() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::status(503)]);
    let client = client();
    let url = peer.url("/");
    client.post(&url).json(&7).send().await.expect("an answer");
    assert_eq!(peer.received("/").len(), 1);

    let again = client.post(&url).json(&7).idempotent();
    again.send().await.expect("an answer");
    let received = peer.received("/");
    assert_eq!(received.len(), 4);
    assert!(
        received
            .iter()
            .all(|one| one.method == "POST" && one.body == "7")
    );
}

/// As behind a firewall that drops what it does not let through.
#[tokio::test]
async fn a_peer_that_takes_no_connection_costs_the_time_for_it_and_is_a_time_out() {
    let socket = TcpSocket::new_v4().expect("a socket");
    let any = "127.0.0.1:0".parse().expect("an address");
    socket.bind(any).expect("a port");
    let full = socket.listen(1).expect("it listens");
    let address = full.local_addr().expect("an address");
    let mut waiting = Vec::new();
    let connect = || timeout(Duration::from_millis(300), TcpStream::connect(address));
    while let Ok(connection) = connect().await {
        waiting.push(connection);
    }

    let begun = Instant::now();
    let url = format!("http://{address}/");
    let error = client().post(&url).send().await.expect_err("no connection");
    assert!(begun.elapsed() < Duration::from_secs(3), "{error:?}");
    assert_eq!(AppError::from(error).status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_peer_says_how_long_to_wait() {
    let peer = Peer::start().await;
    let wait = |seconds: &str| Reply::status(429).header("retry-after", seconds);
    peer.replies("/soon", [wait("1"), Reply::body("")]);
    let begun = Instant::now();
    let response = client().get(&peer.url("/soon")).send().await;
    assert_eq!(response.expect("an answer").status, StatusCode::OK);
    assert!(begun.elapsed() >= Duration::from_secs(1));

    // There is no time for that.
    for seconds in ["60", "18446744073709551615"] {
        let begun = Instant::now();
        peer.replies("/late", [wait(seconds), Reply::body("")]);
        let response = client().get(&peer.url("/late")).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_peer_that_stays_silent_costs_the_time_limit() {
    let limit = Duration::from_millis(500);
    let client = client_with_timeout(limit);
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    let begun = Instant::now();
    let error = client.get(&url).send().await.expect_err("no answer");
    let took = begun.elapsed();
    assert!(took >= limit && took < limit * 2, "{took:?}");
    assert!(matches!(error, ClientError::TimedOut { .. }), "{error:?}");
    assert_eq!(AppError::from(error).status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn nobody_listens() {
    let begun = Instant::now();
    let error = client().get("http://127.0.0.1:1/?key=secret").send().await;
    let error = error.expect_err("no answer");
    assert!(begun.elapsed() < Duration::from_secs(2));
    let text = format!("{:#}", anyhow::Error::new(error));
    assert!(text.starts_with("127.0.0.1:1 cannot be reached"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn a_url_that_leads_nowhere_is_not_shown() {
    for url in ["mailto:secret@example.com", "/?key=secret", "data:secret"] {
        let error = client().get(url).send().await.expect_err("no call");
        assert!(matches!(error, ClientError::Request(_)), "{error:?}");
        let text = format!("{:#}", anyhow::Error::new(error));
        assert!(text.starts_with("the request is not valid"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn too_much_is_not_read() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::body("x".repeat(1_001))]);
    let error = client().get(&peer.url("/")).send().await;
    let error = error.expect_err("it is too much");
    assert!(matches!(error, ClientError::TooLarge { limit: 1_000, .. }));
}

#[tokio::test]
async fn a_slow_peer_holds_up_nobody_else() {
    let (slow, quick) = (Peer::start().await, Peer::start().await);
    slow.replies("/", [Reply::after(Duration::from_millis(500))]);
    quick.replies("/", [Reply::body("")]);
    let client = client();
    let slow_url = slow.url("/");
    let calls = futures_util::future::join_all((0..7).map(|_| client.get(&slow_url).send()));
    let begun = Instant::now();
    let quick_call = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        client.get(&quick.url("/")).send().await.expect("an answer");
        begun.elapsed()
    };
    let (answers, took) = tokio::join!(calls, quick_call);
    assert!(answers.iter().all(Result::is_ok));
    assert!(took < Duration::from_millis(400), "{took:?}");
    assert_eq!(slow.most_open(), 3);
}

#[tokio::test]
async fn redirects_are_answers() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::status(302).header("location", "/elsewhere")]);
    let response = client()
        .get(&peer.url("/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status, StatusCode::FOUND);
    assert!(peer.received("/elsewhere").is_empty());
}

/// Calls another service.
#[derive(Debug, Serialize, Deserialize)]
struct Fetch {
    url: String,
}

impl Task for Fetch {
    const NAME: &'static str = "fetch";
    type Output = u16;

    async fn run(self, ctx: TaskContext) -> TaskResult<u16> {
        let response = ctx.app().http.get(&self.url).bearer("t").send().await?;
        Ok(response.success()?.status.as_u16())
    }
}

#[tokio::test]
async fn a_task_calls_with_the_id_of_its_request() {
    let peer = Peer::start().await;
    peer.replies("/", [Reply::body("")]);
    let mut tasks = TaskList::default();
    tasks.add::<Fetch>();
    let app = TestApp::with_tasks(&[], tasks).await;
    let url = peer.url("/");
    let enqueued = service::queue::with_request_id(Some("req-7".to_owned()), async {
        app.enqueue(Fetch { url }).await
    });
    let id = enqueued.await;
    app.run_pending_tasks().await;
    assert_eq!(app.task(id).await.result.as_deref(), Some("200"));

    let received = &peer.received("/")[0].headers;
    assert_eq!(received["x-request-id"], "req-7");
    assert_eq!(received[header::AUTHORIZATION], "Bearer t");
    let agent = received[header::USER_AGENT].to_str().expect("text");
    assert!(agent.contains('/'), "{agent}");
}
