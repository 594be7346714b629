use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use template_tests::deployment::{Deployment, Process};
use template_tests::rendered::SQLITE_DATABASE;

use crate::util::PERSONS;

const CONNECTIONS: usize = 2_000;

/// What a person of 200 MB of spaces is packed into, and what may be unpacked of it.
const BOMB_BYTES: usize = 200_000_000;
const MAX_BODY_MB: u64 = 16;

const LIVENESS: &str = "GET /health/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn api() -> (Deployment, Process) {
    let service = Deployment::new(SQLITE_DATABASE);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    (service, api)
}

fn connect(api: &Process) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", api.port())).expect("a connection");
    let patience = Some(Duration::from_secs(20));
    connection.set_read_timeout(patience).expect("a time-out");
    connection
}

fn assert_alive(mut connection: &TcpStream) {
    connection
        .write_all(LIVENESS.as_bytes())
        .expect("it is sent");
    let mut answer = [0; 4_096];
    let count = connection.read(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..count]);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn thousands_of_connections_are_held_and_do_not_hold_up_the_end() {
    // Both sides of each count; the service inherits the limit.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("as many as allowed");
    let (_service, api) = api();
    let connections: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&api)).collect();
    for _ in 0..2 {
        connections.iter().for_each(assert_alive);
    }
    let metrics = api.client().get("/metrics").expect(200).body;
    let open = format!("http_connections_open {}", CONNECTIONS + 1);
    assert!(metrics.contains(&open), "{metrics}");
    assert!(api.peak_memory_mb() < 150, "{} MB", api.peak_memory_mb());

    let start = Instant::now();
    api.stop();
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

/// What a program makes of this.
fn piped(program: &mut Command, input: Vec<u8>) -> Vec<u8> {
    let program = program.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = program.spawn().expect("it is installed");
    let mut stdin = running.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = running.wait_with_output().expect("an end");
    writer.join().expect("no panic").expect("it is written");
    output.stdout
}

#[test]
fn a_body_that_unpacks_to_more_than_is_allowed_takes_no_memory() {
    let (_service, api) = api();
    api.client().get(PERSONS).expect(200);
    let bomb = piped(Command::new("gzip").arg("-c"), vec![b' '; BOMB_BYTES]);
    assert!(bomb.len() < 1_000_000, "{}", bomb.len());
    let before = api.peak_memory_mb();
    for _ in 0..3 {
        let mut connection = connect(&api);
        let head = format!(
            "POST {PERSONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bomb.len()
        );
        connection.write_all(head.as_bytes()).expect("it is sent");
        connection.write_all(&bomb).expect("it is sent");
        let mut answer = [0; 4_096];
        let count = connection.read(&mut answer).expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..count]);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
    let more = api.peak_memory_mb() - before;
    assert!(more < 4 * MAX_BODY_MB, "{more} MB more");
    api.stop();
}

#[test]
fn http2_is_spoken_with_proxies_also_if_they_are_refused_while_they_send() {
    const BODY_BYTES: usize = 50_000_000;

    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("TRUSTED_PROXIES", "127.0.0.1");
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let url = format!("http://127.0.0.1:{}{PERSONS}", api.port());
    let json = "Content-Type: application/json";
    let curl = |arguments: &[&str], body: Vec<u8>| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--include", "--max-time", "20"]);
        curl.args(["--http2-prior-knowledge", &url]).args(arguments);
        String::from_utf8(piped(&mut curl, body)).expect("text")
    };
    let answer = curl(&[], Vec::new());
    assert!(answer.starts_with("HTTP/2 200"), "{answer}");
    let body = vec![b' '; BODY_BYTES];
    let answer = curl(&["--header", json, "--data-binary", "@-"], body);
    assert!(answer.starts_with("HTTP/2 413"), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    api.stop();
}
