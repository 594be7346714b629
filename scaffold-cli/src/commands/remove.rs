//! `scaffold remove`.

use crate::Context;
use crate::cli::{RemoveArgs, RemoveKind};
use crate::edit::mentions::{Wanted, mentions};
use crate::edit::removal::{self, Found};
use crate::error::{Error, Result};
use crate::grow;
use crate::name::{Name, NameKind};
use crate::plan::Plan;
use crate::project::Project;
use crate::shell::Shell;
use crate::survey;

mod ask;
mod migration;

/// Takes away what a command has made.
pub fn run(args: &RemoveArgs, context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let force = context.globals.force;
    match args.kind {
        RemoveKind::Route(ref args) => {
            grow::grow(context, shell, |project| route(project, &args.name, force))
        }
        RemoveKind::Task(ref args) => {
            grow::grow(context, shell, |project| task(project, &args.name, force))
        }
        RemoveKind::Migration(ref args) => grow::grow(context, shell, |project| {
            let is_applied = args
                .answer()
                .map_or_else(|| ask::is_applied(project, &args.name), Ok)?;
            migration::plan(project, &args.name, is_applied, force, context.clock)
        }),
    }
}

/// Plans to take away a module of routes, its tests, and what names it.
pub fn route(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let module = Name::parse(NameKind::Route, name, &[])?.snake();
    let mut removal = Removal::new(project, "route", &module);
    removal.file(&format!("{}/{module}.rs", survey::ROUTES))?;
    removal.file(&format!("tests/integration/routes/{module}.rs"))?;
    for list in ["src/routes/mod.rs", "tests/integration/routes/mod.rs"] {
        removal.line(list, |text| removal::remove_mod(text, &module))?;
    }
    for file in project.sources("src")? {
        let text = project.read(&file)?.unwrap_or_default();
        let is_own = file.starts_with(&format!("{}/{module}", survey::ROUTES));
        if is_own || !text.contains("routes!") || !text.contains(&module) {
            continue;
        }
        removal.line(&file, |text| removal::remove_routes(text, &module))?;
        let path = ["crate", "routes", &module];
        removal.line(&file, |text| removal::remove_import(text, &path))?;
    }
    removal.finish(Wanted::Module(&module), force)
}

/// Plans to take away a task, its test, and what names it.
pub fn task(project: &Project, name: &str, force: bool) -> Result<Plan> {
    let name = Name::parse(NameKind::Task, name, &[])?;
    let (module, ty) = (name.snake(), name.pascal());
    let mut removal = Removal::new(project, "task", &module);
    removal.file(&format!("{}/{module}.rs", survey::TASKS))?;
    removal.file(&format!("tests/integration/tasks/{module}.rs"))?;
    let list = survey::TASK_LIST;
    removal.line(list, |text| {
        removal::remove_call(text, "register", "add", &ty)
    })?;
    removal.line(list, |text| removal::remove_reexport(text, &module, &ty))?;
    removal.line(list, |text| removal::remove_mod(text, &module))?;
    removal.line("tests/integration/tasks/mod.rs", |text| {
        removal::remove_mod(text, &module)
    })?;
    removal.finish(Wanted::Type(&ty), force)
}

/// What is to go, and what speaks against it.
struct Removal<'a> {
    project: &'a Project,
    noun: &'static str,
    name: &'a str,
    plan: Plan,
    /// Files and lines that are not as a command wrote them.
    edited: Vec<String>,
    is_there: bool,
}

impl<'a> Removal<'a> {
    fn new(project: &'a Project, noun: &'static str, name: &'a str) -> Self {
        Self {
            project,
            noun,
            name,
            plan: Plan::new(),
            edited: Vec::new(),
            is_there: false,
        }
    }

