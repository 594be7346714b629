//! Any text is a field or refused, and what a field makes is Rust.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scaffold_cli::answers::Database;
use scaffold_cli::edit::Source;
use scaffold_cli::name::{Name, NameKind};
use scaffold_cli::snippets::field::Field;
use scaffold_cli::snippets::migration::{Base, create_table};
use scaffold_cli::snippets::resource::{self, ResourceSpec};
use scaffold_cli::snippets::task::{TaskSpec, task, task_test};
use scaffold_cli::snippets::task_route::{task_route, task_route_test};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let Ok(field) = Field::parse(&text) else {
        return;
    };
    let name = field.name.as_bytes();
    let fits = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
    assert!(name.iter().all(fits), "{field:?}");
    let default = text.split_once('=').map(|(_, default)| default);
    assert_eq!(field.default.as_deref(), default);
    let fields = vec![field];
    for database in [Database::Sqlite, Database::Postgres, Database::Mysql] {
        // Some types have no key in some databases.
        let _ = create_table(database, "fruits", &fields, Base::Resource);
    }
    let files = [of_task(&fields), of_resource(&fields)].concat();
    for file in files {
        if let Err(reason) = Source::parse(&file) {
            panic!("{reason}: {file}");
        }
    }
});

fn name(kind: NameKind, text: &str) -> Name {
    Name::parse(kind, text, &[]).expect("it is one")
}

fn of_task(fields: &[Field]) -> Vec<String> {
    let spec = TaskSpec {
        name: name(NameKind::Task, "send_mail"),
        fields: fields.to_vec(),
        queue: None,
        max_attempts: None,
        timeout_secs: None,
    };
    vec![
        task(&spec),
        task_test(&spec, "service"),
        task_route(&spec),
        task_route_test(&spec, "service"),
    ]
}

fn of_resource(fields: &[Field]) -> Vec<String> {
    let spec = ResourceSpec {
        one: name(NameKind::Resource, "fruit"),
        many: name(NameKind::Resource, "fruits"),
        table: "fruits".to_owned(),
        fields: fields.to_vec(),
        public: false,
        factories: Vec::new(),
    };
    vec![
        resource::model(&spec),
        resource::routes(&spec),
        resource::list(&spec),
        resource::request(&spec),
    ]
}
