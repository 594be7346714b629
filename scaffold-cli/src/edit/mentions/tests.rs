use super::*;

/// The lines of a file of the root that name it.
fn mentions_in(text: &str, wanted: &Wanted) -> Vec<usize> {
    mentions(text, wanted, &[])
}

#[test]
fn modules_are_found_in_paths_and_imports() {
    let text = "use crate::routes::{reports, a};\nlet reports = 1;\nfn f() {\n    \
                reports::x(reports);\n}\n// reports::y\n";
    let text = format!("fn g() {{ {text} }}");
    assert_eq!(
        mentions_in(&text, &Wanted::Module("reports".to_owned())),
        [1, 4]
    );
}

#[test]
fn a_module_of_another_module_is_another_one() {
    let text = "use crate::models::reports;\nuse crate::routes::reports;\nuse models::reports;\n";
    assert_eq!(
        mentions_in(text, &Wanted::Module("reports".to_owned())),
        [2, 3]
    );
}

#[test]
fn tables_and_columns_are_found_behind_what_they_belong_to() {
    let text = "use crate::schema::users;\n#[diesel(table_name = crate::schema::users)]\n\
                struct A { users: u8 }\nfn f() {\n    users::table.select(users::note);\n    \
                other::note;\n    let note = users;\n}\n";
    assert_eq!(
        mentions_in(text, &Wanted::Table("users".to_owned())),
        [1, 2, 5]
    );
    assert_eq!(
        mentions_in(text, &Wanted::Column("users".to_owned(), "note".to_owned())),
        [5]
    );
}

#[test]
fn an_import_is_no_use() {
    assert!(!is_used("use a::{B, c};\nuse B;\n", "B"));
    assert!(is_used("use a::B;\nfn f() -> B {}\n", "B"));
    assert!(is_used("use a::B;\nm!(x(B));\n", "B"));
    assert!(is_used("use a::B;\nfn f() -> impl X + use<> { B }\n", "B"));
}

#[test]
fn what_is_only_defined_and_tested_is_not_named() {
    for text in [
        "",
        "/// Not `a`.\nasync fn a() {} // a\n",
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { a() }\n}\n",
    ] {
        assert!(!is_named(text, "a"), "{text}");
    }
    for text in [
        "use b::a;\n",
        "all! { x(b::a) }\n",
        "fn a() {}\nfn b() { a() }\n",
        "#[cfg(test)]\nmod tests {\n    fn b() { a() }\n}\nfn c() { a() }\n",
    ] {
        assert!(is_named(text, "a"), "{text}");
    }
}

#[test]
fn types_are_those_of_their_module() {
    let wanted = Wanted::Item(&["models", "super"], "A".to_owned());
    let used = "fn f() { A {}; b::A(c!(A)); }\n";
    for text in [
        "use crate::models::A;\n",
        "use crate::{models::{B, A as C}};\n",
    ] {
        assert_eq!(mentions_in(&format!("{text}{used}"), &wanted), [1, 2]);
    }
    assert_eq!(mentions_in(&format!("use super::*;\n{used}"), &wanted), [2]);
    assert_eq!(mentions_in("fn f() { models::A {}; }\n", &wanted), [1]);
    for text in ["", "use io::A;\n", "use io::*;\n", "struct A;\n"] {
        assert_eq!(mentions_in(&format!("{text}{used}"), &wanted), [0; 0]);
    }
    assert_eq!(mentions_in("not rust (", &wanted), [0; 0]);
    let wanted = Wanted::OfRoute("b".to_owned(), "A".to_owned());
    assert_eq!(
        mentions_in(&format!("use super::b::A;\n{used}"), &wanted),
        [1, 2]
    );
    assert_eq!(mentions_in(used, &wanted), [1]);
    assert_eq!(
        mentions_in("use c::A;\nfn f() { A {}; }\n", &wanted),
        [0; 0]
    );
}

#[test]
fn a_list_names_what_is_in_it_without_a_path() {
    let here = ["tasks".to_owned()];
    let text = "use crate::queue::TaskList;\npub use send::{A as B};\nfn register(t: &mut T) {\n    \
                if x { t.add::<A>(); }\n    let send = 1;\n    send::f();\n}\n";
    let wanted = Wanted::Item(&["tasks", "super"], "A".to_owned());
    assert_eq!(mentions(text, &wanted, &here), [2, 4]);
    assert_eq!(mentions(text, &wanted, &["util".to_owned()]), [0; 0]);
    let wanted = Wanted::Submodule("tasks", "send".to_owned());
    assert_eq!(mentions(text, &wanted, &here), [2, 6]);
}

#[test]
fn a_module_of_a_list_is_found_in_other_files() {
    let wanted = Wanted::Submodule("tasks", "send".to_owned());
    let text = "use crate::tasks::{a, send};\nuse super::send::B;\nfn f() {\n    \
                crate::tasks::send::g();\n    send::h();\n    let send = 1;\n}\n";
    let beside = ["tasks".to_owned(), "other".to_owned()];
    assert_eq!(mentions(text, &wanted, &beside), [1, 2, 4, 5]);
    let text = "use super::send::B;\nfn f() {\n    tasks::send::g();\n    send::h();\n}\n";
    assert_eq!(mentions(text, &wanted, &beside), [1, 3]);
    assert_eq!(mentions(text, &wanted, &["router".to_owned()]), [3]);
}
