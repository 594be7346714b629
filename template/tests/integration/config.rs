use std::path::Path;

use service::config::{AppEnv, Config, Environment, Error, Settings, Variable, variables};
use tempfile::TempDir;

/// Loads settings as if `values` were the environment and `toml` the file of dev.
fn load(values: &[(&str, &str)], toml: &str) -> Result<Settings, Error> {
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir, "config/dev.toml", toml);
    let env = |name: &str| {
        let value = values.iter().find(|(key, _)| *key == name);
        value.map(|(_, value)| (*value).to_owned())
    };
    Settings::load(env, dir.path())
}

fn write(dir: &TempDir, file: &str, text: &str) {
    let file = dir.path().join(file);
    let parent = file.parent().expect("a folder");
    std::fs::create_dir_all(parent).expect("the folder is made");
    std::fs::write(file, text).expect("the file is written");
}

fn config(values: &[(&str, &str)]) -> Result<Config, Error> {
    Config::new(&load(values, "")?)
}

#[track_caller]
fn refusal(values: &[(&str, &str)]) -> String {
    config(values).expect_err("it is refused").to_string()
}

fn shown(settings: &Settings, name: &str) -> (String, &'static str) {
    let mut entries = settings.entries().into_iter();
    let entry = entries
        .find(|entry| entry.name == name)
        .expect("a variable");
    (entry.value, entry.origin)
}

#[test]
fn nothing_has_to_be_set_in_dev() {
    let config = config(&[]).expect("defaults are enough");
    assert_eq!(config.env, AppEnv::Dev);
    assert_eq!(config.server.port, 8000);
    assert_eq!(config.server.api_prefix, "/api/v1");
    assert_eq!(config.worker.queues, ["*"]);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let toml = "port = 81\nhost = '0.0.0.0'\nworker_queues = ['a', 'b']";
    let settings = load(&[("PORT", "82"), ("LOG_LEVEL", "")], toml).expect("settings");
    assert_eq!(shown(&settings, "PORT"), ("82".to_owned(), "env"));
    assert_eq!(shown(&settings, "HOST"), ("0.0.0.0".to_owned(), "file"));
    assert_eq!(
        shown(&settings, "LOG_LEVEL"),
        ("info".to_owned(), "default")
    );
    let config = Config::new(&settings).expect("good settings");
    assert_eq!(config.server.port, 82);
    assert_eq!(config.worker.queues, ["a", "b"]);
}

