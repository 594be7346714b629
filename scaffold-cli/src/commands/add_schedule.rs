//! `scaffold add-schedule`.

use super::{add_task, module};
use crate::cli::{AddScheduleArgs, AddTaskArgs};
use crate::edit::use_list::{self, WhenAbsent};
use crate::edit::{Source, mod_list, schedules, tasks};
use crate::error::{Error, Result};
use crate::name::{Name, NameKind, shown};
use crate::plan::Plan;
use crate::project::Project;
use crate::snippets::schedule::{self, Rhythm, ScheduleSpec};

mod cron;

use cron::Cron;

const LIST: &str = "src/schedules.rs";
const TESTS: &str = "tests/integration/schedules";
const FIRES: usize = 3;

/// Plans a schedule: one statement, its task if that is new, and a test of when it fires.
pub fn plan(project: &Project, args: &AddScheduleArgs) -> Result<Plan> {
    let name = Name::parse(NameKind::Schedule, &args.name, &project.crates())?;
    let (rhythm, fires) = rhythm(args)?;
    let (mut plan, task) = match &args.task {
        Some(task) => (Plan::new(), existing(project, task)?),
        None => new_task(project, &args.name)?,
    };
    let spec = ScheduleSpec {
        name: name.snake(),
        task,
        rhythm,
        fires,
    };
    module::check(project, TESTS, &name)?;
    insert(&mut plan, project, &spec)?;
    let service = module::crate_name_in_tests(project)?;
    let path = format!("{TESTS}/{}.rs", spec.name);
    plan.create(project, &path, schedule::schedule_test(&spec, &service))?;
    plan.edit(project, &format!("{TESTS}/mod.rs"), |text| {
        mod_list::insert_mod(text, "", &spec.name)
    })?;
    if args.task.is_some() {
        plan.next_step(format!("cargo test {}", spec.name));
    }
    Ok(plan)
}

/// The statement, and what it needs in scope.
fn insert(plan: &mut Plan, project: &Project, spec: &ScheduleSpec) -> Result<()> {
    let mut paths = vec![["crate", "tasks", &spec.task]];
    if let Rhythm::Every(_) = spec.rhythm {
        paths.push(["std", "time", "Duration"]);
    }
    let text = project.read(LIST)?.unwrap_or_default();
    let is_there = schedules::has_schedule(&text, &spec.name);
    let full: Vec<String> = paths.iter().map(|path| path.join("::")).collect();
    let mut spellings = Vec::new();
    for path in paths {
        let mut spelling = path[2].to_owned();
        plan.edit(project, LIST, |text| {
            let import = use_list::import(text, &path, WhenAbsent::AddLine)?;
            spelling = import.spelling;
            Ok(match is_there {
                true => crate::edit::Edit::Unchanged,
                false => import.edit,
            })
        })?;
        spellings.push(spelling);
    }
    plan.edit(project, LIST, |text| {
        let insert = |spellings: &[String]| {
            schedules::insert_schedule(text, &spec.name, &|receiver| {
                schedule::statement(spec, receiver, spellings)
            })
        };
        // Whoever has to write it writes no import: only full paths work.
        insert(&spellings).or_else(|_| insert(&full))
    })
}

fn rhythm(args: &AddScheduleArgs) -> Result<(Rhythm, Vec<String>)> {
    if let Some(every) = &args.every {
        let seconds = seconds(every)?;
        return Ok((Rhythm::Every(seconds), cron::multiples(seconds, FIRES)));
    }
    let expression = args.cron.as_deref().unwrap_or_default().trim();
    let fires = Cron::parse(expression, args.timezone.as_deref())?.fires(FIRES);
    if fires.is_empty() {
        return Err(Error::Argument {
            message: format!("the cron expression `{expression}` never fires"),
            hint: "choose a day that there is".to_owned(),
        });
    }
    let words: Vec<&str> = expression.split_whitespace().collect();
    let cron = Rhythm::Cron(words.join(" "), args.timezone.clone());
    Ok((cron, fires))
}

/// The seconds of `30s`, `5m`, `2h` or `1d`.
fn seconds(text: &str) -> Result<u64> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let found = units.iter().find_map(|(unit, seconds)| {
        let count: u64 = text.strip_suffix(*unit)?.parse().ok()?;
        count.checked_mul(*seconds)
    });
    found
        .filter(|seconds| (1..=366 * 86_400).contains(seconds))
        .ok_or_else(|| Error::Argument {
            message: format!("`{}` is no interval", shown(text)),
            hint: "write a number and s, m, h or d, for example `30s`; a year at most".to_owned(),
        })
}

/// The type of a task that is there, which must not need arguments.
fn existing(project: &Project, task: &str) -> Result<String> {
    let name = Name::parse(NameKind::Task, task, &project.crates())?;
    let (snake, pascal) = (name.snake(), name.pascal());
    let path = format!("src/tasks/{snake}.rs");
    let text = project.read(&path)?.ok_or_else(|| Error::Argument {
        message: format!("there is no task `{snake}`: {path} is missing"),
        hint: "leave out `--task` for a new one, or see `scaffold list tasks`".to_owned(),
    })?;
    let source = Source::parse(&text).map_err(|reason| Error::Invalid {
        file: path.clone(),
        reason,
    })?;
    match tasks::fields(&source, &pascal).as_deref() {
        Some([]) => Ok(pascal),
        Some(_) => Err(Error::Argument {
            message: format!("the task `{snake}` has arguments, which a schedule does not know"),
            hint: format!("write the schedule yourself in {LIST}: it can make the arguments"),
        }),
        None => Err(Error::Argument {
            message: format!("there is no `struct {pascal}` in {path}"),
            hint: format!("write the schedule yourself in {LIST}"),
        }),
    }
}

fn new_task(project: &Project, name: &str) -> Result<(Plan, String)> {
    let args = AddTaskArgs {
        name: name.to_owned(),
        fields: Vec::new(),
        queue: None,
        max_attempts: None,
        timeout: None,
        route: false,
    };
    let name = Name::parse(NameKind::Task, name, &project.crates())?;
    Ok((add_task::plan(project, &args)?, name.pascal()))
}
