//! A rendered service as its users have it: processes of its binary, with a database and a broker.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scaffold_cli::answers::Database;
use scaffold_cli::render::Pair;
use tempfile::TempDir;

use crate::broker::TestBroker;
use crate::http::Client;
use crate::rendered::Rendered;
use crate::servers::{MysqlDatabase, PostgresDatabase, RowLock};

/// A service with settings, a database and a broker of its own.
pub struct Deployment {
    binary: PathBuf,
    directory: TempDir,
    settings: BTreeMap<String, String>,
    /// Its database, if that is PostgreSQL.
    pub postgres: Option<PostgresDatabase>,
    /// Its database, if that is MySQL.
    pub mysql: Option<MysqlDatabase>,
    /// Its broker, if that is a server.
    pub broker: Option<TestBroker>,
}

impl Deployment {
    /// Builds the service of the pair. Leases are short and retries quick.
    pub fn new(pair: Pair) -> Self {
        Self::of(&Rendered::new("proof", pair))
    }

    /// The same with what `fixtures/lab` adds to the service.
    pub fn lab(pair: Pair) -> Self {
        Self::of(&Rendered::lab(pair))
    }

    fn of(rendered: &Rendered) -> Self {
        let pair = rendered.pair;
        let binary = rendered.build();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let postgres = matches!(pair.database, Database::Postgres).then(PostgresDatabase::create);
        let mysql = matches!(pair.database, Database::Mysql).then(MysqlDatabase::create);
        let broker = TestBroker::take(pair.broker, &rendered.name);
        let sqlite = || format!("sqlite://{}", directory.path().join("service.db").display());
        let served = postgres.as_ref().map(PostgresDatabase::url);
        let served = served.or_else(|| mysql.as_ref().map(MysqlDatabase::url));
        let database_url = served.unwrap_or_else(sqlite);
        let mut settings = BTreeMap::from([
            ("DATABASE_URL".to_owned(), database_url),
            // Not the default one, where somebody may listen.
            ("PORT".to_owned(), free_port().to_string()),
            ("TASK_LEASE_SECS".to_owned(), "1".to_owned()),
            ("TASK_RETRY_BASE_MS".to_owned(), "50".to_owned()),
        ]);
        if let Some(broker) = &broker {
            settings.insert("BROKER_URL".to_owned(), broker.url().to_owned());
        }
        Self {
            binary,
            directory,
            settings,
            postgres,
            mysql,
            broker,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        let name = self.binary.file_name().and_then(|name| name.to_str());
        name.expect("a name of ASCII characters")
    }

    /// Changes a setting, for what is started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    /// Locks the row of a task, as another worker does that is about to claim it.
    pub fn lock_task(&self, id: &str) -> RowLock {
        self.lock("tasks", id)
    }

    fn lock(&self, table: &str, id: &str) -> RowLock {
        match (&self.postgres, &self.mysql) {
            (Some(postgres), _) => postgres.lock(table, id),
            (_, Some(mysql)) => mysql.lock(table, id),
            _ => panic!("SQLite locks no rows"),
        }
    }

    /// A setting.
    pub fn setting(&self, name: &str) -> &str {
        &self.settings[name]
    }

    /// Runs a command of the service to its end, which must come soon.
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = self.command(args);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the service can be started");
        let pid = pid_of(&child);
        let (done, ended) = mpsc::channel();
        thread::spawn(move || done.send(child.wait_with_output()));
        let Ok(output) = ended.recv_timeout(Duration::from_secs(20)) else {
            let _ = kill(pid, Signal::SIGKILL);
            panic!("{args:?} does not end");
        };
        output.expect("the service can be waited for")
    }

    /// Runs a command of the service, which must succeed, and returns what it printed.
    pub fn printed(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("the service prints text")
    }

    /// Has the default of a setting again.
    pub fn unset(&mut self, name: &str) {
        self.settings.remove(name);
    }

    /// Starts a role and, if it is one for users, waits until it answers.
    pub fn start(&self, role: &str) -> Process {
        let port = free_port();
        let log = self.directory.path().join(format!("{role}-{port}.log"));
        let file = File::create(&log).expect("a log can be written");
        let errors = file.try_clone().expect("a log can be written");
        let setting = match role {
            "worker" | "scheduler" => "METRICS_PORT",
            _ => "PORT",
        };
        let child = self
            .command(&[role])
            .env(setting, port.to_string())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .expect("the service can be started");
        let mut process = Process {
            child,
            role: role.to_owned(),
            log,
            port,
            client: Client::new(port),
        };
        if ["all", "api"].contains(&role) {
            process.wait_until_it_answers();
        }
        process
    }

    /// Nothing of the tests' environment goes in.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(&self.settings)
            .stdin(Stdio::null());
        command
    }
}

/// A process of the service, killed with the value.
pub struct Process {
    child: Child,
    role: String,
    log: PathBuf,
    port: u16,
    client: Client,
}

impl Process {
    /// Sends requests to it.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The most memory that it has had resident so far, in MB.
    pub fn peak_memory_mb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).expect("the process is there");
        let mut words = status
            .split_whitespace()
            .skip_while(|word| *word != "VmHWM:");
        let kb: u64 = words
            .nth(1)
            .and_then(|kb| kb.parse().ok())
            .expect("VmHWM in kB");
        kb / 1_024
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log is text")
    }

    /// Sends SIGTERM.
    pub fn ask_to_stop(&self) {
        kill(pid_of(&self.child), Signal::SIGTERM).expect("the process is there");
    }

    /// Sends SIGTERM and waits for the end.
    pub fn stop(mut self) {
        self.ask_to_stop();
        let status = self.wait_until_it_ends();
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// Waits for the end.
    pub fn wait_until_it_ends(&mut self) -> ExitStatus {
        eventually("the process ends", 10, || {
            self.child.try_wait().expect("a child process")
        })
    }

    /// Sends SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is there");
        self.child.wait().expect("a child process");
    }

    fn wait_until_it_answers(&mut self) {
        eventually("the service answers", 20, || {
            assert!(self.is_alive(), "{} ended: {}", self.role, self.log());
            self.client.send("GET", "/health/liveness", None).ok()
        });
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_alive() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            let message = format!("the log of {}:\n{}\n", self.role, self.log());
            let _ = std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes());
        }
    }
}

/// Asks again and again until there is an answer, for this many seconds.
///
/// # Panics
///
/// If there is none.
pub fn eventually<T>(what: &str, secs: u64, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        let waited = start.elapsed();
        assert!(
            waited < Duration::from_secs(secs),
            "not within {secs} s: {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id"))
}

/// A port of this machine where nobody listens, below those that the kernel hands out meanwhile.
pub(crate) fn free_port() -> u16 {
    loop {
        // Each of these has a seed of its own.
        let random = RandomState::new().build_hasher().finish();
        let port = 20_000 + u16::try_from(random % 12_000).expect("a small number");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
