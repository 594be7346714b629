//! What holds for every edit of every file.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::invariants::{Held, check, check_inverse};
use super::removal;
use super::use_list::{WhenAbsent, import, insert_reexport};
use super::{Source, call_chain, call_list, mod_list, schedules, schema, use_list};

/// Checks many files, of which most must have a place for the edit: else nothing was checked.
fn check_all<T: std::fmt::Debug>(files: impl Strategy<Value = T>, check: impl Fn(T) -> Held) {
    let (cases, hits) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config {
        source_file: Some(file!()),
        ..Config::default()
    });
    let result = runner.run(&files, |file| {
        cases.set(cases.get() + 1);
        hits.set(hits.get() + u32::from(check(file).map_err(TestCaseError::fail)?));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let (cases, hits) = (cases.get(), hits.get());
    assert!(hits * 2 > cases, "{hits} of {cases} files had a place");
}

fn name() -> impl Strategy<Value = String> {
    // A small alphabet, so that names collide and share beginnings.
    "[ab_][ab_0-9]{0,3}".prop_filter("an identifier", |name| name != "_")
}

fn trivia() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "",
        "\n",
        "// note\n",
        "/* block */\n",
        "\n\n",
        "/* a\n b */\n",
        "    ",
    ])
}

fn ending() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "\n",
        "\n",
        " // trailing\n",
        " /* trailing */\n",
        "\n\n",
        " ",
    ])
}

fn attribute() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "",
        "#[cfg(unix)]\n",
        "/// Text.\n",
        "#[rustfmt::skip] ",
    ])
}

/// Lines in any order, with anything around them.
fn lines(line: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let line = (trivia(), attribute(), line, ending());
    let line =
        line.prop_map(|(above, attribute, line, end)| format!("{above}{attribute}{line}{end}"));
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}

/// The same text with other line endings, a byte order mark, or no final newline.
fn dressed(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (text, any::<(bool, bool, bool)>()).prop_map(|(text, (crlf, mark, trim))| {
        let text = if trim {
            text.trim_end().to_owned()
        } else {
            text
        };
        let text = if crlf {
            text.replace('\n', "\r\n")
        } else {
            text
        };
        if mark {
            format!("\u{feff}{text}")
        } else {
            text
        }
    })
}

fn statements() -> impl Strategy<Value = String> {
    let statement = prop_oneof![
        4 => name().prop_map(|name| format!("tasks.add::<T{name}>();")),
        1 => Just("let _ = 1;".to_owned()),
        1 => Just("other(tasks);".to_owned()),
    ];
    (trivia(), lines(statement)).prop_map(|(above, body)| {
        format!("{above}pub fn register(tasks: &mut TaskList) {{\n{body}}}\nfn f() {{}}\n")
    })
}

fn chain() -> impl Strategy<Value = String> {
    let call = prop_oneof![
        4 => (name(), name()).prop_map(|(m, h)| format!(".routes(routes!({m}::{h}))")),
        1 => Just(".layer(x)".to_owned()),
        1 => Just(".routes(other())".to_owned()),
    ];
    let call =
        (trivia(), call, ending()).prop_map(|(above, call, end)| format!("{above}{call}{end}"));
    prop::collection::vec(call, 0..6)
        .prop_map(|calls| format!("fn api_routes() -> R {{\n    new()\n{}}}\n", calls.concat()))
}

fn imports() -> impl Strategy<Value = String> {
    let list = (prop::collection::vec(name(), 0..12), any::<(bool, bool)>());
    let list = list.prop_map(|(names, (broken, trailing))| {
        let separator = if broken { ",\n    " } else { ", " };
        let comma = if trailing && !names.is_empty() {
            ","
        } else {
            ""
        };
        format!("use crate::routes::{{{}{comma}}};", names.join(separator))
    });
    let item = prop_oneof![
        3 => list,
        1 => name().prop_map(|name| format!("use crate::routes::{name};")),
        1 => name().prop_map(|name| format!("use crate::{name};")),
        1 => name().prop_map(|name| format!("use crate::{{routes::{name}, app}};")),
        1 => name().prop_map(|name| format!("use {name}::*;")),
    ];
    lines(item)
}

