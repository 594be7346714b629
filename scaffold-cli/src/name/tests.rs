use super::*;

fn parse(text: &str) -> Result<Name> {
    Name::parse(
        NameKind::Task,
        text,
        &["serde_json".to_owned(), "axum".to_owned()],
    )
}

#[track_caller]
fn refused(text: &str) -> (String, String) {
    let error = parse(text).expect_err(text);
    assert_eq!(error.code(), "invalid_name");
    (
        error.to_string(),
        error.hint().unwrap_or_default().to_owned(),
    )
}

#[test]
fn every_spelling_gives_the_same_name() {
    for text in [
        "send_welcome_email",
        "send-welcome-email",
        "SendWelcomeEmail",
        "sendWelcomeEmail",
        "SEND_WELCOME_EMAIL",
    ] {
        let name = parse(text).unwrap();
        assert_eq!(name.snake(), "send_welcome_email", "{text}");
        assert_eq!(name.kebab(), "send-welcome-email");
        assert_eq!(name.pascal(), "SendWelcomeEmail");
        assert_eq!(name.spaced(), "send welcome email");
    }
}

#[test]
fn acronyms_and_digits_stay_words() {
    assert_eq!(parse("HTTPServer").unwrap().snake(), "http_server");
    assert_eq!(parse("parseV2Feed").unwrap().snake(), "parse_v2_feed");
    assert_eq!(parse("report2").unwrap().pascal(), "Report2");
}

#[test]
fn keywords_are_refused_with_a_suggestion() {
    for word in [
        "self", "super", "crate", "Self", "gen", "try", "type", "async", "dyn", "abstract",
        "yield", "macro", "static", "fn", "TYPE",
    ] {
        let (message, hint) = refused(word);
        assert!(message.contains("keyword"), "{message}");
        assert!(hint.starts_with("try `run_"), "{hint}");
    }
}

#[test]
fn crates_and_layout_are_refused() {
    for word in [
        "std",
        "core",
        "alloc",
        "test",
        "axum",
        "serde-json",
        "SerdeJson",
        "mod",
        "main",
        "lib",
        "util",
        "str",
        "con",
        "com1",
        "lpt9",
    ] {
        refused(word);
    }
}

#[test]
fn types_that_generated_code_uses_are_refused() {
    for word in [
        "Option",
        "result",
        "Vec",
        "string",
        "Task",
        "task_context",
        "ok",
    ] {
        let (message, _) = refused(word);
        assert!(message.contains("a type"), "{message}");
    }
}

#[test]
fn a_module_is_not_called_like_the_one_it_is_in() {
    let parse = |kind, text| Name::parse(kind, text, &[]);
    for (kind, text, hint) in [
        (NameKind::Task, "tasks", "try `run_tasks`"),
        (NameKind::Route, "routes", "try `routes_items`"),
    ] {
        let error = parse(kind, text).expect_err(text);
        assert_eq!(error.hint(), Some(hint));
    }
    assert!(parse(NameKind::Route, "tasks").is_ok());
    assert!(parse(NameKind::Task, "routes").is_ok());
}

#[test]
fn tasks_are_not_called_like_flows() {
    for text in ["chain", "Group"] {
        let (message, hint) = refused(text);
        assert!(
            message.ends_with("what the service calls a kind of flow"),
            "{message}"
        );
        assert!(hint.starts_with("try `run_"), "{hint}");
    }
    assert!(Name::parse(NameKind::Route, "group", &[]).is_ok());
}

#[test]
fn migrations_are_no_modules() {
    for text in ["main", "util", "i32", "std", "con", "tasks"] {
        assert!(
            Name::parse(NameKind::Migration, text, &[]).is_ok(),
            "{text}"
        );
    }
    assert!(Name::parse(NameKind::Migration, "type", &[]).is_err());
}

#[test]
fn paths_are_refused() {
    for (text, hint) in [
        ("../evil", "try `evil`"),
        ("a/b", "try `a_b`"),
        ("..", "use a verb phrase, for example `send_report`"),
        ("c:\\x", "try `c_x`"),
    ] {
        let (message, help) = refused(text);
        assert!(message.ends_with("is a path, not a name"), "{message}");
        assert_eq!(help, hint);
    }
}

#[test]
fn wrong_characters_are_refused() {
    assert_eq!(refused("2fast").1, "try `fast`");
    assert_eq!(refused("naïve").1, "try `na_ve`");
    assert_eq!(refused("send mail").1, "try `send_mail`");
    assert_eq!(refused("_x").1, "try `x`");
    assert_eq!(refused("a__b").1, "try `a_b`");
    assert_eq!(refused("a_").1, "try `a`");
    assert!(!refused("a\u{1b}[31m").0.contains('\u{1b}'));
    refused("");
    refused("-");
}

#[test]
fn length_is_limited() {
    assert!(parse(&"a".repeat(MAX_LENGTH)).is_ok());
    assert_eq!(refused(&"a".repeat(MAX_LENGTH + 1)).1, "use at most 64");
    // Separators count, also those that are added.
    refused(&"Ab".repeat(MAX_LENGTH / 2));
}

#[test]
fn fields_may_be_called_like_crates_and_types() {
    for text in ["axum", "string", "std", "name"] {
        assert!(Name::parse(NameKind::Field, text, &["axum".to_owned()]).is_ok());
    }
    assert!(Name::parse(NameKind::Field, "type", &[]).is_err());
}

#[test]
fn singular_changes_the_last_word() {
    let name = parse("sales_reports").unwrap();
    assert_eq!(name.singular().snake(), "sales_report");
    assert_eq!(
        name.singular().with_verb("find").pascal(),
        "FindSalesReport"
    );
}
