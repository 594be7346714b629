use scaffold_cli::render::Pair;
use template_tests::browser::Page;
use template_tests::deployment::Deployment;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, SQLITE_DATABASE};

use crate::util::{PERSONS, create_person, enqueue_birthday, wait_for_state};

#[test]
fn sqlite_and_database_shows_its_tasks_in_a_browser() {
    assert_dashboard_works(SQLITE_DATABASE, 1280);
}

#[test]
fn postgres_and_redis_shows_its_tasks_on_a_narrow_screen() {
    assert_dashboard_works(POSTGRES_REDIS, 390);
}

#[test]
fn mysql_and_rabbitmq_shows_its_tasks_in_a_browser() {
    assert_dashboard_works(MYSQL_RABBITMQ, 1280);
}

/// Nobody works at first, so tasks stay where they are.
fn assert_dashboard_works(pair: Pair, width: u32) {
    let service = Deployment::new(pair);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let client = api.client();
    let person = create_person(client, 1);
    let first = enqueue_birthday(client, &person);
    let second = enqueue_birthday(client, &person);

    let url = format!("http://127.0.0.1:{}/admin/tasks", api.port());
    let mut page = Page::open(&url, width);
    assert_overview_is_shown(&mut page);
    assert_details_are_shown(&mut page, &first, &person);
    page.evaluate("document.getElementById('revoke').click()");
    page.wait_for("document.getElementById('outcome').textContent === 'Revoked.'");
    wait_for_state(client, &first, "revoked", 5);
    page.wait_for("document.querySelector('#list .revoked') !== null");
    retry_what_is_revoked(&mut page);

    let worker = service.start("worker");
    wait_for_state(client, &first, "succeeded", 20);
    wait_for_state(client, &second, "succeeded", 20);
    let aged = client.get(&format!("{PERSONS}/{person}")).expect(200);
    assert_eq!(aged.json()["age"], 32);
    page.wait_for("document.querySelector('#processes .alive') !== null");
    page.wait_for(
        "document.querySelector('#states [data-state=succeeded] strong').textContent === '2'",
    );
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
    worker.stop();
}

/// Checks that two tasks wait, that nobody works, and that all of it fits on the screen.
fn assert_overview_is_shown(page: &mut Page) {
    page.wait_for("document.querySelectorAll('#list tr').length === 2");
    page.wait_for(
        "document.querySelector('#states [data-state=queued] strong').textContent === '2'",
    );
    page.wait_for("document.querySelector('#queues td').textContent === '2'");
    page.wait_for("document.querySelector('#depth .line').getAttribute('d').startsWith('M')");
    page.wait_for("!document.getElementById('nobody').hidden");
    page.wait_for("document.documentElement.scrollWidth <= window.innerWidth");
}

/// Opens the details of a task that waits, and leaves them open.
fn assert_details_are_shown(page: &mut Page, task: &str, person: &str) {
    page.evaluate(&format!(
        "document.querySelector('[data-id=\"{task}\"]').click()"
    ));
    page.wait_for("document.getElementById('details').open");
    let fields = page.evaluate("document.getElementById('fields').textContent");
    let fields = fields.as_str().expect("text");
    assert!(fields.contains(task) && fields.contains(person), "{fields}");
    assert_eq!(
        page.evaluate("document.getElementById('retry').hidden"),
        true
    );
}

/// Closes the details, finds the one task that is revoked, and has it queued again.
fn retry_what_is_revoked(page: &mut Page) {
    page.evaluate("document.getElementById('close').click()");
    page.evaluate("document.querySelector('#states [data-state=revoked]').click()");
    page.wait_for("document.querySelectorAll('#list tr').length === 1");
    page.evaluate("document.querySelector('#list button').click()");
    page.wait_for("!document.getElementById('retry').hidden");
    page.evaluate("document.getElementById('retry').click()");
    page.wait_for("document.getElementById('outcome').textContent === 'Queued again.'");
}
