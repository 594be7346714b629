//! Tasks and schedules that their lists do not name, or name twice.

use super::Findings;
use crate::edit::call_list::Listed;
use crate::edit::mentions::is_used;
use crate::edit::schedules::Schedule;
use crate::error::Result;
use crate::project::Project;
use crate::survey::{self, SCHEDULES, TASK_LIST};

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let tasks = survey::tasks(project)?;
    let listed = survey::listed_tasks(project)?;
    for (index, task) in tasks.iter().enumerate() {
        let (ty, line) = (&task.it.ty, task.it.line);
        if listed.iter().all(|listed| listed.ty != *ty) && !is_registered(project, ty)? {
            let message = format!("the task `{ty}` is not in {TASK_LIST}, so no worker can run it");
            findings.add("unlisted_task", &task.file, line, message);
        }
        let same_name = |other: &&survey::Found<_>| {
            let other: &survey::Found<crate::edit::tasks::TaskImpl> = other;
            other.it.name.is_some() && other.it.name == task.it.name
        };
        if let Some(other) = tasks[..index].iter().find(same_name) {
            let name = task.it.name.as_deref().unwrap_or_default();
            let message = format!(
                "the task name `{name}` is that of `{}` already",
                other.it.ty
            );
            findings.add("task_name_twice", &task.file, line, message);
        }
    }
    for (index, task) in listed.iter().enumerate() {
        // Under conditions, one of several may hold.
        let is_twin = |it: &&Listed| it.ty == task.ty && !it.is_conditional && !task.is_conditional;
        if let Some(first) = listed[..index].iter().find(is_twin) {
            let message = format!("the task `{}` is on line {} already", task.ty, first.line);
            findings.add("task_twice", TASK_LIST, task.line, message);
        }
    }
    schedules(project, findings)
}

/// Whether a task is registered in a form that is not read: by a macro, in a chain, or by a function
/// that the list calls.
fn is_registered(project: &Project, ty: &str) -> Result<bool> {
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        let may_register = file == TASK_LIST || text.contains("TaskList");
        if may_register && text.contains(ty) && is_used(&text, ty) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn schedules(project: &Project, findings: &mut Findings) -> Result<()> {
    let schedules = survey::schedules(project)?;
    for (index, schedule) in schedules.iter().enumerate() {
        let name = &schedule.it.name;
        // Under conditions, one of several may hold.
        let always = |it: &Schedule| !it.is_conditional && !schedule.it.is_conditional;
        let first = schedules[..index]
            .iter()
            .find(|other| other.it.name == *name && always(&other.it));
        if let Some(first) = first {
            let message = format!("the schedule `{name}` is on line {} already", first.it.line);
            findings.add("schedule_twice", SCHEDULES, schedule.it.line, message);
        }
    }
    Ok(())
}
