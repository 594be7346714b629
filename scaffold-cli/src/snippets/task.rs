//! The file of a task and the file of its test.

use super::field::{Field, FieldType};
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
    fn has(&self, ty: FieldType) -> bool {
        self.fields.iter().any(|field| field.ty == ty)
    }
}

/// The file in `src/tasks`.
pub fn task(spec: &TaskSpec) -> String {
    let (snake, pascal) = (spec.name.snake(), spec.name.pascal());
    let imports = imports(task_imports(spec));
    let fields = struct_body(&spec.fields);
    let consts = consts(spec);
    let spaced = spec.name.spaced();
    format!(
        r#"//! The task `{snake}`.

{imports}
/// Arguments of the task `{snake}`.
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
    if spec.has(FieldType::Datetime) {
        paths.push("time::OffsetDateTime");
    }
    if spec.has(FieldType::Uuid) {
        paths.push("crate::id::Id");
    }
    if spec.has(FieldType::Json) {
        paths.push("serde_json::Value");
    }
    paths
}

fn struct_body(fields: &[Field]) -> String {
    if fields.is_empty() {
        return "{}".to_owned();
    }
    let lines: String = fields.iter().map(struct_field).collect();
    format!("{{\n{lines}}}")
}

fn struct_field(field: &Field) -> String {
    let name = &field.name;
    let spaced = name.replace('_', " ");
    let ty = rust_type(field);
    let serde = match (field.ty, field.optional) {
        (FieldType::Datetime, false) => "    #[serde(with = \"time::serde::rfc3339\")]\n",
        (FieldType::Datetime, true) => {
            "    #[serde(default, with = \"time::serde::rfc3339::option\")]\n"
        }
        _ => "",
    };
    format!("    /// The {spaced}.\n{serde}    pub {name}: {ty},\n")
}

fn rust_type(field: &Field) -> String {
    let ty = match field.ty {
        FieldType::String | FieldType::Text => "String",
        FieldType::Integer => "i32",
        FieldType::Bigint => "i64",
        FieldType::Boolean => "bool",
        FieldType::Float => "f64",
        FieldType::Uuid => "Id",
        FieldType::Datetime => "OffsetDateTime",
        FieldType::Json => "Value",
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
    let has = |ty| {
        let mut fields = spec.fields.iter();
        fields.any(|field| field.ty == ty && !field.optional)
    };
    if has(FieldType::Uuid) {
        paths.push(format!("{crate_name}::id::Id"));
    }
    if has(FieldType::Datetime) {
        paths.push("time::OffsetDateTime".to_owned());
    }
    if has(FieldType::Json) {
        paths.push("serde_json::Value".to_owned());
    }
    let imports = imports(paths.iter().map(String::as_str));
    let values: Vec<String> = spec.fields.iter().map(value).collect();
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

fn value(field: &Field) -> String {
    let value = match field.ty {
        _ if field.optional => "None",
        FieldType::String | FieldType::Text => "\"text\".to_owned()",
        FieldType::Integer | FieldType::Bigint => "1",
        FieldType::Boolean => "true",
        FieldType::Float => "1.5",
        FieldType::Uuid => "Id::new()",
        FieldType::Datetime => "OffsetDateTime::UNIX_EPOCH",
        FieldType::Json => "Value::Null",
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
            "string", "text", "integer", "bigint", "boolean", "float", "uuid", "datetime", "json",
        ];
        let fields = types.map(|ty| format!("my_{ty}:{ty}"));
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
        let imported: Vec<&str> = imported.filter(|word| *word != "OwnName").collect();
        assert!(imported.contains(&"TestApp"), "{imported:?}");
        for name in imported {
            assert!(Name::parse(NameKind::Task, name, &[]).is_err(), "{name}");
        }
    }
}
