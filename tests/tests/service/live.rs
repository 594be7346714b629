use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, passed};

use crate::util::start_for_tests;

#[test]
fn the_projects_own_cases_hold_where_the_service_runs() {
    let mut service = Deployment::new(POSTGRES_REDIS);
    let all = start_for_tests(&mut service);
    let live = ["test", "--locked", "--test", "integration", "live::"];
    let printed = service.cargo(&live);
    assert!(passed(&printed) > 0, "{printed}");
    assert!(all.log().contains("/api/v1/persons"));
    all.stop();
}

#[test]
fn load_is_counted_and_leaves_nothing_behind() {
    let mut service = Deployment::new(MYSQL_RABBITMQ);
    let all = start_for_tests(&mut service);
    let url = service.setting("TEST_BASE_URL");
    let load = ["run", "--locked", "--example", "load", "--"];
    let load = [load.as_slice(), &[url, "--users=4", "--secs=2"]].concat();
    let printed = service.cargo(&[load.as_slice(), &["--max-p95-ms=10000"]].concat());
    assert!(printed.contains("201"), "{printed}");
    let persons = all.client().with_token(service.setting("TEST_TOKEN"));
    let persons = persons.get("/api/v1/persons").expect(200).json();
    assert_eq!(persons["objects"].as_array().map(Vec::len), Some(0));
    all.stop();
}
