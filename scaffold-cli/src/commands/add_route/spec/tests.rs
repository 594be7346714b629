use super::*;

fn spec(args: &[&str]) -> Result<RouteSpec> {
    use clap::Parser;
    let words = ["scaffold", "add-route"].iter().chain(args);
    let cli = crate::cli::Cli::try_parse_from(words).unwrap();
    let crate::cli::Command::AddRoute(args) = cli.command else {
        unreachable!("the words say add-route");
    };
    RouteSpec::parse(&args, &[])
}

fn names(args: &[&str]) -> Vec<String> {
    let spec = spec(args).unwrap();
    spec.handlers
        .iter()
        .map(|handler| handler.name.snake())
        .collect()
}

#[test]
fn handlers_are_named_after_what_they_do() {
    assert_eq!(names(&["reports"]), ["list_reports"]);
    assert_eq!(
        names(&["reports", "--method", "get,post,PUT,delete,get"]),
        [
            "list_reports",
            "create_report",
            "update_report",
            "delete_report"
        ]
    );
    assert_eq!(
        names(&["reports", "--method", "get,put", "--path", "/reports/{id}"]),
        ["find_report", "update_report"]
    );
    assert_eq!(
        names(&[
            "persons",
            "--method",
            "post",
            "--path",
            "/persons/{id}/birthday"
        ]),
        ["create_birthday"]
    );
    assert_eq!(names(&["files", "--path", "/v1.0/{name}"]), ["find_file"]);
}

#[test]
fn paths_follow_the_name() {
    assert_eq!(spec(&["SalesReports"]).unwrap().path.text, "/sales-reports");
    assert_eq!(
        spec(&["a", "--path", "/a/{id}/b"]).unwrap().path.base(),
        "/a"
    );
}

#[test]
fn wrong_paths_are_refused() {
    for path in [
        "reports",
        "/",
        "//",
        "/a/",
        "/a//b",
        "/{",
        "/{}",
        "/{Id}",
        "/{type}",
        "/{*rest}",
        "/{id}/{id}",
        "/a b",
        "/../a",
        "/a?b",
        "/ä",
        "/api/v1/a",
        "/{body}",
        "/{a__b}",
        "/{a_}",
    ] {
        let error = spec(&["a", "--path", path]).expect_err(path);
        assert_eq!(error.code(), "invalid_argument");
    }
}

#[test]
fn guards_follow_method_and_flags() {
    let guards = |args: &[&str]| -> Vec<Guard> {
        let spec = spec(args).unwrap();
        spec.handlers
            .into_iter()
            .map(|handler| handler.guard)
            .collect()
    };
    let known = |scope: &str, ty| Guard::Known {
        scope: scope.to_owned(),
        ty,
    };
    assert_eq!(
        guards(&["a", "--method", "get,post"]),
        [known("read", "Read"), known("write", "Write")]
    );
    assert_eq!(guards(&["a", "--public"]), [Guard::Public]);
    assert_eq!(
        guards(&["a", "--scope", "write"]),
        [known("write", "Write")]
    );
    let own = Guard::Own {
        scope: "bills:read".to_owned(),
        ty: "BillsReadScope".to_owned(),
    };
    assert_eq!(guards(&["a", "--scope", "bills:read"]), [own]);
    for scope in ["", "A b", "a\"b", ":"] {
        assert!(spec(&["a", "--scope", scope]).is_err(), "{scope}");
    }
}

#[test]
fn unknown_methods_are_refused() {
    for method in ["patch", "", "get,,post"] {
        assert!(spec(&["a", "--method", method]).is_err(), "{method}");
    }
}
