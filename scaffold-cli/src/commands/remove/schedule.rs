//! `scaffold remove schedule`.

use super::going::Removal;
use super::parts;
use crate::edit::{removal, schedules};
use crate::error::Result;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::survey::{self, SCHEDULES};

const TESTS: &str = "tests/integration/schedules";

/// Plans to take a schedule away, its test, and its task if that came with it.
pub(super) fn plan(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let name = Name::parse(NameKind::Schedule, name, &[])?;
    let snake = name.snake();
    let mut removal = Removal::new(project, "schedule", &snake);
    let found = survey::schedules(project)?.into_iter();
    let task = found.map(|found| found.it).find(|it| it.name == snake);
    let task = task.and_then(|schedule| schedule.task);
    removal.file(&format!("{TESTS}/{snake}.rs"))?;
    removal.line(&format!("{TESTS}/mod.rs"), |text| {
        removal::remove_mod(text, &snake)
    })?;
    removal.line(SCHEDULES, |text| removal::remove_schedule(text, &snake))?;
    needed_if_listed(&mut removal, &snake)?;
    parts::unused_import(&mut removal, SCHEDULES, &["std", "time", "Duration"])?;
    if let Some(ty) = task {
        parts::unused_import(&mut removal, SCHEDULES, &["crate", "tasks", &ty])?;
        if ty == name.pascal() {
            own_task(&mut removal, &snake, &ty, force)?;
        }
    }
    removal.finish(force)
}

/// Refuses the removal if the list still has the schedule, below a condition for instance.
fn needed_if_listed(removal: &mut Removal<'_>, name: &str) -> Result<()> {
    let text = removal.text(SCHEDULES)?;
    let left = schedules::schedules(&survey::parse(SCHEDULES, &text)?);
    for schedule in left.iter().filter(|it| it.name == name) {
        removal.needed(SCHEDULES, Some(schedule.line));
    }
    Ok(())
}

/// Takes away the task that came with the schedule, unless somebody has written what it does or
/// something else names it.
fn own_task(removal: &mut Removal<'_>, module: &str, ty: &str, force: bool) -> Result<()> {
    let file = format!("{}/{module}.rs", survey::TASKS);
    let test = format!("tests/integration/tasks/{module}.rs");
    if removal.project().recorded(&file)?.is_none() {
        return Ok(());
    }
    let own = [file.as_str(), &test, survey::TASK_LIST];
    let mut named = removal.named(&[parts::task_type(ty)])?;
    named.retain(|place| !own.contains(&place.file.as_str()));
    let reason = if let Some(place) = named.first() {
        format!("it is named in {place}")
    } else if !(force || removal.is_untouched(&file)? && removal.is_untouched(&test)?) {
        "you have changed it".to_owned()
    } else {
        return parts::task(removal, module, ty);
    };
    removal.next_step(format!(
        "the task `{module}` is kept, for {reason}; `scaffold remove task {module}` removes it"
    ));
    Ok(())
}
