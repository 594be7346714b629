//! The file of a task and the file of its test.

use super::field::{Field, FieldType, variant, variants};
use super::layout::{associated_const, imports, let_struct};
use crate::name::Name;

/// What a task file is made from.
#[derive(Debug, Clone)]
pub struct TaskSpec {
    /// The name.
    pub name: Name,
    /// The arguments.
    pub fields: Vec<Field>,
    /// The queue, if not the usual one.
    pub queue: Option<String>,
    /// The number of attempts, if not the usual one.
    pub max_attempts: Option<u32>,
    /// The time limit in seconds, if not the usual one.
    pub timeout_secs: Option<u64>,
}

impl TaskSpec {
    /// The type of an enum: `SendMailChannel`.
    pub fn choice(&self, field: &Field) -> String {
        self.name.pascal() + &variant(&field.name)
    }

    /// The fields whose type is an enum, which is declared beside the task.
    fn choices(&self) -> impl Iterator<Item = (&Field, &[String])> {
        self.fields.iter().filter_map(|field| match &field.ty {
            FieldType::Enum(values) => Some((field, values.as_slice())),
            _ => None,
        })
    }

    /// The types that the file of the task declares.
    pub fn types(&self) -> Vec<String> {
        let choices = self.choices().map(|(field, _)| self.choice(field));
        let mut types: Vec<String> = choices.chain([self.name.pascal()]).collect();
        types.sort();
        types
    }
}

/// The file in `src/tasks`.
pub fn task(spec: &TaskSpec) -> String {
    let (snake, pascal) = (spec.name.snake(), spec.name.pascal());
    let imports = imports(task_imports(spec));
    let fields = struct_body(spec);
    let choices: String = spec
        .choices()
        .map(|(field, values)| choice(spec, field, values))
        .collect();
    let consts = consts(spec);
    let spaced = spec.name.spaced();
    format!(
        r#"//! The task `{snake}`.

{imports}
{choices}/// Arguments of the task `{snake}`.
#[derive(Debug, Serialize, Deserialize)]
pub struct {pascal} {fields}

impl Task for {pascal} {{
{consts}
    type Output = ();

    async fn run(self, ctx: TaskContext) -> TaskResult<Self::Output> {{
        tracing::info!(task_id = %ctx.id(), "{spaced}");
        Ok(())
    }}
}}
"#
    )
}

/// The enum of a field.
fn choice(spec: &TaskSpec, field: &Field, values: &[String]) -> String {
    let (spaced, task, ty) = (field.spaced(), spec.name.snake(), spec.choice(field));
    let variants = variants(values);
    format!(
        "/// The {spaced} of the task `{task}`.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]\n\
         pub enum {ty} {{\n{variants}}}\n\n"
    )
}

fn task_imports(spec: &TaskSpec) -> Vec<&'static str> {
    let mut paths = vec![
        "serde::Deserialize",
        "serde::Serialize",
        "crate::queue::Task",
        "crate::queue::TaskContext",
        "crate::queue::TaskResult",
    ];
    if spec.timeout_secs.is_some() {
        paths.push("std::time::Duration");
    }
    if spec.choices().next().is_some() {
        paths.push("utoipa::ToSchema");
    }
    paths.extend(
        spec.fields
            .iter()
            .filter_map(|field| field_import(&field.ty)),
    );
    paths
}

/// What the type of an argument needs from other modules.
pub(super) fn field_import(ty: &FieldType) -> Option<&'static str> {
    Some(match ty {
        FieldType::Date => "time::Date",
        FieldType::Time => "time::Time",
        FieldType::Datetime => "time::OffsetDateTime",
        FieldType::Uuid | FieldType::References(_) => "crate::id::Id",
        FieldType::Json => "serde_json::Value",
        FieldType::Binary => "crate::base64::Base64",
        FieldType::Decimal => "crate::decimal::Decimal",
        _ => return None,
    })
}

fn struct_body(spec: &TaskSpec) -> String {
    if spec.fields.is_empty() {
        return "{}".to_owned();
    }
    let lines = spec.fields.iter();
    let lines: String = lines
        .map(|field| field_lines(spec, field, "", "pub "))
        .collect();
    format!("{{\n{lines}}}")
}

/// The lines of a field in a struct, with more attributes and a visibility such as `pub `.
pub(super) fn field_lines(
    spec: &TaskSpec,
    field: &Field,
    attributes: &str,
    visibility: &str,
) -> String {
    let name = &field.name;
    let spaced = field.spaced();
    let ty = rust_type(spec, field);
    let module = match field.ty {
        FieldType::Date => "crate::calendar::date",
        FieldType::Time => "crate::calendar::time_of_day",
        FieldType::Datetime => "time::serde::rfc3339",
        _ => "",
    };
    let serde = match (module, field.optional) {
        ("", _) => String::new(),
        (module, false) => format!("    #[serde(with = \"{module}\")]\n"),
        (module, true) => format!("    #[serde(default, with = \"{module}::option\")]\n"),
    };
    format!("    /// The {spaced}.\n{serde}{attributes}    {visibility}{name}: {ty},\n")
}

