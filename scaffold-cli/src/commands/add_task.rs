//! `scaffold add-task`.

use super::{add_route, module, support};
use crate::cli::{AddRouteArgs, AddTaskArgs};
use crate::edit::{Source, call_list, mod_list, tasks, use_list};
use crate::error::{Error, Result};
use crate::name::{Name, NameKind, hides_type, shown};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::field::Field;
use crate::snippets::task::{TaskSpec, task, task_test};
use crate::snippets::task_route;

const TASKS: &str = "src/tasks";
const TESTS: &str = "tests/integration/tasks";
const LIST: &str = "src/tasks/mod.rs";

/// Plans a task: its file, its test, and a line in each list.
pub fn plan(project: &Project, args: &AddTaskArgs) -> Result<Plan> {
    let spec = spec(args, &project.crates())?;
    check_taken(project, &spec)?;
    let (snake, pascal) = (spec.name.snake(), spec.name.pascal());
    let types = spec.types();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let mut plan = Plan::new();
    support::plan(&mut plan, project, &spec.fields)?;
    plan.create(project, &format!("{TASKS}/{snake}.rs"), task(&spec))?;
    let test = format!("{TESTS}/{snake}.rs");
    plan.create(
        project,
        &test,
        task_test(&spec, &module::crate_name_in_tests(project)?),
    )?;
    plan.edit(project, LIST, |text| mod_list::insert_mod(text, "", &snake))?;
    plan.edit(project, LIST, |text| {
        use_list::insert_reexports(text, "pub ", &snake, &types)
    })?;
    plan.edit(project, LIST, |text| {
        call_list::insert_call(text, "register", "add", &pascal)
    })?;
    plan.edit(project, "tests/integration/tasks/mod.rs", |text| {
        mod_list::insert_mod(text, "", &snake)
    })?;
    if args.route {
        route(&mut plan, project, &spec)?;
    }
    plan.next_step(format!("write what the task does in {TASKS}/{snake}.rs"));
    plan.next_step(format!("cargo test {snake}"));
    if args.route {
        plan.next_step(add_route::AGREE_ON_DOCUMENT);
    }
    Ok(plan)
}

/// Plans the route that enqueues the task, with its test and a line in each list.
fn route(plan: &mut Plan, project: &Project, spec: &TaskSpec) -> Result<()> {
    let name = spec.name.snake();
    let args = AddRouteArgs {
        name: name.clone(),
        method: vec!["post".to_owned()],
        path: Some(task_route::path(spec)),
        public: false,
        scope: None,
        deprecated: false,
        sunset: None,
    };
    let handler = spec.name.with_verb("enqueue");
    add_route::check_task_route(project, &args, &handler)?;
    plan.create(
        project,
        &format!("src/routes/{name}.rs"),
        task_route::task_route(spec),
    )?;
    plan.create(
        project,
        &format!("tests/integration/routes/{name}.rs"),
        task_route::task_route_test(spec, &module::crate_name_in_tests(project)?),
    )?;
    add_route::list_module(plan, project, &name, &handler.snake())
}

fn spec(args: &AddTaskArgs, crates: &[String]) -> Result<TaskSpec> {
    let name = Name::parse(NameKind::Task, &args.name, crates)?;
    let fields = Field::parse_all(&args.fields)?;
    let is_column = |field: &&Field| field.unique || field.index || field.default.is_some();
    if let Some(field) = fields.iter().find(is_column) {
        return Err(Error::Argument {
            message: format!(
                "the field `{}` of a task has a mark for columns",
                field.name
            ),
            hint: "use no other mark than `?`".to_owned(),
        });
    }
    if let Some(queue) = &args.queue {
        check_queue(queue)?;
    }
    let spec = TaskSpec {
        name,
        fields,
        queue: args.queue.clone(),
        max_attempts: args.max_attempts,
        timeout_secs: args.timeout,
    };
    match spec.types().iter().find(|ty| hides_type(ty)) {
        Some(ty) => Err(Error::Argument {
            message: format!(
                "an enum would be `{ty}`, a type that Rust or the service has already"
            ),
            hint: "choose another name for its field".to_owned(),
        }),
        None => Ok(spec),
    }
}

fn check_queue(queue: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let begins = queue.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && queue.len() <= 64 && queue.chars().all(fits) {
        return Ok(());
    }
    Err(Error::Argument {
        message: format!("the queue name `{}` cannot be used", shown(queue)),
        hint: "use lower-case letters, digits, `_` and `-`, for example `mail`".to_owned(),
    })
}

/// Refuses a name or a type that another task has.
fn check_taken(project: &Project, spec: &TaskSpec) -> Result<()> {
    for folder in [TASKS, TESTS] {
        module::check(project, folder, &spec.name)?;
    }
    let (snake, types) = (spec.name.snake(), spec.types());
    for file in project.list(TASKS)? {
        let Some(module) = file.strip_suffix(".rs").filter(|module| *module != snake) else {
            continue;
        };
        let text = project
            .read(&format!("{TASKS}/{file}"))?
            .unwrap_or_default();
        let Ok(source) = Source::parse(&text) else {
            continue;
        };
        let found = tasks::tasks(&source);
        let taken = if found.names.contains(&snake) {
            format!("the task name `{snake}`")
        } else if let Some(ty) = types.iter().find(|ty| found.types.contains(*ty)) {
            format!("the type `{ty}`")
        } else {
            continue;
        };
        return Err(Error::Taken {
            message: format!("{taken} is used in {TASKS}/{module}.rs already"),
            hint: "choose another name".to_owned(),
        });
    }
    Ok(())
}
