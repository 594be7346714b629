use scaffold_cli::answers::Database;
use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_NATS, POSTGRES_REDIS};
use template_tests::servers::variable;

const PAIRS: [Pair; 3] = [POSTGRES_REDIS, MYSQL_RABBITMQ, POSTGRES_NATS];

fn service_over_tls(pair: Pair) -> Deployment {
    let mut service = Deployment::new(pair);
    let broker = format!("TEST_{}_TLS_URL", pair.broker).to_uppercase();
    service.set("DATABASE_URL", &database_url(pair));
    service.set("BROKER_URL", &variable(&broker));
    service
}

fn database_url(pair: Pair) -> String {
    variable(match pair.database {
        Database::Mysql => "TEST_MYSQL_TLS_URL",
        _ => "TEST_POSTGRES_TLS_URL",
    })
}

#[test]
fn servers_that_demand_tls_are_reached() {
    for pair in PAIRS {
        assert_reached(pair);
    }
}

fn assert_reached(pair: Pair) {
    let mut service = service_over_tls(pair);
    service.set("SSL_CERT_FILE", &variable("TEST_CA_FILE"));
    let api = service.start("api");
    let (_, readiness) = api.client().wait_for_readiness(200);
    assert_eq!(readiness.json()["checks"]["database"], "up");
    assert_eq!(readiness.json()["checks"]["broker"], "up");
    api.stop();
}

#[test]
fn servers_with_an_unknown_certificate_are_not_trusted() {
    for pair in PAIRS {
        assert_not_trusted(pair);
    }
}

fn assert_not_trusted(pair: Pair) {
    let service = service_over_tls(pair);
    let mut api = service.start("api");
    let (_, readiness) = api.client().wait_for_readiness(503);
    assert_eq!(readiness.json()["checks"]["database"], "down");
    assert_eq!(readiness.json()["checks"]["broker"], "down");
    assert!(
        api.log().to_lowercase().contains("certificate"),
        "{}",
        api.log()
    );
    assert!(api.is_alive());
    api.stop();
}

#[test]
fn a_server_that_demands_tls_is_not_reached_without() {
    assert_not_reached_without(POSTGRES_REDIS);
}

#[test]
fn a_server_that_demands_tls_is_not_reached_without_in_mysql() {
    assert_not_reached_without(MYSQL_RABBITMQ);
}

fn assert_not_reached_without(pair: Pair) {
    let mut service = service_over_tls(pair);
    let url = database_url(pair)
        .replace("sslmode=require", "sslmode=disable")
        .replace("require_ssl=true", "require_ssl=false");
    service.set("DATABASE_URL", &url);
    service.set("SSL_CERT_FILE", &variable("TEST_CA_FILE"));
    let api = service.start("api");
    let (_, readiness) = api.client().wait_for_readiness(503);
    assert_eq!(readiness.json()["checks"]["database"], "down");
    assert_eq!(readiness.json()["checks"]["broker"], "up");
    api.stop();
}
