use super::*;
use crate::edit::use_list;

#[track_caller]
fn left(found: Found) -> (String, Option<usize>) {
    let removal = found.unwrap().unwrap();
    (removal.text, removal.edited)
}

#[test]
fn what_is_as_a_command_writes_it_goes_with_its_line() {
    let list = "pub mod a;\npub mod b;\n\npub mod c;\n";
    let expected = "pub mod a;\n\npub mod c;\n".to_owned();
    assert_eq!(left(remove_mod(list, "b")), (expected, None));
    assert_eq!(
        left(remove_mod("mod a;\nmod b;", "b")),
        ("mod a;".to_owned(), None)
    );
    // In another order than that of the command.
    let moved = "mod b;\nmod z;\nmod a;\n";
    assert_eq!(
        left(remove_mod(moved, "b")),
        ("mod z;\nmod a;\n".to_owned(), None)
    );
}

#[test]
fn what_its_owner_added_to_a_line_is_told() {
    for (text, line) in [
        ("mod a;\n#[cfg(unix)]\nmod b;\n", 2),
        ("mod a;\nmod b; // mine\n", 2),
        ("mod a;\n/// Mine.\nmod b;\n", 2),
    ] {
        assert_eq!(
            left(remove_mod(text, "b")),
            ("mod a;\n".to_owned(), Some(line)),
            "{text}"
        );
    }
    let text = "mod a; pub(crate) mod b; mod c;\n";
    let expected = "mod a;  mod c;\n".to_owned();
    assert_eq!(left(remove_mod(text, "b")), (expected, Some(1)));
}

#[test]
fn comments_around_a_line_stay() {
    let text = "mod a;\n// about b\nmod b;\n// about c\nmod c;\n";
    let expected = "mod a;\n// about b\n// about c\nmod c;\n".to_owned();
    assert_eq!(left(remove_mod(text, "b")), (expected, None));
}

#[test]
fn what_is_not_there_is_not_removed() {
    for text in ["", "mod b {}\n", "mod bb;\n"] {
        assert_eq!(remove_mod(text, "b"), Ok(None), "{text}");
    }
    assert!(remove_mod("mod", "b").is_err());
    assert_eq!(remove_reexport("pub use b::{A, B};", "b", "B"), Ok(None));
    assert_eq!(
        remove_routes("fn api_routes() { x.routes(routes!(a::b)) }", "c"),
        Ok(None)
    );
}

#[test]
fn every_route_of_a_module_goes_and_no_other() {
    let text = "use crate::routes::b as other;\nfn api_routes() -> R {\n    R::new()\n        \
                .routes(routes!(a::x))\n        .routes(routes!(b::x))\n        \
                .routes(routes!(\n            crate::routes::b::y\n        ))\n        \
                .routes(routes!(other::z))\n        .routes(routes!(c::b))\n}\n";
    let expected = "use crate::routes::b as other;\nfn api_routes() -> R {\n    R::new()\n        \
                    .routes(routes!(a::x))\n        .routes(routes!(c::b))\n}\n";
    assert_eq!(left(remove_routes(text, "b")), (expected.to_owned(), None));
}

#[test]
fn one_handler_goes_and_the_others_of_its_module_stay() {
    let text = "fn api_routes() -> R {\n    R::new()\n        .routes(routes!(b::x))\n        \
                .routes(routes!(b::y))\n        .routes(routes!(b::x, b::z))\n}\n";
    let expected = "fn api_routes() -> R {\n    R::new()\n        .routes(routes!(b::y))\n        \
                    .routes(routes!(b::x, b::z))\n}\n";
    assert_eq!(
        left(remove_handler(text, "b", "x")),
        (expected.to_owned(), None)
    );
    assert_eq!(remove_handler(expected, "b", "x"), Ok(None));
}

#[test]
fn a_call_with_several_handlers_is_told() {
    let text = "fn r() -> R {\n    R::new()\n        .routes(routes!(b::x, b::y))\n        \
                .routes(routes!(a::x, b::z))\n}\n";
    let (after, edited) = left(remove_routes(text, "b"));
    assert_eq!(edited, Some(3));
    assert!(after.contains("routes!(a::x, b::z)") && !after.contains("b::y"));
}

#[test]
fn a_list_as_rustfmt_has_it_stays_so() {
    let names: Vec<String> = (10..26).map(|number| format!("name{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // Whatever was first, the last that fits a line leaves one line.
    for removed in 0..names.len() {
        let mut left_over = names.clone();
        let mut text = use_list::braced("use crate::routes::", &names) + "\n";
        for _ in 0..6 {
            let name = left_over.remove(removed % left_over.len());
            text = left(remove_import(&text, &["crate", "routes", name])).0;
            let expected = use_list::braced("use crate::routes::", &left_over) + "\n";
            assert_eq!(text, expected);
        }
    }
}

#[test]
fn imports_keep_the_shape_of_what_is_left() {
    let path = ["crate", "routes", "b"];
    for (text, expected) in [
        (
            "use crate::routes::{a, b, c};\n",
            "use crate::routes::{a, c};\n",
        ),
        ("use crate::routes::{a, b};\n", "use crate::routes::a;\n"),
        (
            "use crate::routes::{self, b};\n",
            "use crate::routes::{self};\n",
        ),
        (
            "use crate::{app, routes::{a, b, c}};\n",
            "use crate::{app, routes::{a, c}};\n",
        ),
        (
            "use crate::{\n    app,\n    routes::{a, b},\n};\n",
            "use crate::{\n    app,\n    routes::a,\n};\n",
        ),
        (
            "use crate::routes::{\n    a,\n    b,\n    c,\n};\n",
            "use crate::routes::{\n    a,\n    c,\n};\n",
        ),
        (
            "use crate::routes::{\n    c, a,\n    b, d,\n};\n",
            "use crate::routes::{\n    c, a,\n    d,\n};\n",
        ),
        (
            "use crate::a;\nuse crate::routes::b;\n\nfn f() {}\n",
            "use crate::a;\n\nfn f() {}\n",
        ),
    ] {
        assert_eq!(
            left(remove_import(text, &path)),
            (expected.to_owned(), None)
        );
    }
    // Comments between the names stay, too.
    for (text, expected) in [
        (
            "use crate::routes::{\n    a, // first\n    b,\n};\n",
            "use crate::routes::{\n    a, // first\n};\n",
        ),
        (
            "use crate::routes::{a, /* and */ b};\n",
            "use crate::routes::{a, /* and */ };\n",
        ),
    ] {
        assert_eq!(
            left(remove_import(text, &path)),
            (expected.to_owned(), None)
        );
    }
    // What else the line brings stays.
    let shared = "use crate::{app, routes::{b}};\n";
    let expected = "use crate::{app, routes::{}};\n";
    assert_eq!(
        left(remove_import(shared, &path)),
        (expected.to_owned(), None)
    );
    let renamed = "use crate::routes::{a, b as x, c};\n";
    let expected = "use crate::routes::{a, c};\n".to_owned();
    assert_eq!(left(remove_import(renamed, &path)), (expected, Some(1)));
    assert_eq!(
        remove_import("use crate::routes::{a, bb};\n", &path),
        Ok(None)
    );
}
