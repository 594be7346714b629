//! The kit `proxy` in front of a service: Caddy with its file, where only addresses and ports are others.

use std::fs;
use std::process::Command;

use template_tests::caddy::Caddy;
use template_tests::deployment::{Deployment, Process, eventually, free_port};
use template_tests::rendered::SQLITE_DATABASE;
use template_tests::root;

use crate::util::{PERSONS, SECRET, create_person, enqueue_birthday};

/// A body that is larger than the service takes.
const TOO_LARGE: usize = 17 << 20;

/// What `compose.prod.yaml` sets.
const VARIABLES: [(&str, &str); 5] = [
    ("DOMAIN", "localhost"),
    ("TLS", "internal"),
    ("MAX_BODY_BYTES", "16777216"),
    ("REQUEST_TIMEOUT_SECS", "60"),
    ("TASK_WAIT_TIMEOUT_SECS", "360"),
];

/// The example key of RFC 6455.
const SOCKET: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// The proxy, until this is dropped.
struct Proxy {
    caddy: Caddy,
    http: u16,
    https: u16,
    operators: u16,
}

impl Proxy {
    fn start(api: &Process) -> Self {
        let [http, https, operators] = [(); 3].map(|()| free_port());
        let text = fs::read_to_string(root().join("kits/proxy/proxy/Caddyfile"));
        let ports = format!("admin off\n\thttp_port {http}\n\thttps_port {https}\n");
        let text = text
            .expect("the file of the kit")
            .replace("admin off\n", &ports)
            .replace("api:8000", &format!("127.0.0.1:{}", api.port()))
            .replace("http://:8081", &format!("http://:{operators}"));
        let proxy = Self {
            caddy: Caddy::start(&text, &VARIABLES),
            http,
            https,
            operators,
        };
        eventually("the proxy answers", 20, || {
            let answer = proxy.ask("/health/readiness", &[]);
            answer.contains(" 200").then_some(())
        });
        proxy
    }

    /// What the proxy answers, with the head.
    fn ask(&self, path: &str, arguments: &[&str]) -> String {
        self.fetch(
            &format!("https://localhost:{}{path}", self.https),
            arguments,
        )
    }

    /// At most three seconds of an answer.
    fn fetch(&self, url: &str, arguments: &[&str]) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--include", "--no-buffer", "--insecure"])
            .args(["--max-time", "3", "--noproxy", "*"])
            .args(arguments)
            .arg(url)
            .current_dir(self.caddy.directory())
            .output()
            .expect("curl is installed");
        String::from_utf8_lossy(&output.stdout).to_ascii_lowercase()
    }
}

fn api() -> (Deployment, Process, String) {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.printed(&["migrate", "up"]);
    service.set("JWT_SECRET", SECRET);
    service.set("TRUSTED_PROXIES", "127.0.0.1");
    let token = service.printed(&["token", "--sub", "ada", "--scope", "read write"]);
    let api = service.start("api");
    (service, api, token.trim().to_owned())
}

#[test]
fn the_proxy_has_tls_and_keeps_what_is_for_operators() {
    let (_service, api, token) = api();
    let proxy = Proxy::start(&api);

    let answer = proxy.ask("/health/readiness", &[]);
    assert!(answer.starts_with("http/2 200"), "{answer}");
    // The service believes the proxy, and has its headers itself.
    assert!(answer.contains("\nstrict-transport-security: "), "{answer}");
    let answer = proxy.fetch(&format!("http://localhost:{}/docs", proxy.http), &[]);
    assert!(answer.contains("\nlocation: https://localhost"), "{answer}");

    for path in [
        "/metrics",
        "/metrics/",
        "/admin/tasks",
        "/admin/tasks/api/overview",
    ] {
        let answer = proxy.ask(path, &[]);
        assert!(answer.starts_with("http/2 404"), "{path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("\"status\":404,"), "{answer}");
    }
    let operators = format!("http://localhost:{}/metrics", proxy.operators);
    let answer = proxy.fetch(&operators, &[]);
    assert!(answer.contains("http_requests_total"), "{answer}");

    let large = proxy.caddy.directory().join("large");
    fs::write(large, vec![b' '; TOO_LARGE]).expect("the file is written");
    let authorization = format!("Authorization: Bearer {token}");
    let json = "Content-Type: application/json";
    let headers = ["--header", json, "--header", &authorization];
    let answer = proxy.ask(
        PERSONS,
        &[&headers[..], &["--data-binary", "@large"]].concat(),
    );
    // With Caddy 2.6, Debian's, a body that is cut off is a service that cannot be reached.
    let is_refused = ["http/2 413", "http/2 502"]
        .iter()
        .any(|it| answer.contains(it));
    assert!(is_refused, "{answer}");
    api.stop();
}

#[test]
fn streams_of_events_and_sockets_pass_the_proxy_as_they_come() {
    let (_service, api, token) = api();
    let proxy = Proxy::start(&api);
    let client = api.client().with_token(&token);
    let person = create_person(&client, 1);
    // No worker is there, so its stream does not end.
    let task = enqueue_birthday(&client, &person);

    let header = format!("Authorization: Bearer {token}");
    let events = format!("/api/v1/tasks/{task}/events");
    let answer = proxy.ask(&events, &["--header", &header]);
    assert!(answer.contains("\nevent: state\n"), "{answer}");

    let headers = SOCKET.into_iter().chain([header.as_str()]);
    let headers = headers.flat_map(|it| ["--header", it]);
    let arguments: Vec<&str> = headers.chain(["--http1.1"]).collect();
    let answer = proxy.ask("/api/v1/ws", &arguments);
    assert!(answer.starts_with("http/1.1 101"), "{answer}");
    api.stop();
}
