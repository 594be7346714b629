//! The statement of a schedule and the file of its test.

use super::layout::imports;

/// What a schedule is made from.
#[derive(Debug, Clone)]
pub struct ScheduleSpec {
    /// The name.
    pub name: String,
    /// The type of its task, which has no arguments.
    pub task: String,
    /// When it fires.
    pub rhythm: Rhythm,
    /// Its first fires in 2026, in its own time zone.
    pub fires: Vec<String>,
}

/// When a schedule fires.
#[derive(Debug, Clone)]
pub enum Rhythm {
    /// At the times of a cron expression, in a time zone other than UTC if there is one.
    Cron(String, Option<String>),
    /// Every so many seconds.
    Every(u64),
}

/// The statement in `register`; `spellings` are how the file names the task and `Duration`.
pub fn statement(spec: &ScheduleSpec, receiver: &str, spellings: &[String]) -> String {
    const MAX_INNER: usize = 60;
    let task = spellings.first().unwrap_or(&spec.task);
    let (method, when, zone) = match &spec.rhythm {
        Rhythm::Cron(expression, zone) => ("cron", format!("\"{expression}\""), zone.as_deref()),
        Rhythm::Every(seconds) => {
            let duration = spellings.get(1).map_or("Duration", String::as_str);
            ("every", format!("{duration}::from_secs({seconds})"), None)
        }
    };
    let start = format!("\"{}\", {when}, ||", spec.name);
    let inner = format!("{start} {task} {{}}");
    let call = |indent: &str| {
        if inner.len() <= MAX_INNER {
            return format!(".{method}({inner})");
        }
        if start.len() + " {".len() < MAX_INNER {
            return format!(".{method}({start} {{\n{indent}    {task} {{}}\n{indent}}})");
        }
        let lines = [
            format!("\"{}\"", spec.name),
            when.clone(),
            format!("|| {task} {{}}"),
        ];
        let lines = lines.map(|line| format!("\n{indent}    {line},")).concat();
        format!(".{method}({lines}\n{indent})")
    };
    let Some(zone) = zone else {
        return format!("{receiver}{};", call("    "));
    };
    let zone = format!(".time_zone(\"{zone}\")");
    let line = format!("{receiver}{}{zone}", call("    "));
    if line.len() <= MAX_INNER && !line.contains('\n') {
        return format!("{line};");
    }
    format!("{receiver}\n        {}\n        {zone};", call("        "))
}

/// The file in `tests/integration/schedules`.
pub fn schedule_test(spec: &ScheduleSpec, crate_name: &str) -> String {
    let zone = match &spec.rhythm {
        Rhythm::Cron(_, Some(zone)) => Some(zone),
        _ => None,
    };
    let mut paths = vec![
        format!("{crate_name}::queue::ScheduleList"),
        format!("{crate_name}::schedules"),
    ];
    paths.extend(
        match zone {
            Some(_) => ["chrono::NaiveDateTime", "chrono_tz::Tz"],
            None => ["chrono::DateTime", "chrono::Utc"],
        }
        .map(str::to_owned),
    );
    let (start, local) = match zone {
        Some(zone) => (
            format!(
                "    let zone: Tz = \"{zone}\".parse().expect(\"a time zone\");\n    \
                 let start: NaiveDateTime = \"2026-01-01T00:00:00\".parse().expect(\"a time\");\n    \
                 let start = start.and_local_timezone(zone).earliest();\n    \
                 let mut at = start.expect(\"a time\").to_utc();\n"
            ),
            "at.with_timezone(&zone).naive_local()",
        ),
        None => (
            "    let mut at: DateTime<Utc> = \"2026-01-01T00:00:00Z\".parse().expect(\"a time\");\n"
                .to_owned(),
            "at.naive_utc()",
        ),
    };
    let (imports, name) = (imports(paths.iter().map(String::as_str)), &spec.name);
    let fires = spec.fires.iter().map(|fire| format!("\"{fire}\""));
    let fires: Vec<String> = fires.collect();
    let line = format!("[{}]", fires.join(", "));
    let fires = match line.len() - 2 <= 60 {
        true => line,
        false => format!("[\n        {},\n    ]", fires.join(",\n        ")),
    };
    format!(
        "{imports}
#[test]
fn it_fires_at_its_times() {{
    let mut list = ScheduleList::default();
    schedules::register(&mut list);
    let mut schedules = list.iter();
    let schedule = schedules.find(|schedule| schedule.name() == \"{name}\");
    let schedule = schedule.expect(\"it is listed\");
{start}    for expected in {fires} {{
        at = schedule.next_after(at).expect(\"it fires again\");
        assert_eq!({local}.to_string(), expected);
    }}
}}
"
    )
}
