use super::*;

fn chain(lines: &[&str]) -> String {
    let calls: String = lines
        .iter()
        .map(|line| format!("        {line}\n"))
        .collect();
    format!("fn api_routes() -> OpenApiRouter<AppState> {{\n    OpenApiRouter::new()\n{calls}}}\n")
}

#[track_caller]
fn check(before: &str, after: &str) {
    let edit = insert_route(before, "reports", "list_reports", Group::Guarded).unwrap();
    assert_eq!(edit.apply(before), after);
    let again = insert_route(after, "reports", "list_reports", Group::Guarded);
    assert_eq!(again, Ok(Edit::Unchanged));
}

const PERSONS: &str = ".routes(routes!(persons::find_person))";
const REPORTS: &str = ".routes(routes!(reports::list_reports))";
const TASKS: &str = ".routes(routes!(tasks::list_tasks))";
const HEALTH: &str = ".routes(routes!(health::show))";

#[test]
fn keeps_sorted_chains_sorted() {
    check(
        &chain(&[PERSONS, TASKS]),
        &chain(&[PERSONS, REPORTS, TASKS]),
    );
    check(&chain(&[TASKS]), &chain(&[REPORTS, TASKS]));
    check(&chain(&[PERSONS]), &chain(&[PERSONS, REPORTS]));
}

#[test]
fn keeps_unsorted_chains_unsorted() {
    check(
        &chain(&[TASKS, PERSONS]),
        &chain(&[TASKS, PERSONS, REPORTS]),
    );
}

#[test]
fn stays_beside_its_module_in_an_unsorted_chain() {
    let find = ".routes(routes!(reports::find_report))";
    check(
        &chain(&[TASKS, find, PERSONS]),
        &chain(&[TASKS, find, REPORTS, PERSONS]),
    );
}

#[test]
fn other_calls_of_the_chain_are_left_alone() {
    check(
        &chain(&[HEALTH, PERSONS, ".layer(auth())", ".with_state(app)"]),
        &chain(&[
            HEALTH,
            PERSONS,
            REPORTS,
            ".layer(auth())",
            ".with_state(app)",
        ]),
    );
    check(
        &chain(&[".layer(auth())", TASKS]),
        &chain(&[".layer(auth())", REPORTS, TASKS]),
    );
}

#[test]
fn comments_stay_with_their_line() {
    let health = format!("{HEALTH} // open");
    check(
        &chain(&[&health, "// guarded", TASKS]),
        &chain(&[&health, REPORTS, "// guarded", TASKS]),
    );
    check(
        &chain(&["// guarded", TASKS]),
        &chain(&[REPORTS, "// guarded", TASKS]),
    );
}

#[test]
fn a_statement_keeps_its_semicolon() {
    let before = "fn f() {\n\tlet api = new()\n\t\t.routes(routes!(a::b));\n\tapi\n}";
    let after = "fn f() {\n\tlet api = new()\n\t\t.routes(routes!(a::b))\n\t\t.routes(routes!(reports::list_reports));\n\tapi\n}";
    check(before, after);
}

#[test]
fn windows_line_endings_are_kept() {
    let crlf = |text: String| text.replace('\n', "\r\n");
    check(&crlf(chain(&[PERSONS])), &crlf(chain(&[PERSONS, REPORTS])));
}

#[test]
fn a_chain_on_one_line_is_continued_below() {
    check(
        "fn f() -> R {\n    new().routes(routes!(a::b))\n}\n",
        "fn f() -> R {\n    new().routes(routes!(a::b))\n        .routes(routes!(reports::list_reports))\n}\n",
    );
}

#[test]
fn a_long_path_gets_its_own_line() {
    let module = "m".repeat(40);
    let before = chain(&[PERSONS, TASKS]);
    let after = insert_route(&before, &module, "list_reports", Group::Guarded).unwrap();
    let path = format!("    {module}::list_reports");
    let lines = [".routes(routes!(", &path, "))", PERSONS, TASKS];
    assert_eq!(after.apply(&before), chain(&lines));
}

