//! Rung 6: what `scaffold add-…` makes of a rendered service builds, is clean, is tested and runs; twice is once,
//! and what is removed leaves nothing behind.

use std::path::Path;
use std::process::Command;

use scaffold_cli::render::Pair;
use template_tests::rendered::{MYSQL_RABBITMQ, POSTGRES_REDIS, Rendered, SQLITE_DATABASE};
use template_tests::{Tree, read_tree};

const ADD_ROUTE: &[&str] = &["add-route", "reports"];
const ADD_TASK: &[&str] = &["add-task", "send_welcome_email", "user_id:uuid"];
const ADD_TASK_WITH_ROUTE: &[&str] = &[
    "add-task",
    "draw_report",
    "title:string",
    "paper:enum(a4,us_letter)",
    "ink:enum(black)?",
    "note:text?",
    "count_of:integer",
    "big:bigint",
    "weight:float",
    "total:decimal",
    "paid:boolean",
    "due_on:date",
    "wake_at:time",
    "sleep_at:time?",
    "sent_at:datetime?",
    "key:uuid",
    "extra:json",
    "data:binary",
    "--route",
];
const ADD_BARE_TASK_WITH_ROUTE: &[&str] = &["add-task", "clean_up", "--route"];
const ADD_DEPRECATED: &[&str] = &[
    "add-route",
    "old_reports",
    "--method",
    "get,post",
    "--deprecated",
    "--sunset",
    "2099-12-31",
];
/// Into a file that is there.
const ADD_HANDLERS: &[&str] = &[
    "add-route",
    "old_reports",
    "--method",
    "put,delete",
    "--path",
    "/old-reports/{id}/{part}",
];
const ADD_MIGRATION: &[&str] = &[
    "add-migration",
    "create_invoices",
    "number:string!",
    "total:integer",
    "details:json?",
];
/// Every type of field, with every mark.
const ADD_RESOURCE: &[&str] = &[
    "add-resource",
    "purchase_order",
    "number:string!",
    "note:text?",
    "count_of:integer!",
    "big:bigint^=7",
    "weight:float",
    "total:decimal^=12.5",
    "paid:boolean^=false",
    "due_on:date^",
    "wake_at:time?^",
    "sent_at:datetime?^",
    "external_id:uuid?!",
    "extra:json",
    "details:json?",
    "data:binary?",
    "status:enum(draft,sent,in_review)^=draft",
    "owner:references(persons)",
];
/// One that refers to the other, and to itself.
const ADD_CHILD: &[&str] = &[
    "add-resource",
    "order_line",
    "purchase_order:references",
    "parent:references(order_lines)?",
    "title:string?",
    "--public",
];
const ADD_SCHEDULE: &[&str] = &[
    "add-schedule",
    "nightly_report",
    "--cron",
    "30 2 * * MON-FRI",
    "--timezone",
    "Europe/Berlin",
];
const ADD_COLUMNS: &[&str] = &[
    "add-migration",
    "add_details_to_order_lines",
    "remark:string?!",
    "kind:enum(a,b)^=a",
    "reviewer:references(persons)?",
    "price:decimal=1.5",
    "seen_at:datetime=2026-01-01T00:00:00Z",
    "opens:time=08:30",
    "data_of:json?",
];
const REMOVE_COLUMNS: &[&str] = &[
    "add-migration",
    "remove_more_from_invoices",
    "total:integer=0",
];
const ADD_INDEX: &[&str] = &["add-migration", "add_index_to_persons_on_age_and_name"];
const RENAME: &[&str] = &["add-migration", "rename_number_to_code_on_invoices"];
const ADD_SCRAPS: &[&str] = &["add-migration", "create_scraps", "name:string!"];
const DROP: &[&str] = &["add-migration", "drop_scraps"];
const ALL: &[&[&str]] = &[
    ADD_ROUTE,
    ADD_TASK,
    ADD_TASK_WITH_ROUTE,
    ADD_BARE_TASK_WITH_ROUTE,
    ADD_DEPRECATED,
    ADD_HANDLERS,
    ADD_MIGRATION,
    ADD_RESOURCE,
    ADD_CHILD,
    ADD_SCHEDULE,
    ADD_COLUMNS,
    REMOVE_COLUMNS,
    ADD_INDEX,
    RENAME,
    ADD_SCRAPS,
    DROP,
];
/// The inverse of each, the last first.
const REMOVE: &[&[&str]] = &[
    &["remove", "migration", "drop_scraps", "--not-applied"],
    &["remove", "migration", "create_scraps", "--not-applied"],
    &[
        "remove",
        "migration",
        "rename_number_to_code_on_invoices",
        "--not-applied",
    ],
    &[
        "remove",
        "migration",
        "add_index_to_persons_on_age_and_name",
        "--not-applied",
    ],
    &[
        "remove",
        "migration",
        "remove_more_from_invoices",
        "--not-applied",
    ],
    &[
        "remove",
        "migration",
        "add_details_to_order_lines",
        "--not-applied",
    ],
    &["remove", "schedule", "nightly_report"],
    &["remove", "resource", "order_line", "--not-applied"],
    &["remove", "resource", "purchase_order", "--not-applied"],
    &["remove", "migration", "create_invoices", "--not-applied"],
    &[
        "remove",
        "route",
        "old_reports",
        "--method",
        "put,delete",
        "--path",
        "/old-reports/{id}/{part}",
    ],
    &["remove", "route", "old_reports"],
    &["remove", "task", "clean_up"],
    &["remove", "task", "draw_report"],
    &["remove", "task", "send_welcome_email"],
    &["remove", "route", "reports"],
];

