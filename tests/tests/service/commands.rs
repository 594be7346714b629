use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::proof::prove;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};
use template_tests::{for_every_pair, tests_of_pair};

for_every_pair!(migrates_up_and_down);

fn migrates_up_and_down(pair: Pair) {
    prove(pair, "migrations", |_| {
        let service = Deployment::new(pair);
        let status = || service.printed(&["migrate", "status"]);
        let count = status().lines().count();
        assert!(count >= 2);
        assert_eq!(status().matches("pending").count(), count);
        let up = service.printed(&["migrate", "up"]);
        assert!(
            up.contains("create_persons") && up.contains("create_tasks"),
            "{up}"
        );
        assert_eq!(status().matches("applied").count(), count);
        service.printed(&["migrate", "redo"]);
        assert_eq!(status().matches("applied").count(), count);
        for left in (0..count).rev() {
            service.printed(&["migrate", "down"]);
            assert_eq!(status().matches("applied").count(), left);
        }
        service.printed(&["migrate", "up"]);
        assert_eq!(status().matches("applied").count(), count);
        format!("{count} migrations")
    });
}

#[test]
fn processes_that_migrate_sqlite_at_once_do_it_once() {
    assert_migrates_once(SQLITE_DATABASE);
}

#[test]
fn processes_that_migrate_postgres_at_once_do_it_once() {
    assert_migrates_once(POSTGRES_REDIS);
}

#[test]
fn processes_that_migrate_mysql_at_once_do_it_once() {
    assert_migrates_once(MYSQL_RABBITMQ);
}

fn assert_migrates_once(pair: Pair) {
    let service = Deployment::new(pair);
    let up = || service.printed(&["migrate", "up"]);
    let printed = std::thread::scope(|scope| {
        let running = [(); 4].map(|()| scope.spawn(up));
        running.map(|thread| thread.join().expect("it succeeds"))
    });
    for name in ["create_persons", "create_tasks"] {
        assert_eq!(printed.concat().matches(name).count(), 1, "{printed:?}");
    }
}

#[test]
fn lists_are_data_on_standard_output() {
    let service = Deployment::new(SQLITE_DATABASE);
    let routes = service.printed(&["routes"]);
    let mut routes = routes.lines().map(|line| line.split_whitespace());
    let wanted = ["POST", "/api/v1/persons", "create_person"];
    assert!(routes.any(|route| route.eq(wanted)));
    let tasks = service.printed(&["tasks"]);
    assert!(tasks.starts_with("add_one_year "), "{tasks}");
    let openapi = service.printed(&["openapi"]);
    let openapi: serde_json::Value = serde_json::from_str(&openapi).expect("JSON");
    assert!(openapi["paths"]["/api/v1/persons/{id}/birthday"].is_object());
}

#[test]
fn settings_are_listed_with_their_origin_and_without_secrets() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let mut service = Deployment::new(POSTGRES_REDIS);
    service.set("JWT_SECRET", SECRET);
    service.set("BROKER_URL", "redis://:hush@localhost");
    let settings = service.printed(&["config"]);
    let line = |name: &str| {
        let mut lines = settings.lines();
        lines
            .find(|line| line.starts_with(&format!("{name}=")))
            .expect(name)
    };
    assert_eq!(line("HOST"), "HOST=127.0.0.1  # default");
    assert_eq!(line("TASK_LEASE_SECS"), "TASK_LEASE_SECS=1  # env");
    assert!(line("JWT_SECRET").ends_with("  # env"));
    assert!(
        !settings.contains(SECRET) && !settings.contains("hush"),
        "{settings}"
    );
}

#[test]
fn health_of_an_api_is_an_exit_code() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    service.set("PORT", &api.port().to_string());
    assert_eq!(service.printed(&["health", "api"]).trim(), "up");
    assert_eq!(service.printed(&["health"]).trim(), "up");
    api.stop();
    assert_eq!(service.run(&["health", "api"]).status.code(), Some(1));
}

#[test]
fn a_wrong_value_stops_every_role_and_is_named() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("TASK_LEASE_SECS", "soon");
    for role in ["all", "api", "worker", "scheduler"] {
        let output = service.run(&[role]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            errors.contains("TASK_LEASE_SECS") && errors.contains("soon"),
            "{errors}"
        );
    }
}