#[test]
fn the_api_chain_is_preferred() {
    let ops = "fn ops() -> R {\n    new()\n        .routes(routes!(health::show))\n}\n";
    check(
        &format!("{ops}{}", chain(&[PERSONS])),
        &format!("{ops}{}", chain(&[PERSONS, REPORTS])),
    );
}

#[test]
fn each_group_has_a_chain() {
    let insert = |text: &str, group| insert_route(text, "reports", "list_reports", group);
    let open = |lines: &[&str]| chain(lines).replace("api_routes", "public_routes");
    let (guarded_before, open_before) = (chain(&[TASKS]), open(&[PERSONS]));
    let before = format!("{open_before}{guarded_before}");
    for (group, after) in [
        (
            Group::Public,
            format!("{}{guarded_before}", open(&[PERSONS, REPORTS])),
        ),
        (
            Group::Guarded,
            format!("{open_before}{}", chain(&[REPORTS, TASKS])),
        ),
    ] {
        assert_eq!(insert(&before, group).unwrap().apply(&before), after);
        let other = [Group::Public, Group::Guarded];
        assert!(
            other
                .iter()
                .all(|group| insert(&after, *group) == Ok(Edit::Unchanged))
        );
    }
    // What is guarded never gets among what is open, nor the other way round.
    assert!(insert(&open_before, Group::Guarded).is_err());
    let nothing_open = format!("fn public_routes() -> R {{ new() }}\n{guarded_before}");
    assert!(insert(&nothing_open, Group::Public).is_err());
    // A project from before there were groups.
    let edit = insert(&guarded_before, Group::Public).unwrap();
    assert_eq!(edit.apply(&guarded_before), chain(&[REPORTS, TASKS]));
}

#[test]
fn other_spellings_count_as_registered() {
    for call in [
        ".routes(routes!(crate::routes::reports::list_reports))",
        ".routes(utoipa_axum::routes!(reports::list_reports))",
        ".routes(routes!(reports::create_report, reports::list_reports))",
    ] {
        let text = chain(&[call]);
        let edit = insert_route(&text, "reports", "list_reports", Group::Guarded);
        assert_eq!(edit, Ok(Edit::Unchanged), "{call}");
    }
}

#[test]
fn modules_of_other_places_do_not_count() {
    let other = ".routes(routes!(other::reports::list_reports))";
    check(&chain(&[other]), &chain(&[other, REPORTS]));
}

#[test]
fn routes_are_known_by_what_is_in_scope() {
    let has_route = |imports: &str, path: &str| {
        let text = format!(
            "{imports}{}",
            chain(&[&format!(".routes(routes!({path}))")])
        );
        has_route(&text, "reports", "list_reports")
    };
    let reports = "reports::list_reports";
    for (imports, path) in [
        ("use crate::routes::reports;", reports),
        ("use crate::routes::*;", reports),
        ("use crate::routes::reports as r;", "r::list_reports"),
        ("use crate::routes::reports::list_reports;", "list_reports"),
        ("use crate::routes;", "routes::reports::list_reports"),
        ("", "crate::routes::reports::list_reports"),
    ] {
        assert!(has_route(imports, path), "{imports} {path}");
    }
    for (imports, path) in [
        ("", "other::reports::list_reports"),
        ("use crate::other::reports;", reports),
        ("use crate::routes::reports as r;", "list_reports"),
    ] {
        assert!(!has_route(imports, path), "{imports} {path}");
    }
}

#[test]
fn methods_have_names_as_functions_do() {
    let method = chain(&[PERSONS]).replace("api_routes", "api");
    let before = format!("impl A {{\n{method}}}\nfn b() {{ x{TASKS} }}\n");
    let error = insert_route(&before, "reports", "list_reports", Group::Guarded).unwrap_err();
    assert!(error.reason.ends_with("found in `api`, `b`"), "{error}");
    let preferred = before.replace("fn api(", "fn api_routes(");
    assert!(insert_route(&preferred, "reports", "list_reports", Group::Guarded).is_ok());
}

