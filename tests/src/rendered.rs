//! Rendered services in places that stay, so that what is built of them is built once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser;
use scaffold_cli::answers::{Broker, Database};
use scaffold_cli::cli::Cli;
use scaffold_cli::clock::SystemClock;
use scaffold_cli::render::Pair;
use scaffold_cli::shell::Shell;

use crate::{lab, read_tree, root, scaffold_new};

/// The pair of the embedded defaults.
pub const SQLITE_DATABASE: Pair = Pair::new(Database::Sqlite, Broker::Database);

/// The pair with a server for each.
pub const POSTGRES_REDIS: Pair = Pair::new(Database::Postgres, Broker::Redis);

/// The pair that shows MySQL and RabbitMQ.
pub const MYSQL_RABBITMQ: Pair = Pair::new(Database::Mysql, Broker::Rabbitmq);

/// The pair that shows NATS.
pub const POSTGRES_NATS: Pair = Pair::new(Database::Postgres, Broker::Nats);

/// The list of pairs that are tested: calls a macro with a name, the database, the broker and the arguments.
#[macro_export]
macro_rules! each_pair {
    ($macro:ident $args:tt) => {
        $macro!(sqlite_database, Sqlite, Database, $args);
        $macro!(sqlite_redis, Sqlite, Redis, $args);
        $macro!(sqlite_rabbitmq, Sqlite, Rabbitmq, $args);
        $macro!(sqlite_nats, Sqlite, Nats, $args);
        $macro!(postgres_database, Postgres, Database, $args);
        $macro!(postgres_redis, Postgres, Redis, $args);
        $macro!(postgres_rabbitmq, Postgres, Rabbitmq, $args);
        $macro!(postgres_nats, Postgres, Nats, $args);
        $macro!(mysql_database, Mysql, Database, $args);
        $macro!(mysql_redis, Mysql, Redis, $args);
        $macro!(mysql_rabbitmq, Mysql, Rabbitmq, $args);
        $macro!(mysql_nats, Mysql, Nats, $args);
    };
}

/// Makes tests of functions that take a pair: one for each pair, in a module with its name.
#[macro_export]
macro_rules! for_every_pair {
    ($($test:ident),+ $(,)?) => {
        $crate::each_pair!(tests_of_pair [$($test),+]);
    };
}

/// The tests of one pair; see [`for_every_pair`].
#[macro_export]
macro_rules! tests_of_pair {
    ($name:ident, $database:ident, $broker:ident, [$($test:ident),+]) => {
        mod $name {
            use scaffold_cli::answers::{Broker, Database};
            use scaffold_cli::render::Pair;

            $(
                #[test]
                fn $test() {
                    super::$test(Pair::new(Database::$database, Broker::$broker));
                }
            )+
        }
    };
}

/// A rendered service. While it lives, no other test can have the same one.
pub struct Rendered {
    /// Its options.
    pub pair: Pair,
    /// Its name, which is also that of its binary.
    pub name: String,
    /// Its directory.
    pub root: PathBuf,
    _lock: File,
}

impl Rendered {
    /// Renders a pair for a purpose, which begins the service's name. Files that are as they were are left alone.
    pub fn new(purpose: &str, pair: Pair) -> Self {
        Self::grown(purpose, pair, |_| {})
    }

    /// Renders a pair with the tasks and routes of `fixtures/lab`, for tests that need more of a service than the
    /// template has.
    pub fn lab(pair: Pair) -> Self {
        Self::grown("lab", pair, lab::furnish)
    }

    /// Renders a pair and lets it grow before it is compared with what is there, so that nothing is built again.
    fn grown(purpose: &str, pair: Pair, grow: impl FnOnce(&Path)) -> Self {
        let name = format!("{purpose}-{}", pair.slug());
        let projects = root().join("target/rendered/projects");
        let directory = projects.join(&name);
        fs::create_dir_all(&directory).expect("target/rendered can be written");
        let lock = lock(&projects.join(format!("{name}.lock")));
        let fresh = tempfile::tempdir().expect("a temporary directory");
        let project = scaffold_new(fresh.path(), &name, pair);
        let project = project.expect("every pair can be rendered");
        grow(&project);
        let fresh = read_tree(&project);

        for path in read_tree(&directory).keys() {
            if !fresh.contains_key(path) {
                remove(&directory.join(path));
            }
        }
        for (path, content) in &fresh {
            write_if_changed(&directory.join(path), content);
        }
        Self {
            pair,
            name,
            root: directory,
            _lock: lock,
        }
    }

