//! A real browser: headless Chromium, driven over the DevTools protocol.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::deployment::eventually;

/// What Debian and others call the program.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The longest wait for an answer of the browser.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page in a browser, closed with the value.
pub struct Page {
    browser: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    session: Option<String>,
    complaints: Vec<String>,
    _profile: TempDir,
}

impl Page {
    /// Opens the page at this address, in a window of this width.
    ///
    /// # Panics
    ///
    /// If there is no browser: a test that matters is not skipped.
    pub fn open(url: &str, width: u32) -> Self {
        let profile = tempfile::tempdir().expect("a temporary directory");
        let mut browser = start(&profile, width);
        let commands = browser.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(browser.stdout.take().expect("a pipe"));
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while matches!(answers.read_until(0, &mut message), Ok(1..)) {
                let text = message.strip_suffix(&[0]).unwrap_or(&message);
                let parsed = serde_json::from_slice(text).unwrap_or(Value::Null);
                message.clear();
                if sender.send(parsed).is_err() {
                    return;
                }
            }
        });
        let mut page = Self {
            browser,
            commands,
            messages,
            last_id: 0,
            session: None,
            complaints: Vec::new(),
            _profile: profile,
        };
        page.attach(url);
        page
    }

    /// The value of an expression in the page.
    ///
    /// # Panics
    ///
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Waits until the expression is true.
    pub fn wait_for(&mut self, expression: &str) {
        eventually(expression, 20, || {
            self.evaluate(expression)
                .as_bool()
                .filter(|is_true| *is_true)
        });
    }

    /// What the browser complained of: exceptions, files that are missing, a policy that was broken.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Listens for complaints before anything is loaded.
    fn attach(&mut self, url: &str) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = self.call("Target.attachToTarget", &target);
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        self.call("Runtime.enable", &json!({}));
        self.call("Log.enable", &json!({}));
        self.call("Page.navigate", &json!({"url": url}));
        self.wait_for("document.readyState === 'complete'");
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        write!(self.commands, "{command}\0").expect("the browser listens");
        loop {
            let message = self.messages.recv_timeout(PATIENCE);
            let message = message.unwrap_or_else(|_| panic!("{method}: no answer of the browser"));
            let event = message["method"].as_str().unwrap_or_default();
            if ["Runtime.exceptionThrown", "Log.entryAdded"].contains(&event) {
                self.complaints.push(message["params"].to_string());
            }
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

/// The protocol goes over the descriptors 3 and 4, which a shell can set up.
fn start(profile: &TempDir, width: u32) -> Child {
    let program = program();
    let script = format!(
        "exec {program} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
         --disable-background-networking --no-first-run \
         --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' --user-data-dir=\"$0\" \
         --window-size={width},900 --remote-debugging-pipe about:blank \
         3<&0 4>&1 0</dev/null 1>/dev/null 2>&1"
    );
    Command::new("sh")
        .args(["-c", &script])
        .arg(profile.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell")
}

fn program() -> &'static str {
    let is_there = |program: &&&str| {
        let version = Command::new(program).arg("--version").output();
        version.is_ok_and(|version| version.status.success())
    };
    let found = PROGRAMS.iter().find(is_there);
    found.unwrap_or_else(|| panic!("a browser is needed: one of {}", PROGRAMS.join(", ")))
}