#[test]
fn routers_in_an_argument_are_not_the_chain() {
    let inner = format!(".nest(\"/a\", R::new().nest(\"/b\", R::new(){HEALTH}){HEALTH})");
    check(
        &chain(&[&inner, PERSONS, TASKS]),
        &chain(&[&inner, PERSONS, REPORTS, TASKS]),
    );
    let two = chain(&[&inner, &inner]);
    let error = insert_route(&two, "reports", "list_reports", Group::Guarded).unwrap_err();
    assert!(error.reason.starts_with("several"), "{error}");
}

#[test]
fn a_chain_with_other_handlers_of_the_module_is_preferred() {
    let find = ".routes(routes!(reports::find_report))";
    let [people, own] = ["people", "own"].map(|name| {
        let line = if name == "own" { find } else { PERSONS };
        chain(&[line]).replace("api_routes", name)
    });
    let grown = chain(&[find, REPORTS]).replace("api_routes", "own");
    check(&format!("{people}{own}"), &format!("{people}{grown}"));
    let two = |calls: &str| format!("fn api_routes() {{ a\n{PERSONS}; b\n{calls}; }}\n");
    check(&two(find), &two(&format!("{find}\n{REPORTS}")));
}

#[test]
fn what_holds_under_a_condition_is_not_the_chain() {
    for other in [
        format!("#[cfg(unix)] let api = api{TASKS};"),
        format!("#[cfg(unix)] {{ api{TASKS}; }}"),
        format!("let api = if more {{ api{TASKS} }} else {{ api }};"),
        format!("match more {{ true => api{TASKS}, _ => api }}"),
        format!("#[cfg(unix)] fn api_routes() -> R {{ new(){TASKS} }}"),
    ] {
        let text =
            |calls: &str| format!("fn api_routes() {{ let api = new()\n{calls};\n{other} }}\n");
        check(&text(PERSONS), &text(&format!("{PERSONS}\n{REPORTS}")));
        // If there is no other, it is.
        let only = format!("fn api_routes() {{ {other} }}\n");
        assert!(insert_route(&only, "reports", "list_reports", Group::Guarded).is_ok());
    }
}

#[test]
fn what_may_have_another_prefix_is_told() {
    let text = "fn api_routes() -> R {\n    let api = R::new().routes(routes!(a::a));\n    \
                #[cfg(unix)]\n    let api = api.routes(routes!(b::b));\n    \
                api.nest(\"/c\", R::new().routes(routes!(c::c)))\n}\n\
                fn all() { x.nest(\"/\", public_routes().merge(own())).merge(other()) }\n\
                fn own() -> R { R::new().routes(routes!(d::d)) }\n\
                fn other() -> R { R::new().routes(routes!(e::e)) }\n\
                fn public_routes() -> R { R::new().routes(routes!(f::f)) }\n";
    let source = Source::parse(text).unwrap();
    let names = |is_it: fn(&Wired) -> bool| {
        let found = wired(&source).into_iter().filter(is_it);
        found.map(|it| it.path[0].clone()).collect::<String>()
    };
    assert_eq!(names(|it| it.is_inner), "cd");
    assert_eq!(names(|it| it.is_conditional), "b");
}

#[test]
fn chains_of_tests_do_not_count() {
    let api = chain(&[PERSONS]);
    let tests = format!("#[cfg(test)]\nmod tests {{\n{api}}}\n");
    check(
        &format!("{api}{tests}"),
        &format!("{}{tests}", chain(&[PERSONS, REPORTS])),
    );
}

#[test]
fn names_the_line_to_add() {
    let twice = format!("fn a() {{ x{PERSONS} }} fn b() {{ x{PERSONS} }}");
    let two_chains = format!("fn a() {{ x{PERSONS}; y{PERSONS} }}");
    for text in [
        "fn router() {}",
        "",
        "fn f() { x.routes(other()) }",
        &twice,
        &two_chains,
    ] {
        let error = insert_route(text, "reports", "list_reports", Group::Guarded).unwrap_err();
        assert_eq!(error.line, REPORTS, "{text}");
    }
}
