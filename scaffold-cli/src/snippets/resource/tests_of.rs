//! The tests of a resource, and what they begin with.

use super::super::field::{Field, FieldType};
use super::super::layout::imports;
use super::{ResourceSpec, names, struct_of, value};

/// The file in `tests/integration/routes`.
pub fn tests(spec: &ResourceSpec, crate_name: &str) -> String {
    let fields = &spec.fields;
    let of = |is_it: &dyn Fn(&Field) -> bool| -> Vec<&Field> {
        fields.iter().filter(|field| is_it(field)).collect()
    };
    let is_reference = |field: &Field| matches!(field.ty, FieldType::References(_));
    let required = of(&|field| !field.optional && field.default.is_none());
    let typed = of(&|field| field.ty != FieldType::Json);
    let strings = of(&|field| field.ty == FieldType::String);
    let unique = of(&|field| field.unique);
    let references = of(&is_reference);
    let (example, other) = (call("example", spec, true), call("other", spec, false));
    let if_any = |fields: &[&Field], text: &str| match fields.is_empty() {
        true => String::new(),
        false => text.to_owned(),
    };
    let reads = match spec.public {
        true => String::new(),
        false => "        app.get(URL).await,\n        app.get(&url).await,\n".to_owned(),
    };
    let places = [
        (
            "required_test",
            if_any(&required, include_str!("required_test.txt")),
        ),
        (
            "length_test",
            if_any(&strings, include_str!("length_test.txt")),
        ),
        (
            "unique_test",
            if_any(&unique, include_str!("unique_test.txt")),
        ),
        (
            "reference_test",
            if_any(&references, include_str!("reference_test.txt")),
        ),
        ("list_test", list_test(spec)),
        ("util", util(spec)),
        ("example_fn", head("example", spec, true)),
        ("other_fn", head("other", spec, false)),
        ("example_references", rows(spec, true)),
        ("other_references", rows(spec, false)),
        ("example_values", values(spec, true)),
        ("other_values", values(spec, false)),
        ("example", example),
        ("other_app", other.replace("&app", "app")),
        ("other", other),
        ("required", names(&required)),
        ("typed", names(&typed)),
        ("strings", names(&strings)),
        ("unique", names(&unique)),
        ("references", names(&references)),
        ("reads", reads),
        (
            "factory_new",
            new_of(&format!("{}Factory", spec.ty()), needs_app(spec), "&app"),
        ),
    ];
    let text = spec.fill(include_str!("tests.txt"), &places);
    let text = text.replace("use service::", &format!("use {crate_name}::"));
    text.trim_end().to_owned() + "\n"
}

/// Whether a row needs others that it refers to.
fn needs_app(spec: &ResourceSpec) -> bool {
    let needs = |field: &Field| matches!(field.ty, FieldType::References(_)) && !field.optional;
    spec.fields.iter().any(needs)
}

/// The references whose rows a body needs.
fn referring(spec: &ResourceSpec, all: bool) -> Vec<&Field> {
    let fields = spec.fields.iter();
    let is_wanted = |field: &&Field| {
        let FieldType::References(table) = &field.ty else {
            return false;
        };
        (all || !field.optional) && *table != spec.table
    };
    fields.filter(is_wanted).collect()
}

fn head(name: &str, spec: &ResourceSpec, all: bool) -> String {
    match referring(spec, all).is_empty() {
        true => format!("fn {name}() -> Value"),
        false => format!("async fn {name}(app: &TestApp) -> Value"),
    }
}

fn call(name: &str, spec: &ResourceSpec, all: bool) -> String {
    match referring(spec, all).is_empty() {
        true => format!("{name}()"),
        false => format!("{name}(&app).await"),
    }
}

/// `PersonFactory::new()`
fn new_of(ty: &str, needs_app: bool, app: &str) -> String {
    match needs_app {
        true => format!("{ty}::new({app}).await"),
        false => format!("{ty}::new()"),
    }
}

/// `let owner_id = PersonFactory::new().create(app).await.id;`
fn rows(spec: &ResourceSpec, all: bool) -> String {
    let row = |field: &&Field| {
        let FieldType::References(table) = &field.ty else {
            return String::new();
        };
        let made = spec.factories.iter().find(|made| made.table == *table);
        let Some(made) = made else {
            return String::new();
        };
        let new = new_of(&made.ty, made.needs_app, "app");
        let name = &field.name;
        format!(
            "    let {0} = {new};\n    let {name} = {0}.create(app).await.id;\n",
            row_name(field)
        )
    };
    referring(spec, all).iter().map(row).collect()
}

