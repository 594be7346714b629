//! A rendered service as its users have it: processes of its binary, with a database and a broker.

mod process;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use scaffold_cli::answers::Database;
use scaffold_cli::render::Pair;
use tempfile::TempDir;

pub use self::process::Process;
use self::process::pid_of;
use crate::broker::TestBroker;
use crate::rendered::{Rendered, build_settings};
use crate::servers::{MysqlDatabase, PostgresDatabase, RowLock};

/// A service with settings, a database and a broker of its own.
pub struct Deployment {
    binary: PathBuf,
    project: PathBuf,
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
            project: rendered.root.clone(),
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

    /// Runs a recipe of the project's `justfile`, which must succeed, and returns what it printed.
    pub fn recipe(&self, args: &[&str]) -> String {
        self.in_project("just", args)
    }

    /// Runs a recipe of the project's `justfile`, which must fail.
    pub fn refused_recipe(&self, args: &[&str]) {
        let output = self.output_of("just", args);
        assert!(!output.status.success(), "just {args:?}: {output:?}");
    }

    /// Runs cargo in the project, which must succeed, and returns what it printed.
    pub fn cargo(&self, args: &[&str]) -> String {
        self.in_project("cargo", args)
    }

    fn in_project(&self, program: &str, args: &[&str]) -> String {
        let output = self.output_of(program, args);
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
        String::from_utf8(output.stdout).expect("it prints text")
    }

    fn output_of(&self, program: &str, args: &[&str]) -> Output {
        let output = Command::new(program)
            .args(args)
            .current_dir(&self.project)
            .envs(build_settings())
            .envs(&self.settings)
            .stdin(Stdio::null())
            .output();
        output.unwrap_or_else(|error| {
            panic!("{program}: {error}: `scripts/test` installs what tests need");
        })
    }

    /// A file of the project.
    pub fn read(&self, path: &str) -> String {
        let read = fs::read_to_string(self.project.join(path));
        read.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A file or directory of a test.
    pub fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// Has the default of a setting again.
    pub fn unset(&mut self, name: &str) {
        self.settings.remove(name);
    }

    /// Starts a role and, if it is one for users, waits until it answers.
    pub fn start(&self, role: &str) -> Process {
        Process::start(self.command(&[role]), role, self.directory.path())
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

/// A port of this machine where nobody listens, below those that the kernel hands out meanwhile. It is nobody else's
/// for as long as this process lives: what is to listen there may start late, or start again.
pub fn free_port() -> u16 {
    static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let locks = std::env::temp_dir().join("scaffold-test-ports");
    fs::create_dir_all(&locks).expect("a temporary directory");
    loop {
        // Each of these has a seed of its own.
        let random = RandomState::new().build_hasher().finish();
        let port = 20_000 + u16::try_from(random % 12_000).expect("a small number");
        let lock = File::create(locks.join(port.to_string())).expect("a temporary file");
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            taken.push(lock);
            return port;
        }
    }
}
