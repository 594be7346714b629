//! Tasks and schedules that their lists do not name, or name twice.

use super::Findings;
use crate::error::Result;
use crate::project::Project;
use crate::survey::{self, SCHEDULES, TASK_LIST};

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let tasks = survey::tasks(project)?;
    let listed = survey::listed_tasks(project)?;
    for (index, task) in tasks.iter().enumerate() {
        let (ty, line) = (&task.it.ty, task.it.line);
        if listed.iter().all(|(name, _)| name != ty) {
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
    for (index, (ty, line)) in listed.iter().enumerate() {
        if let Some((_, first)) = listed[..index].iter().find(|(other, _)| other == ty) {
            let message = format!("the task `{ty}` is on line {first} already");
            findings.add("task_twice", TASK_LIST, *line, message);
        }
    }
    schedules(project, findings)
}

fn schedules(project: &Project, findings: &mut Findings) -> Result<()> {
    let schedules = survey::schedules(project)?;
    for (index, schedule) in schedules.iter().enumerate() {
        let name = &schedule.it.name;
        let first = schedules[..index]
            .iter()
            .find(|other| other.it.name == *name);
        if let Some(first) = first {
            let message = format!("the schedule `{name}` is on line {} already", first.it.line);
            findings.add("schedule_twice", SCHEDULES, schedule.it.line, message);
        }
    }
    Ok(())
}