    /// Builds the service and returns its binary.
    pub fn build(&self) -> PathBuf {
        self.cargo(&["build", "--locked"]);
        build_directory().join("debug").join(&self.name)
    }

    /// Runs cargo in the project, which must succeed, and returns what it printed and how long it took.
    pub fn cargo(&self, args: &[&str]) -> (String, Duration) {
        self.cargo_with(args, &[])
    }

    /// The same with variables in the environment.
    pub fn cargo_with(&self, args: &[&str], variables: &[(&str, &str)]) -> (String, Duration) {
        let mut command = Command::new("cargo");
        command
            .args(args)
            .current_dir(&self.root)
            .envs(build_settings())
            .env("CARGO_TERM_COLOR", "never")
            .env("RUST_BACKTRACE", "0")
            .envs(variables.iter().copied());
        if let Some(url) = crate::servers::database_url_for_rendered_tests(self.pair) {
            command.env("TEST_DATABASE_URL", url);
        }
        let start = Instant::now();
        let output = command.output().expect("cargo can be started");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let what = format!("cargo {} in {}", args.join(" "), self.root.display());
        assert!(output.status.success(), "{what}:\n{printed}");
        (printed, start.elapsed())
    }

    /// Checks that it is formatted and free of warnings. Returns how long clippy took.
    pub fn lint(&self) -> Duration {
        self.cargo(&["fmt", "--check"]);
        let clippy = "clippy --locked --all-targets -- -D warnings";
        let clippy: Vec<&str> = clippy.split(' ').collect();
        self.cargo(&clippy).1
    }

    /// Runs `scaffold` in the project, as the command line does.
    ///
    /// # Errors
    ///
    /// What `scaffold` refuses.
    pub fn scaffold(&self, args: &[&str]) -> Result<(), scaffold_cli::error::Error> {
        scaffold(&self.root, args)
    }
}

/// Runs `scaffold` in a project, as the command line does.
pub(crate) fn scaffold(project: &Path, args: &[&str]) -> Result<(), scaffold_cli::error::Error> {
    let cli = Cli::parse_from(["scaffold"].iter().chain(args));
    scaffold_cli::run(&cli, project, &SystemClock, &mut Shell::new(false, true))
}

/// How many tests passed, by the summaries of all test binaries that cargo ran.
pub fn passed(printed: &str) -> usize {
    let summaries = printed.lines().filter_map(|line| {
        let (_, rest) = line.split_once("test result: ok. ")?;
        rest.split(' ').next()?.parse::<usize>().ok()
    });
    summaries.sum()
}

/// With these, cargo finds what has been built of a project.
pub(crate) fn build_settings() -> [(&'static str, PathBuf); 2] {
    [
        ("CARGO_TARGET_DIR", build_directory()),
        // What is built once is built a quarter faster without.
        ("CARGO_INCREMENTAL", PathBuf::from("0")),
    ]
}

/// Where everything that is rendered is built.
fn build_directory() -> PathBuf {
    std::env::var_os("SCAFFOLD_RENDERED_TARGET")
        .map_or_else(|| root().join("target/rendered/build"), PathBuf::from)
}

/// Waits for other tests that use the same, in this process and in others.
fn lock(path: &Path) -> File {
    let file = File::create(path).expect("target/rendered can be written");
    file.lock().expect("the file system knows locks");
    file
}

fn remove(path: &Path) {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    removed.expect("target/rendered can be written");
}

/// Keeps the time of files that do not change, by which cargo knows what to build.
fn write_if_changed(path: &Path, content: &[u8]) {
    if fs::read(path).is_ok_and(|present| present == content) {
        return;
    }
    let directory = path.parent().expect("files stand in a directory");
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(path, content))
        .expect("target/rendered can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! push_pair {
        ($name:ident, $database:ident, $broker:ident, [$list:ident]) => {
            let pair = Pair::new(Database::$database, Broker::$broker);
            assert_eq!(stringify!($name), pair.slug().replace('-', "_"));
            $list.push(pair);
        };
    }

    #[test]
    fn every_pair_is_tested() {
        let mut tested = Vec::new();
        crate::each_pair!(push_pair[tested]);
        assert_eq!(tested, Pair::all().collect::<Vec<_>>());
    }
}
