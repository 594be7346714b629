use std::net::TcpStream;

use template_tests::browser::Page;
use template_tests::caddy::Caddy;
use template_tests::deployment::{Deployment, Process, eventually, free_port};
use template_tests::rendered::SQLITE_DATABASE;

use crate::util::{PERSONS, SECRET};

/// The part of the page about an operation.
const OPERATION: &str = "document.querySelector('#operations-persons-create_person";

/// A proxy that takes off `/shop`.
const CADDYFILE: &str = "{
    admin off
    auto_https off
}
http://127.0.0.1:{$PORT} {
    handle_path /shop/* {
        reverse_proxy 127.0.0.1:{$API_PORT}
    }
}
";

/// The browser finds no other host than this one.
#[test]
fn the_documentation_is_read_and_tried_in_a_browser() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    let (api, token) = start(&mut service);
    assert_tried(&format!("http://127.0.0.1:{}/docs", api.port()), &token);
    assert_created(&api);
    api.stop();
}

#[test]
fn the_documentation_is_tried_behind_a_proxy_that_takes_off_a_path() {
    let mut service = Deployment::new(SQLITE_DATABASE);
    service.set("ROOT_PATH", "/shop");
    let (api, token) = start(&mut service);
    let (port, api_port) = (free_port().to_string(), api.port().to_string());
    let _proxy = Caddy::start(CADDYFILE, &[("PORT", &port), ("API_PORT", &api_port)]);
    eventually("the proxy listens", 20, || {
        TcpStream::connect(format!("127.0.0.1:{port}")).ok()
    });
    // Without the path, the proxy answers by itself, and nothing is created.
    assert_tried(&format!("http://127.0.0.1:{port}/shop/docs"), &token);
    assert_created(&api);
    api.stop();
}

/// The API, and a token with which persons can be created.
fn start(service: &mut Deployment) -> (Process, String) {
    service.printed(&["migrate", "up"]);
    service.set("JWT_SECRET", SECRET);
    let token = service.printed(&["token", "--sub", "ada", "--scope", "write"]);
    (service.start("api"), token.trim().to_owned())
}

/// Creates the person of the example with what the page offers.
fn assert_tried(url: &str, token: &str) {
    let mut page = Page::open(url, 1280);
    page.wait_for(&format!("{OPERATION}') !== null"));
    page.evaluate(&format!("{OPERATION} .opblock-summary-control').click()"));
    try_it(&mut page, "401");
    authorize(&mut page, token);
    try_it(&mut page, "201");
    // A browser complains of each answer that is an error.
    let complaints = page.complaints();
    assert!(
        complaints.iter().all(|it| it.contains("401")),
        "{complaints:?}"
    );
}

fn assert_created(api: &Process) {
    let persons = api.client().get(PERSONS).expect(200).json();
    assert_eq!(persons["objects"][0]["name"], "Ada Lovelace", "{persons}");
}

/// A complaint would be of something that the policy of the pages forbids.
#[test]
fn the_guide_is_read_in_a_browser() {
    let service = Deployment::new(SQLITE_DATABASE);
    service.printed(&["migrate", "up"]);
    let api = service.start("api");
    let guide = format!("http://127.0.0.1:{}/doc", api.port());
    for width in [1280, 390] {
        let mut index = Page::open(&guide, width);
        index.wait_for("document.querySelectorAll('nav li').length > 10");
        index.wait_for("document.querySelector('main a[href=\"doc/tasks\"]') !== null");
        assert_fits_without_complaint(&mut index);

        let mut page = Page::open(&format!("{guide}/tasks#schedules"), width);
        page.wait_for("document.querySelector('nav [aria-current]')?.textContent === 'Tasks'");
        page.wait_for("document.getElementById('schedules')?.getBoundingClientRect().top < 100");
        page.wait_for("getComputedStyle(document.querySelector('pre')).overflowX === 'auto'");
        assert_fits_without_complaint(&mut page);
    }
    api.stop();
}

fn assert_fits_without_complaint(page: &mut Page) {
    page.wait_for("document.documentElement.scrollWidth <= innerWidth");
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
}

/// Sends the example, and waits for the answer.
fn try_it(page: &mut Page, status: &str) {
    let found = format!("{OPERATION} .try-out__btn:not(.cancel)')");
    page.wait_for(&format!(
        "{found} !== null || {OPERATION} .execute') !== null"
    ));
    page.evaluate(&format!("{found}?.click()"));
    page.wait_for(&format!("{OPERATION} .execute') !== null"));
    page.evaluate(&format!("{OPERATION} .execute').click()"));
    page.wait_for(&format!(
        "{OPERATION} .live-responses-table tbody .response-col_status')?.textContent.startsWith('{status}') === true"
    ));
}

/// Enters the token as a reader does.
fn authorize(page: &mut Page, token: &str) {
    page.evaluate("document.querySelector('.auth-wrapper .authorize').click()");
    page.wait_for("document.querySelector('.auth-container input') !== null");
    // The page is told of what is typed, and does not look for it.
    page.evaluate(&format!(
        "(() => {{
            const input = document.querySelector('.auth-container input');
            const type = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
            type.set.call(input, '{token}');
            input.dispatchEvent(new Event('change', {{ bubbles: true }}));
            input.dispatchEvent(new Event('input', {{ bubbles: true }}));
        }})()"
    ));
    page.evaluate("document.querySelector('.auth-btn-wrapper .authorize').click()");
    page.evaluate("document.querySelector('.auth-btn-wrapper .btn-done')?.click()");
}
