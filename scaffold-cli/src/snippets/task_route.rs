//! The route that enqueues a task, and its test.

use super::field::{Field, FieldType, variant};
use super::layout::{imports, let_struct, signature};
use super::resource::json_value;
use super::task::{TaskSpec, field_import, field_lines};

/// The name of the handler.
pub fn handler(spec: &TaskSpec) -> String {
    format!("enqueue_{}", spec.name.snake())
}

/// The path below the API prefix.
pub fn path(spec: &TaskSpec) -> String {
    format!("/{}", spec.name.kebab())
}

/// The type of the body, if there is anything to say.
pub fn request_type(spec: &TaskSpec) -> Option<String> {
    let ty = format!("Enqueue{}Request", spec.name.pascal());
    (!spec.fields.is_empty()).then_some(ty)
}

/// The file in `src/routes`.
pub fn task_route(spec: &TaskSpec) -> String {
    let (snake, path) = (spec.name.snake(), path(spec));
    let imports = imports(route_imports(spec).iter().map(String::as_str));
    let request = request_type(spec).map_or(String::new(), |ty| {
        let fields = spec.fields.iter();
        let fields: String = fields.map(|field| request_field(spec, field)).collect();
        format!(
            "/// What the task `{snake}` is to work on.\n#[derive(Debug, Deserialize, ToSchema)]\n\
             #[serde(rename_all = \"camelCase\")]\npub struct {ty} {{\n{fields}}}\n\n"
        )
    });
    let (attribute, function) = (attribute(spec), function(spec));
    format!(
        "//! The route under `{path}`.\n\n{imports}\n{request}\
         /// Enqueue the task `{snake}`.\n{attribute}\n{function}"
    )
}

fn route_imports(spec: &TaskSpec) -> Vec<String> {
    let mut paths = vec![
        "axum::response::Response".to_owned(),
        "crate::app::AppState".to_owned(),
        "crate::auth::Scoped".to_owned(),
        "crate::auth::Write".to_owned(),
        "crate::db::Tx".to_owned(),
        "crate::error::AppError".to_owned(),
        "crate::error::AppResult".to_owned(),
        "crate::queue::Task".to_owned(),
        "crate::routes::tasks::EnqueuedResponse".to_owned(),
    ];
    if request_type(spec).is_some() {
        let more = [
            "serde::Deserialize",
            "utoipa::ToSchema",
            "crate::extract::Json",
        ];
        paths.extend(more.map(str::to_owned));
    }
    paths.extend(spec.types().iter().map(|ty| format!("crate::tasks::{ty}")));
    let needed = spec.fields.iter().filter_map(|it| field_import(&it.ty));
    paths.extend(needed.map(str::to_owned));
    paths
}

fn request_field(spec: &TaskSpec, field: &Field) -> String {
    // The API's description does not know times of day.
    let schema = match (&field.ty, field.optional) {
        (FieldType::Time, true) => "    #[schema(value_type = Option<String>)]\n",
        (FieldType::Time, false) => "    #[schema(value_type = String)]\n",
        _ => "",
    };
    field_lines(spec, field, schema, "")
}

fn attribute(spec: &TaskSpec) -> String {
    let mut lines = vec![
        "post".to_owned(),
        format!("path = \"{}\"", path(spec)),
        format!("tag = \"{}\"", spec.name.snake()),
        "security((\"bearer\" = [\"write\"]))".to_owned(),
    ];
    lines.extend(request_type(spec).map(|ty| format!("request_body = {ty}")));
    lines.push(
        "responses((status = 202, description = \"The task\", body = EnqueuedResponse,\n        \
         headers((\"Location\" = String, description = \"Where the task can be watched\"))))"
            .to_owned(),
    );
    format!("#[utoipa::path(\n    {}\n)]", lines.join(",\n    "))
}

fn function(spec: &TaskSpec) -> String {
    let mut arguments = vec!["state: AppState".to_owned(), "_: Scoped<Write>".to_owned()];
    arguments.extend(request_type(spec).map(|ty| format!("Json(body): Json<{ty}>")));
    let head = format!("pub async fn {}", handler(spec));
    let signature = signature(&head, &arguments, "AppResult<Response>");
    let values = spec.fields.iter();
    let values: Vec<String> = values
        .map(|Field { name, .. }| format!("{name}: body.{name}"))
        .collect();
    let task = let_struct("task", &spec.name.pascal(), &values);
    format!(
        "{signature}
{task}
    let task_id = state
        .transaction(async |tx: &mut Tx| Ok::<_, AppError>(task.enqueue(tx).await?))
        .await?;
    Ok(EnqueuedResponse::accepted(&state, task_id))
}}
"
    )
}

/// The file in `tests/integration/routes`.
pub fn task_route_test(spec: &TaskSpec, crate_name: &str) -> String {
    let paths = [
        "axum::http::StatusCode".to_owned(),
        "serde_json::Value".to_owned(),
        "serde_json::json".to_owned(),
        format!("{crate_name}::tasks::{}", spec.name.pascal()),
        "crate::util::TestApp".to_owned(),
    ];
    let imports = imports(paths.iter().map(String::as_str));
    let (handler, path, ty) = (handler(spec), path(spec), spec.name.pascal());
    let required = spec.fields.iter().filter(|field| !field.optional);
    let lines: String = required.map(body_line).collect();
    let body = match lines.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{\n{lines}    }}"),
    };
    format!(
        r#"{imports}
const URL: &str = "/api/v1{path}";

#[tokio::test]
async fn {handler}_answers_with_the_task() {{
    let app = TestApp::new().await;
    let body = json!({body});
    let response = app.post(URL, &body).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let location = response.header("location").expect("a location");
    let task: Value = app.get(location).await.json();
    assert_eq!(task["id"], response.json::<Value>()["taskId"]);
    assert_eq!(app.enqueued_of::<{ty}>().await.len(), 1);
    assert_eq!(app.run_pending_tasks().await, 1);
}}
"#
    )
}

/// `"userId": "01890a5d-…",`
fn body_line(field: &Field) -> String {
    let name = variant(&field.name);
    let (first, rest) = name.split_at(1);
    let value = json_value(field);
    format!(
        "        \"{}{rest}\": {value},\n",
        first.to_ascii_lowercase()
    )
}