    /// Takes away a file that a command has made.
    fn file(&mut self, path: &str) -> Result<()> {
        let Some(text) = self.project.read(path)? else {
            return Ok(());
        };
        self.is_there = true;
        if !self.project.is_untouched(path, &text)? {
            self.edited.push(path.to_owned());
        }
        let beside = path.strip_suffix(".rs").unwrap_or(path);
        if beside != path && self.project.has(beside) {
            return Err(Error::Argument {
                message: format!("{beside} has files of its own, which no command has made"),
                hint: "take them away first".to_owned(),
            });
        }
        self.plan.delete(self.project, path)
    }

    /// Takes a line out of a list.
    fn line(&mut self, path: &str, remove: impl Fn(&str) -> Found) -> Result<()> {
        let text = match self.plan.text(path) {
            Some(text) => text.to_owned(),
            None => self.project.read(path)?.unwrap_or_default(),
        };
        let found = remove(&text).map_err(|reason| Error::Invalid {
            file: path.to_owned(),
            reason,
        })?;
        let Some(removal) = found else {
            return Ok(());
        };
        self.is_there = true;
        self.edited
            .extend(removal.edited.map(|line| format!("{path}:{line}")));
        self.plan.shorten(self.project, path, removal.text)
    }

    /// The plan, if nothing speaks against it or it is forced.
    fn finish(mut self, wanted: Wanted<'_>, force: bool) -> Result<Plan> {
        let (noun, name) = (self.noun, self.name);
        if !self.is_there {
            // It is gone already, or never was.
            self.plan.next_step(format!(
                "there is no {noun} `{name}`; see `scaffold list {noun}s`"
            ));
            return Ok(self.plan);
        }
        let named = self.still_named(wanted)?;
        self.check_edited(force)?;
        if !force && !named.is_empty() {
            return Err(Error::InUse {
                message: format!("the {noun} `{name}` is named in {}", named.join(", ")),
                hint: "nothing was removed; change these first, or after a removal with `--force`"
                    .to_owned(),
            });
        }
        for place in named {
            self.plan
                .next_step(format!("take out what names `{name}` in {place}"));
        }
        self.plan.next_step("cargo test");
        Ok(self.plan)
    }

    /// The plan for what nothing names, if nobody has edited it or it is forced.
    fn unless_edited(self, force: bool) -> Result<Plan> {
        self.check_edited(force)?;
        Ok(self.plan)
    }

    fn check_edited(&self, force: bool) -> Result<()> {
        if force || self.edited.is_empty() {
            return Ok(());
        }
        let (noun, name) = (self.noun, self.name);
        Err(Error::Edited {
            paths: self.edited.clone(),
            hint: format!(
                "nothing was removed; `--force` removes the {noun} `{name}` with what changed"
            ),
        })
    }

    /// Where the rest of the project names it.
    fn still_named(&self, wanted: Wanted<'_>) -> Result<Vec<String>> {
        let word = match wanted {
            Wanted::Type(name) | Wanted::Module(name) => name,
        };
        let mut places = Vec::new();
        for directory in ["src", "tests", "examples", "benches"] {
            for file in self.project.sources(directory)? {
                if self.plan.deletes(&file) {
                    continue;
                }
                let text = self.project.read(&file)?.unwrap_or_default();
                let text = self.plan.text(&file).unwrap_or(&text);
                if text.contains(word) && self.may_mean_it(&file, text, wanted) {
                    let lines = mentions(text, wanted).into_iter();
                    places.extend(lines.map(|line| format!("{file}:{line}")));
                }
            }
        }
        Ok(places)
    }

    /// A model, a test or a table may have the name of a module of routes.
    fn may_mean_it(&self, file: &str, text: &str, wanted: Wanted<'_>) -> bool {
        match wanted {
            Wanted::Type(_) => true,
            Wanted::Module(name) => {
                let in_routes = file.starts_with(survey::ROUTES);
                in_routes
                    || text.replace(char::is_whitespace, "").contains("routes::")
                        && !text.contains(&format!("schema::{name}"))
            }
        }
    }
}
