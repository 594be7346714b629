use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files in this folder of the service and below it.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a text");
                sources.push((path, text));
            }
        }
    }
    assert!(!sources.is_empty());
    sources
}

/// Whether SQL is anything else than one literal or one constant.
fn puts_sql_together(text: &str) -> bool {
    let text: String = text.split_whitespace().collect();
    let arguments = ["sql", "sql_query", "batch_execute"].map(|call| arguments(&text, call));
    arguments.into_iter().flatten().any(|argument| {
        let rest = after_literal(argument).or_else(|| after_constant(argument));
        !rest.is_some_and(|rest| rest.starts_with([')', ',']))
    })
}

/// What comes after a literal, also a raw one.
fn after_literal(text: &str) -> Option<&str> {
    let raw = text.strip_prefix('r').unwrap_or(text);
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let mut rest = raw[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", &raw[..hashes]);
    loop {
        let at = rest.find(&end)?;
        let is_escaped = raw.len() == text.len() && rest[..at].ends_with('\\');
        rest = &rest[at + end.len()..];
        if !is_escaped {
            return Some(rest);
        }
    }
}

/// What comes after the name of a constant.
fn after_constant(text: &str) -> Option<&str> {
    let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let rest = text.trim_start_matches('&').trim_start_matches(is_of_name);
    text.trim_start_matches('&')
        .starts_with(|c: char| c.is_ascii_uppercase())
        .then_some(rest)
}

/// What follows the opening bracket of each call of a function, with and without a type.
fn arguments<'a>(text: &'a str, function: &str) -> Vec<&'a str> {
    let mut arguments = Vec::new();
    for (start, _) in text.match_indices(function) {
        let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let rest = &text[start + function.len()..];
        if text[..start].ends_with(is_part_of_name) {
            continue;
        }
        if let Some(argument) = rest.strip_prefix('(') {
            arguments.push(argument);
        } else if let Some(typed) = rest.strip_prefix("::<") {
            arguments.extend(typed.split_once(">(").map(|(_, argument)| argument));
        }
    }
    arguments
}

#[test]
fn handlers_leave_the_database_to_models() {
    for (path, text) in sources("src/routes") {
        assert!(!text.contains("diesel"), "{}", path.display());
    }
}

/// Values are bound, never written into SQL: nobody can then say something else with them.
#[test]
fn sql_is_not_put_together() {
    for (path, text) in sources("src") {
        // What is particular to a database knows only names and numbers of its own.
        if !path.starts_with(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db")) {
            assert!(!puts_sql_together(&text), "{}", path.display());
        }
    }
}

#[test]
fn sql_that_is_put_together_is_found() {
    for bad in [
        "sql_query(format!(\"SELECT {name}\"))",
        "diesel::sql_query(\n    &text)",
        "= sql(&text)",
        "sql::<Text>(&format!(\"{column}\"))",
        "conn.batch_execute(&format!(\"NOTIFY {channel}\"))",
        "sql_query(\"SELECT \".to_owned() + name)",
        "sql_query(\"SELECT \\\"x\\\" \".to_owned() + name)",
        "sql_query(String::from(\"SELECT \") + name)",
        "sql_query(SELECT.replace(\"name\", name))",
    ] {
        assert!(puts_sql_together(bad), "{bad}");
    }
    for good in [
        "sql_query(INSERT_ALL).bind::<Text, _>(rows)",
        "sql::<Nullable<BigInt>>(\"max(age)\")",
        "batch_execute(r#\"SELECT 1\"#)",
        "sql_query(\"SELECT \\\"x\\\"\")",
        "name.into_sql::<BigInt>()",
        "value.to_sql(out)",
    ] {
        assert!(!puts_sql_together(good), "{good}");
    }
}