fn rust_type(spec: &TaskSpec, field: &Field) -> String {
    let choice = spec.choice(field);
    let ty = match &field.ty {
        FieldType::Enum(_) => choice.as_str(),
        FieldType::String | FieldType::Text => "String",
        FieldType::Integer => "i32",
        FieldType::Bigint => "i64",
        FieldType::Boolean => "bool",
        FieldType::Float => "f64",
        FieldType::Decimal => "Decimal",
        FieldType::Uuid | FieldType::References(_) => "Id",
        FieldType::Date => "Date",
        FieldType::Time => "Time",
        FieldType::Datetime => "OffsetDateTime",
        FieldType::Json => "Value",
        FieldType::Binary => "Base64",
    };
    if field.optional {
        format!("Option<{ty}>")
    } else {
        ty.to_owned()
    }
}

fn consts(spec: &TaskSpec) -> String {
    let text = "&'static str";
    let quoted = |value: &str| format!("\"{value}\"");
    let mut lines = vec![associated_const("NAME", text, &quoted(&spec.name.snake()))];
    if let Some(queue) = &spec.queue {
        lines.push(associated_const("QUEUE", text, &quoted(queue)));
    }
    if let Some(attempts) = spec.max_attempts {
        lines.push(associated_const(
            "MAX_ATTEMPTS",
            "u32",
            &attempts.to_string(),
        ));
    }
    if let Some(secs) = spec.timeout_secs {
        let value = format!("Duration::from_secs({secs})");
        lines.push(associated_const("TIMEOUT", "Duration", &value));
    }
    lines.join("\n")
}

/// The file in `tests/integration/tasks`.
pub fn task_test(spec: &TaskSpec, crate_name: &str) -> String {
    let (snake, pascal) = (spec.name.snake(), spec.name.pascal());
    let mut paths = vec![
        "crate::util::TestApp".to_owned(),
        format!("{crate_name}::queue::TaskState"),
        format!("{crate_name}::tasks::{pascal}"),
    ];
    let required = spec.fields.iter().filter(|field| !field.optional);
    for field in required {
        match &field.ty {
            FieldType::Enum(_) => {
                paths.push(format!("{crate_name}::tasks::{}", spec.choice(field)));
            }
            ty => paths.extend(
                field_import(ty)
                    .map(|path| path.replacen("crate::", &format!("{crate_name}::"), 1)),
            ),
        }
    }
    let imports = imports(paths.iter().map(String::as_str));
    let values = spec.fields.iter().map(|field| value(spec, field));
    let values: Vec<String> = values.collect();
    let task = let_struct("task", &pascal, &values);
    format!(
        r#"{imports}
#[tokio::test]
async fn {snake}_succeeds() {{
    let app = TestApp::new().await;
{task}
    let id = app.enqueue(task).await;
    app.run_pending_tasks().await;
    assert_eq!(app.task(id).await.state(), TaskState::Succeeded);
}}
"#
    )
}

fn value(spec: &TaskSpec, field: &Field) -> String {
    let value = match &field.ty {
        _ if field.optional => "None",
        FieldType::Enum(values) => {
            let first = values.first().map_or("", String::as_str);
            return format!("{}: {}::{}", field.name, spec.choice(field), variant(first));
        }
        FieldType::String | FieldType::Text => "\"text\".to_owned()",
        FieldType::Integer | FieldType::Bigint => "1",
        FieldType::Boolean => "true",
        FieldType::Float => "1.5",
        FieldType::Decimal => "Decimal::default()",
        FieldType::Uuid | FieldType::References(_) => "Id::new()",
        FieldType::Date => "Date::MIN",
        FieldType::Time => "Time::MIDNIGHT",
        FieldType::Datetime => "OffsetDateTime::UNIX_EPOCH",
        FieldType::Json => "Value::Null",
        FieldType::Binary => "Base64::default()",
    };
    format!("{}: {value}", field.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::NameKind;

    /// A task of such a name would define what its file or its test imports.
    #[test]
    fn what_is_imported_is_no_name_of_a_task() {
        let types = [
            "string", "text", "integer", "bigint", "boolean", "float", "decimal", "uuid", "date",
            "time", "datetime", "json", "binary",
        ];
        let fields = types.map(|ty| format!("my_{ty}:{ty}"));
        let fields = [&fields[..], &["my_enum:enum(a,b)".to_owned()]].concat();
        let spec = TaskSpec {
            name: Name::parse(NameKind::Task, "own_name", &[]).unwrap(),
            fields: Field::parse_all(&fields).unwrap(),
            queue: Some("mail".to_owned()),
            max_attempts: Some(2),
            timeout_secs: Some(9),
        };
        let files = [task(&spec), task_test(&spec, "service")].concat();
        let imports = files.lines().filter(|line| line.starts_with("use "));
        let words = imports.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()));
        let imported = words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
        let imported: Vec<&str> = imported
            .filter(|word| !word.starts_with("OwnName"))
            .collect();
        assert!(imported.contains(&"TestApp"), "{imported:?}");
        for name in imported {
            assert!(Name::parse(NameKind::Task, name, &[]).is_err(), "{name}");
        }
    }
}