#[test]
fn modules() {
    let list = lines(name().prop_map(|name| format!("pub mod {name};")));
    check_all((dressed(list), name()), |(text, new)| {
        let remove = |text: &str| removal::remove_mod(text, &new);
        let public = |text: &str| mod_list::insert_mod(text, "pub ", &new);
        let private = |text: &str| mod_list::insert_mod(text, "", &new);
        Ok(check_inverse(&text, public, remove)? && check_inverse(&text, private, remove)?)
    });
}

#[test]
fn reexports() {
    let list = lines((name(), name()).prop_map(|(m, t)| format!("pub use {m}::T{t};")));
    check_all((dressed(list), name()), |(text, new)| {
        check_inverse(
            &text,
            |text| insert_reexport(text, &new, "Tx"),
            |text| removal::remove_reexport(text, &new, "Tx"),
        )
    });
}

#[test]
fn calls() {
    check_all((dressed(statements()), name()), |(text, new)| {
        let ty = format!("T{new}");
        check_inverse(
            &text,
            |text| call_list::insert_call(text, "register", "add", &ty),
            |text| removal::remove_call(text, "register", "add", &ty),
        )
    });
}

#[test]
fn routes() {
    check_all(
        (dressed(chain()), name(), name()),
        |(text, module, handler)| {
            let edit = |text: &str| {
                call_chain::insert_route(text, &module, &handler, call_chain::Group::Guarded)
            };
            // Others of the same module would go as well.
            if text.contains(&format!("({module}::")) {
                return check(&text, edit);
            }
            check_inverse(&text, edit, |text| removal::remove_routes(text, &module))
        },
    );
}

#[test]
fn import_lists() {
    check_all(
        (dressed(imports()), name(), any::<bool>()),
        |(text, new, add_line)| {
            let when = if add_line {
                WhenAbsent::AddLine
            } else {
                WhenAbsent::FullPath
            };
            let edit = |text: &str| {
                import(text, &["crate", "routes", &new], when).map(|import| import.edit)
            };
            let path = ["crate", "routes", &new];
            let bound = Source::parse(&text).map(|source| use_list::bindings(&source));
            // Under a condition the file has it already: there would be two to take out.
            if bound.is_ok_and(|bound| bound.iter().any(|(_, known)| *known == path)) {
                return check(&text, edit);
            }
            check_inverse(&text, edit, |text| removal::remove_import(text, &path))
        },
    );
}

fn tables() -> impl Strategy<Value = String> {
    let column = (
        trivia(),
        name(),
        prop::sample::select(vec!["Text", "Nullable<Text>"]),
    );
    let column = column.prop_map(|(above, name, ty)| format!("{above}{name} -> {ty},\n"));
    let table = (name(), prop::collection::vec(column, 1..4));
    let table = table.prop_map(|(name, columns)| {
        format!(
            "diesel::table! {{\n    {name} (id) {{\n{}}}\n}}",
            columns.concat()
        )
    });
    lines(prop_oneof![
        4 => table,
        1 => Just("diesel::joinable!(a -> b (c));".to_owned()),
        1 => Just("diesel::allow_tables_to_appear_in_same_query!(a, b,);".to_owned()),
    ])
}

#[test]
fn tables_and_their_columns() {
    check_all((dressed(tables()), name()), |(text, new)| {
        let columns = [
            ("id".to_owned(), "Text".to_owned()),
            (format!("x{new}"), "Bool".to_owned()),
        ];
        check(&text, |text| schema::insert_columns(text, &new, &columns))?;
        check(&text, |text| {
            schema::insert_join(text, &new, "other", "other_id")
        })?;
        check(&text, |text| schema::insert_table(text, &new, &columns))
    });
}

#[test]
fn schedule_lists() {
    let statement = prop_oneof![
        4 => name().prop_map(|name| format!("list.every(\"{name}\", X, || Y {{}});")),
        2 => name().prop_map(|name| {
            format!("list\n.cron(\"{name}\", \"1\", || {{\nY {{}}\n}})\n.time_zone(\"Z\");")
        }),
        1 => Just("other(list);".to_owned()),
    ];
    let file = lines(statement)
        .prop_map(|body| format!("pub fn register(list: &mut ScheduleList) {{\n{body}}}\n"));
    check_all((dressed(file), name()), |(text, new)| {
        check(&text, |text| {
            let line =
                |list: &str| format!("{list}.every(\"{new}\", X, || {{\n        Y {{}}\n    }});");
            schedules::insert_schedule(text, &new, &line)
        })
    });
}