#[test]
fn sqlite_and_database_grows() {
    assert_grows(SQLITE_DATABASE);
}

#[test]
fn postgres_and_redis_grows() {
    assert_grows(POSTGRES_REDIS);
}

#[test]
fn mysql_and_rabbitmq_grows() {
    assert_grows(MYSQL_RABBITMQ);
}

#[test]
fn dry_run_writes_nothing() {
    for pair in [SQLITE_DATABASE, POSTGRES_REDIS, MYSQL_RABBITMQ] {
        let service = Rendered::new("grown", pair);
        let before = files(&service.root);
        for command in [ADD_ROUTE, ADD_TASK, ADD_MIGRATION, ADD_RESOURCE] {
            let dry = [command, &["--dry-run"]].concat();
            service.scaffold(&dry).unwrap();
            assert_eq!(changes(&before, &files(&service.root)), [""; 0], "{dry:?}");
        }
    }
}

fn assert_grows(pair: Pair) {
    let service = Rendered::new("grown", pair);
    let rendered = files(&service.root);
    for command in ALL {
        service.scaffold(command).unwrap();
    }
    let grown = files(&service.root);

    service.lint();
    let (tests, _) = service.cargo(&["test", "--locked"]);
    for test in [
        "routes::reports::",
        "tasks::send_welcome_email::",
        "routes::draw_report::enqueue_draw_report_answers_with_the_task",
        "routes::old_reports::create_old_report_answers",
        "schedules::nightly_report::it_fires_at_its_times",
        "routes::purchase_orders::what_is_created_can_be_found_where_the_location_says",
        "routes::order_lines::a_reference_has_something_to_refer_to",
        "migrations::every_migration_goes_up_and_down_and_up_again",
    ] {
        let ran = |line: &str| line.contains(test) && line.ends_with(" ... ok");
        assert!(tests.lines().any(ran), "{test} did not run:\n{tests}");
    }
    assert_reachable(&service);
    assert_second_run_changes_nothing(&service, &grown);
    assert_goes_away(&service, &rendered, &grown);
}

/// What was added is removed without a trace, and the removal taken back.
fn assert_goes_away(service: &Rendered, rendered: &Tree, grown: &Tree) {
    for command in REMOVE {
        service.scaffold(command).unwrap();
    }
    assert_eq!(changes(rendered, &files(&service.root)), [""; 0]);
    for _ in REMOVE {
        service.scaffold(&["undo"]).unwrap();
    }
    assert_eq!(changes(grown, &files(&service.root)), [""; 0]);
}

/// The service itself knows the route, the task and the migration.
fn assert_reachable(service: &Rendered) {
    let binary = service.build();
    let print = |args: &[&str]| {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new(&binary);
        let output = command.args(args).current_dir(&directory).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let document: serde_json::Value = serde_json::from_str(&print(&["openapi"])).unwrap();
    let route = &document["paths"]["/api/v1/reports"]["get"];
    assert!(route.is_object(), "{document}");
    assert!(print(&["tasks"]).contains("send_welcome_email"));
}

fn assert_second_run_changes_nothing(service: &Rendered, grown: &Tree) {
    for command in ALL {
        service.scaffold(command).unwrap();
    }
    // A second stamp would be a second migration.
    let other = ["add-migration", "create_invoices", "paid:boolean"];
    let refusal = service.scaffold(&other).unwrap_err();
    assert!(refusal.to_string().contains("create_invoices"), "{refusal}");
    assert_eq!(changes(grown, &files(&service.root)), [""; 0]);
}

/// The files that belong to the service, which those of the journal do not.
fn files(root: &Path) -> Tree {
    let mut files = read_tree(root);
    files.retain(|path, _| !path.starts_with(".scaffold/"));
    files
}

/// The paths that differ.
fn changes(before: &Tree, after: &Tree) -> Vec<String> {
    let paths = before.keys().chain(after.keys());
    let mut changed: Vec<String> = paths
        .filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect();
    changed.dedup();
    changed
}