#[test]
fn a_wrong_value_is_refused_with_its_name_and_what_it_accepts() {
    assert_eq!(
        refusal(&[("PORT", "abc")]),
        "PORT: `abc` (from the environment, `.env` or a flag) is not a number between 1 and 65535"
    );
    let wrong = [
        ("APP_ENV", "production"),
        ("SHUTDOWN_TIMEOUT_SECS", "-1"),
        ("HOST", "not a host"),
        ("PORT", "65536"),
        ("METRICS_PORT", "none"),
        ("API_PREFIX", "api"),
        ("API_PREFIX", "/"),
        ("ROOT_PATH", "/shop/"),
        ("API_PREFIX", "/admin"),
        ("API_PREFIX", "/health"),
        ("API_PREFIX", "/docs/v1"),
        ("OIDC_ISSUER_URL", "provider.example"),
        ("OIDC_AUDIENCE", "us"),
        ("CLIENT_TIMEOUT_MS", "0"),
        ("CLIENT_MAX_RETRIES", "-1"),
        ("TASK_RETRY_BASE_MS", "0"),
        ("TASK_MAX_ARGS_BYTES", "0"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "10.0.0.1, proxy.example"),
        ("REQUEST_TIMEOUT_SECS", "0"),
        ("MAX_BODY_BYTES", "1.5"),
        ("HEADER_READ_TIMEOUT_SECS", "0"),
        ("HEADER_READ_TIMEOUT_SECS", "3601"),
        ("MAX_CONCURRENT_REQUESTS", "-1"),
        ("RATE_LIMIT_PER_SECOND", "0.5"),
        ("RATE_LIMIT_PER_SECOND", "1000001"),
        ("RATE_LIMIT_BURST", "0"),
        ("CORS_ALLOW_ORIGINS", "example.com"),
        ("CORS_ALLOW_ORIGINS", "*,https://example.com"),
        ("CORS_ALLOW_ORIGINS", "https://*.example.com"),
        ("CORS_ALLOW_ORIGINS", "https://example.com:443"),
        ("CORS_ALLOW_ORIGINS", "https://me@example.com"),
        ("CORS_ALLOW_ORIGINS", r#"["https://example.com""#),
        ("CORS_ALLOW_CREDENTIALS", "yes"),
        ("CORS_MAX_AGE_SECS", "86401"),
        ("HSTS_MAX_AGE_SECS", "-1"),
        ("SAFE_DOMAINS", "https://example.com"),
        ("SAFE_DOMAINS", "example.com:80"),
        ("MAX_OPEN_STREAMS", "0"),
        ("STREAM_HEARTBEAT_SECS", "3601"),
        ("JWT_SECRET", "too short"),
        ("DASHBOARD_USER", "a:b"),
        ("DASHBOARD_READ_ONLY", "yes"),
        ("DATABASE_URL", "oracle://host/name"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_POOL_TIMEOUT_MS", "99"),
        ("DATABASE_POOL_TIMEOUT_MS", "60001"),
        ("WORKER_QUEUES", ","),
        ("WORKER_QUEUES", r#"["a""#),
        ("WORKER_CONCURRENCY", "many"),
        ("TASK_LEASE_SECS", "0"),
        ("TASK_WAIT_TIMEOUT_SECS", "0"),
        ("TASK_RESULT_TTL_SECS", "-1"),
        ("WORKER_PREFETCH", "65537"),
        ("WEBHOOK_SECRET", "c2hvcnQ="),
        ("WEBHOOK_SECRET", "whsec_no base64"),
        ("WEBHOOK_SECRET", "whsec_c2hvcnQ="),
        ("WEBHOOK_TOLERANCE_SECS", "0"),
        ("LOG_LEVEL", "verbose"),
        ("LOG_FORMAT", "xml"),
        ("LOG_BUFFER_LINES", "15"),
        ("LOG_FILE", "logs/"),
        ("LOG_FILE_ROTATION", "weekly"),
        ("LOG_FILE_MAX_FILES", "0"),
        ("LOG_SYSLOG", "tcp://localhost:514"),
        ("LOG_SYSLOG", "udp://localhost"),
        ("LOG_SYSLOG", "unix://log"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hidden@localhost"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a key"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a key=b"),
        ("SENTRY_DSN", "https://example.com/1"),
        ("FEATURE_FLAGS", "beta"),
        ("FEATURE_FLAGS", "beta=101"),
        ("FEATURE_FLAGS", "beta=-1"),
        ("FEATURE_FLAGS", "Beta=1"),
        ("FEATURE_FLAGS", "=1"),
        ("FEATURE_FLAGS", "beta=1,beta=2"),
    ];
    for (name, value) in wrong {
        let error = refusal(&[(name, value)]);
        assert!(
            error.starts_with(&format!("{name}: ")),
            "{name}={value}: {error}"
        );
    }
}

#[test]
#[cfg(not(feature = "sentry"))]
fn what_is_not_built_in_is_refused_with_the_way_out() {
    let error = refusal(&[("SENTRY_DSN", "https://hidden@sentry.example/1")]);
    assert!(
        error.contains("`cargo build --release --features sentry`"),
        "{error}"
    );
    assert!(!error.contains("hidden"), "{error}");
}

#[test]
fn cookies_are_not_for_any_page() {
    let any = ("CORS_ALLOW_ORIGINS", "*");
    let error = refusal(&[any, ("CORS_ALLOW_CREDENTIALS", "true")]);
    assert!(error.starts_with("CORS_ALLOW_CREDENTIALS: "), "{error}");
    let config = config(&[any]).expect("good settings");
    assert_eq!(config.browser.cors_allow_origins, ["*"]);
}

#[test]
fn a_list_may_be_an_array() {
    for text in ["10.0.0.1, ::1", r#"["10.0.0.1", "::1"]"#] {
        let config = config(&[("TRUSTED_PROXIES", text)]).expect("good settings");
        let proxies = config.server.trusted_proxies.iter();
        let proxies: Vec<String> = proxies.map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.1/32", "::1/128"], "{text}");
    }
}

#[test]
fn without_a_burst_it_is_that_of_two_seconds() {
    let rate = |settings: &[(&str, &str)]| {
        let rate = config(settings).expect("good settings").limits.rate;
        rate.map(|rate| (rate.per_second.get(), rate.burst.get()))
    };
    let (fifty, burst) = (("RATE_LIMIT_PER_SECOND", "50"), ("RATE_LIMIT_BURST", "7"));
    assert_eq!(rate(&[]), None);
    assert_eq!(rate(&[fifty]), Some((50, 100)));
    assert_eq!(rate(&[fifty, burst]), Some((50, 7)));
    assert_eq!(rate(&[burst]), None);
}

#[test]
fn the_dashboard_needs_a_user_and_a_password() {
    let (user, password) = (("DASHBOARD_USER", "ada"), ("DASHBOARD_PASSWORD", "hidden"));
    assert!(refusal(&[user]).starts_with("DASHBOARD_PASSWORD: "));
    let error = refusal(&[password]);
    assert!(error.starts_with("DASHBOARD_USER: "), "{error}");
    assert!(!error.contains("hidden"), "{error}");
    let config = config(&[user, password]).expect("good settings");
    assert!(config.dashboard.credentials.is_some());
    assert!(!format!("{config:?}").contains("hidden"));
}

#[test]
fn secrets_are_never_shown() {
    let secret = "x".repeat(31);
    assert!(!refusal(&[("JWT_SECRET", &secret)]).contains(&secret));

    let url = "db://user:p@ss@host/name?password=hidden";
    let long_secret = "y".repeat(32);
    let settings = load(&[("DATABASE_URL", url), ("JWT_SECRET", &long_secret)], "");
    let settings = settings.expect("settings");
    assert_eq!(shown(&settings, "DATABASE_URL").0, "db://***@host/name?***");
    assert_eq!(shown(&settings, "JWT_SECRET").0, "***");
    let config = config(&[("JWT_SECRET", &long_secret)]).expect("good settings");
    assert!(!format!("{config:?}").contains(&long_secret));
}

#[test]
fn a_file_may_set_only_what_exists() {
    let error = load(&[], "prot = 81")
        .expect_err("a typing error")
        .to_string();
    assert!(
        error.contains("dev.toml: `prot` is not a setting"),
        "{error}"
    );
    let error = load(&[], "app_env = 'test'").expect_err("not in a file");
    assert!(error.to_string().contains("`app_env`"), "{error}");
    let error = load(&[], "port = ").expect_err("not TOML").to_string();
    assert!(error.contains("dev.toml"), "{error}");
    let error = Config::new(&load(&[], "port = 'x'").expect("TOML")).expect_err("no number");
    assert!(error.to_string().contains("dev.toml"), "{error}");
}

#[test]
fn prod_reads_a_file_of_its_own() {
    let settings = load(&[("APP_ENV", "prod")], "port = 81").expect("settings");
    assert_eq!(shown(&settings, "PORT"), ("8000".to_owned(), "default"));
}

#[test]
fn dotenv_is_read_in_dev_below_the_environment() {
    let dir = tempfile::tempdir().expect("a folder");
    write(&dir, ".env", "APP_ENV=dev\nPORT=83\nHOST='0.0.0.0'\n");
    let flags = [("PORT", "84".to_owned())];
    let environment = Environment::new(flags, dir.path()).expect("it can be read");
    assert_eq!(environment.get("HOST").as_deref(), Some("0.0.0.0"));
    assert_eq!(environment.get("PORT").as_deref(), Some("84"));

    let flags = [("APP_ENV", "test".to_owned())];
    let environment = Environment::new(flags, dir.path()).expect("it is not read");
    assert_eq!(environment.get("HOST"), None);

    write(&dir, ".env", "APP_ENV=prod\n");
    let error = Environment::new([], dir.path()).expect_err("not in prod");
    assert!(error.to_string().starts_with(".env: "), "{error}");
}

#[test]
fn what_stands_in_a_line_of_dotenv_that_cannot_be_read_is_not_told() {
    let dir = tempfile::tempdir().expect("a folder");
    for wrong in ["JWT_SECRET=two hidden words", "PASSWORD=\"hidden"] {
        write(&dir, ".env", &format!("PORT=83\n\n{wrong}\n"));
        let error = Environment::new([], dir.path()).expect_err("no line");
        assert!(error.to_string().starts_with(".env: line 3 "), "{error}");
        assert!(!format!("{error:?}").contains("hidden"), "{error:?}");
    }
}

/// Half a password must not pass for the whole.
#[test]
fn what_dotenv_would_replace_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    for wrong in [
        "PASSWORD=hid$den",
        "PASSWORD=\"hid${den}\"",
        "A='it' B=$C",
        "A=b\\\\$",
    ] {
        write(&dir, ".env", &format!("# isn't $it\n\n{wrong}\n"));
        let error = Environment::new([], dir.path()).expect_err("not kept");
        assert!(error.to_string().starts_with(".env: line 3 "), "{error}");
        assert!(!error.to_string().contains("hid"), "{error}");
    }
    for kept in ["A='a$b'", "A=a\\$b", "A=\"a\\$b\" # costs $5"] {
        write(&dir, ".env", kept);
        let environment = Environment::new([], dir.path()).expect("it can be read");
        assert_eq!(environment.get("A").as_deref(), Some("a$b"), "{kept}");
    }
}

#[test]
fn the_example_lists_every_variable() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(".env.example");
    let example = std::fs::read_to_string(file).expect("the example");
    let entry = |variable: &Variable| match variable.default {
        Some(default) => format!("# {}\n{}={default}\n", variable.doc, variable.name),
        None => format!("# {}\n#{}=\n", variable.doc, variable.name),
    };
    let entries: Vec<String> = variables().map(entry).collect();
    let entries = entries.join("\n");
    assert!(
        example.ends_with(&entries),
        "`.env.example` has to end with:\n\n{entries}"
    );
}

#[test]
fn the_guide_lists_every_variable() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let guide = std::fs::read_to_string(file).expect("the guide");
    let row = |variable: &Variable| {
        let default = match variable.default {
            None => "none".to_owned(),
            Some("") => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        format!("| `{}` | {default} | {} |", variable.name, variable.doc)
    };
    let rows: Vec<String> = variables().map(row).collect();
    let listed: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(
        listed,
        rows,
        "`docs/configuration.md` has to list, in tables:\n\n{}",
        rows.join("\n")
    );
}
