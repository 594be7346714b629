use scaffold_cli::render::Pair;
use template_tests::deployment::Deployment;
use template_tests::rendered::{POSTGRES_NATS, POSTGRES_RABBITMQ, POSTGRES_REDIS};
use template_tests::servers::variable;

use crate::util::wait_for_readiness;

const PAIRS: [Pair; 3] = [POSTGRES_REDIS, POSTGRES_RABBITMQ, POSTGRES_NATS];

fn service_over_tls(pair: Pair) -> Deployment {
    let mut service = Deployment::new(pair);
    let broker = format!("TEST_{}_TLS_URL", pair.broker).to_uppercase();
    service.set("DATABASE_URL", &variable("TEST_POSTGRES_TLS_URL"));
    service.set("BROKER_URL", &variable(&broker));
    service
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
    let (_, readiness) = wait_for_readiness(api.client(), 200);
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
    let (_, readiness) = wait_for_readiness(api.client(), 503);
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
    let mut service = service_over_tls(POSTGRES_REDIS);
    let url = variable("TEST_POSTGRES_TLS_URL");
    service.set(
        "DATABASE_URL",
        &url.replace("sslmode=require", "sslmode=disable"),
    );
    service.set("SSL_CERT_FILE", &variable("TEST_CA_FILE"));
    let api = service.start("api");
    let (_, readiness) = wait_for_readiness(api.client(), 503);
    assert_eq!(readiness.json()["checks"]["database"], "down");
    assert_eq!(readiness.json()["checks"]["broker"], "up");
    api.stop();
}