/// The name without `_id`.
fn row_name(field: &Field) -> &str {
    field.name.strip_suffix("_id").unwrap_or(&field.name)
}

fn values(spec: &ResourceSpec, first: bool) -> String {
    let value = |field: &Field| {
        let is_own = field.ty == FieldType::References(spec.table.clone());
        let value = match first {
            false if field.optional => "null".to_owned(),
            true if is_own => "null".to_owned(),
            _ => value::json(field, first),
        };
        format!("        \"{}\": {value},\n", field.camel())
    };
    spec.fields.iter().map(value).collect()
}

/// What the tests need of the others.
fn util(spec: &ResourceSpec) -> String {
    let own = format!("crate::util::{}Factory", spec.ty());
    let mut paths = vec![
        "crate::util::TestApp".to_owned(),
        "crate::util::TestResponse".to_owned(),
        own,
    ];
    paths.extend(made_by(spec, true));
    imports(paths.iter().map(String::as_str))
}

fn made_by(spec: &ResourceSpec, all: bool) -> Vec<String> {
    let fields = referring(spec, all);
    let needed = spec.factories.iter().filter(|made| {
        let table = FieldType::References(made.table.clone());
        fields.iter().any(|field| field.ty == table)
    });
    needed
        .map(|made| format!("crate::util::{}", made.ty))
        .collect()
}

fn list_test(spec: &ResourceSpec) -> String {
    let is_telling = |field: &&Field| match &field.ty {
        FieldType::Enum(values) => values.len() > 1,
        FieldType::References(table) => *table != spec.table,
        _ => true,
    };
    let filters: Vec<&Field> = spec.filters().into_iter().filter(is_telling).collect();
    if filters.is_empty() && spec.orders().is_empty() {
        return String::new();
    }
    let orders = match spec.orders().is_empty() {
        true => String::new(),
        false => include_str!("orders_test.txt").replace("«orders»", &names(&spec.orders())),
    };
    include_str!("list_test.txt")
        .replace("«filters»", &names(&filters))
        .replace("«orders»", &orders)
}

/// The file in `tests/integration/util/factory`.
pub fn factory(spec: &ResourceSpec, crate_name: &str) -> String {
    let ty = spec.ty();
    let mut paths = vec![
        format!("{crate_name}::db::Tx"),
        format!("{crate_name}::models::{ty}"),
        format!("{crate_name}::models::{ty}Fields"),
        "crate::util::TestApp".to_owned(),
    ];
    for field in &spec.fields {
        let needed = value::any_imports(field).into_iter();
        paths.extend(needed.map(|path| path.replacen("service::", &format!("{crate_name}::"), 1)));
        if matches!(field.ty, FieldType::Enum(_)) && !field.optional {
            paths.push(format!("{crate_name}::models::{}", spec.choice(field)));
        }
    }
    paths.extend(made_by(spec, false));
    let is_counted = spec.fields.iter().any(value::is_counted);
    if is_counted {
        paths.push("std::sync::atomic::AtomicI32".to_owned());
        paths.push("std::sync::atomic::Ordering".to_owned());
    }
    paths.push(format!("{crate_name}::db::self"));
    let new = match needs_app(spec) {
        true => "pub(crate) async fn new(app: &TestApp) -> Self {",
        false => "pub(crate) fn new() -> Self {",
    };
    let references: String = rows(spec, false)
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let value = |field: &Field| {
        let (name, value) = (&field.name, value::any(spec, field));
        match *name == value {
            true => name.clone(),
            false => format!("{name}: {value}"),
        }
    };
    let made: Vec<String> = spec.fields.iter().map(value).collect();
    let places = [
        ("imports", imports(paths.iter().map(String::as_str))),
        ("new", new.to_owned()),
        ("references", references),
        ("values", struct_of(&format!("{ty}Fields"), &made)),
    ];
    let text = include_str!("factory.txt").replace("use service::db::{self, Tx};\n", "");
    let mut text = spec.fill(&text, &places);
    if is_counted {
        text.push_str(
            "\n/// A number that no other row has.\nfn number() -> i32 {\n    \
             static NEXT: AtomicI32 = AtomicI32::new(1);\n    \
             NEXT.fetch_add(1, Ordering::Relaxed)\n}\n",
        );
    }
    text
}
