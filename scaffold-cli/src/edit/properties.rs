//! What holds for every edit of every file.

use proptest::prelude::*;

use super::use_list::{WhenAbsent, import, insert_reexport};
use super::{Edit, Result, Source, call_chain, call_list, mod_list};

/// Checks what holds for every edit, whatever the file looks like.
fn check(
    text: &str,
    edit: impl Fn(&str) -> Result<Edit>,
) -> std::result::Result<(), TestCaseError> {
    let Ok(found) = edit(text) else {
        // A place that is not recognised is left alone; unit tests say which must be.
        return Ok(());
    };
    let after = found.apply(text);
    prop_assert!(Source::parse(&after).is_ok(), "does not parse: {after}");
    if let Edit::Insert(inserts) = &found {
        prop_assert_eq!(&without(&after, inserts), text);
    }
    prop_assert_eq!(edit(&after), Ok(Edit::Unchanged), "twice: {}", after);
    Ok(())
}

/// The text with the inserted ranges taken out again.
fn without(after: &str, inserts: &[super::Insert]) -> String {
    let mut text = String::new();
    let (mut position, mut original) = (0, 0);
    for insert in inserts {
        let kept = insert.offset - original;
        text.push_str(&after[position..position + kept]);
        position += kept + insert.text.len();
        original = insert.offset;
    }
    text + &after[position..]
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

proptest! {
    #[test]
    fn modules(text in dressed(lines(name().prop_map(|name| format!("pub mod {name};")))), new in name()) {
        check(&text, |text| mod_list::insert_mod(text, "pub ", &new))?;
        check(&text, |text| mod_list::insert_mod(text, "", &new))?;
    }

    #[test]
    fn reexports(
        text in dressed(lines((name(), name()).prop_map(|(m, t)| format!("pub use {m}::T{t};")))),
        new in name(),
    ) {
        check(&text, |text| insert_reexport(text, &new, "Tx"))?;
    }

    #[test]
    fn calls(text in dressed(statements()), new in name()) {
        check(&text, |text| call_list::insert_call(text, "register", "add", &format!("T{new}")))?;
    }

    #[test]
    fn routes(text in dressed(chain()), module in name(), handler in name()) {
        check(&text, |text| call_chain::insert_route(text, &module, &handler))?;
    }

    #[test]
    fn import_lists(text in dressed(imports()), new in name(), add_line: bool) {
        let when = if add_line { WhenAbsent::AddLine } else { WhenAbsent::FullPath };
        let edit = |text: &str| import(text, &["crate", "routes", &new], when).map(|import| import.edit);
        check(&text, edit)?;
    }
}
