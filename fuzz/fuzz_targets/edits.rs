//! Whatever a file looks like, an edit inserts what parses, once, and can be taken back; or it
//! refuses.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scaffold_cli::edit::call_chain::{Group, insert_route};
use scaffold_cli::edit::invariants::{Held, check, check_inverse};
use scaffold_cli::edit::use_list::{WhenAbsent, import, insert_reexport};
use scaffold_cli::edit::{call_list, has_code, mod_list, removal, schedules, schema};

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        for held in [lists(text), routers(text), schemas(text), schedule(text)] {
            held.unwrap_or_else(|broken| panic!("{broken}"));
        }
        has_code(text, "pub mod reports;");
    }
});

fn lists(text: &str) -> Held {
    for visibility in ["", "pub "] {
        let insert = |text: &str| mod_list::insert_mod(text, visibility, "reports");
        check_inverse(text, insert, |text| removal::remove_mod(text, "reports"))?;
    }
    check_inverse(
        text,
        |text| insert_reexport(text, "reports", "Report"),
        |text| removal::remove_reexport(text, "reports", "Report"),
    )?;
    check_inverse(
        text,
        |text| call_list::insert_call(text, "register", "add", "Report"),
        |text| removal::remove_call(text, "register", "add", "Report"),
    )
}

fn routers(text: &str) -> Held {
    for group in [Group::Guarded, Group::Public] {
        check(text, |text| {
            insert_route(text, "reports", "list_reports", group)
        })?;
    }
    for when in [WhenAbsent::AddLine, WhenAbsent::FullPath] {
        let path = ["crate", "routes", "reports"];
        check(text, |text| {
            import(text, &path, when).map(|import| import.edit)
        })?;
    }
    Ok(true)
}

fn schemas(text: &str) -> Held {
    let columns = [("id", "Text"), ("note", "Nullable<Text>")];
    let columns = columns.map(|(name, ty)| (name.to_owned(), ty.to_owned()));
    check(text, |text| {
        schema::insert_columns(text, "persons", &columns[1..])
    })?;
    check(text, |text| {
        schema::insert_join(text, "reports", "persons", "person_id")
    })?;
    check(text, |text| schema::insert_table(text, "reports", &columns))
}

fn schedule(text: &str) -> Held {
    let statement =
        |list: &str| format!("{list}.cron(\"report\", \"30 2 * * *\", || Report {{}});");
    check_inverse(
        text,
        |text| schedules::insert_schedule(text, "report", &statement),
        |text| removal::remove_schedule(text, "report"),
    )
}
