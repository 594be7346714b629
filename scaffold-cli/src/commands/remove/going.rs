//! What is to go, and what speaks against it.

use std::fmt;

use similar::TextDiff;

use crate::edit::mentions::{Wanted, mentions};
use crate::edit::removal::Found;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::project::Project;
use crate::survey;

/// Something that needs what is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// A file, or what else there is.
    pub(super) file: String,
    /// The line of what stays of the file, from 1, if it is not all of it.
    pub(super) line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// What is to go, and what speaks against it.
pub(super) struct Removal<'a> {
    project: &'a Project,
    noun: &'static str,
    name: String,
    plan: Plan,
    /// Files and lines that are not as a command wrote them.
    edited: Vec<String>,
    /// What nothing may name then.
    wanted: Vec<Wanted>,
    /// Places that need what is to go.
    needed: Vec<Place>,
    is_there: bool,
    /// What is left to the user when all is gone.
    then: Vec<String>,
}

impl<'a> Removal<'a> {
    pub(super) fn new(project: &'a Project, noun: &'static str, name: &str) -> Self {
        Self {
            project,
            noun,
            name: name.to_owned(),
            plan: Plan::new(),
            edited: Vec::new(),
            wanted: Vec::new(),
            needed: Vec::new(),
            is_there: false,
            then: vec!["cargo test".to_owned()],
        }
    }

    pub(super) fn project(&self) -> &'a Project {
        self.project
    }

    /// Takes away a file that a command has made, and that has no files below it.
    pub(super) fn file(&mut self, path: &str) -> Result<()> {
        let beside = path.strip_suffix(".rs").unwrap_or(path);
        if beside != path && self.project.read(path)?.is_some() && self.project.has(beside) {
            return Err(foreign(beside));
        }
        self.one_file(path)
    }

    /// Takes away a file that a command has made, with those of its modules.
    pub(super) fn file_and_below(&mut self, path: &str) -> Result<()> {
        let below = path.strip_suffix(".rs").unwrap_or(path);
        for name in self.project.list(below)? {
            let file = format!("{below}/{name}");
            if self.project.recorded(&file)?.is_none() {
                return Err(foreign(below));
            }
            self.one_file(&file)?;
        }
        self.one_file(path)
    }

    fn one_file(&mut self, path: &str) -> Result<()> {
        let Some(text) = self.project.read(path)? else {
            return Ok(());
        };
        self.is_there = true;
        if !self.project.is_untouched(path, &text)? {
            self.edited.push(path.to_owned());
        }
        self.plan.delete(self.project, path)
    }

    /// Whether a command has made a file, and nobody has changed it since.
    pub(super) fn is_untouched(&self, path: &str) -> Result<bool> {
        match self.project.read(path)? {
            Some(text) => self.project.is_untouched(path, &text),
            None => Ok(true),
        }
    }

    /// Whether the plan takes a file away.
    pub(super) fn deletes(&self, path: &str) -> bool {
        self.plan.deletes(path)
    }

    /// The text of a file as it is to be.
    pub(super) fn text(&self, path: &str) -> Result<String> {
        match self.plan.text(path) {
            Some(text) => Ok(text.to_owned()),
            None => Ok(self.project.read(path)?.unwrap_or_default()),
        }
    }

    /// Takes a line out of a list.
    pub(super) fn line(&mut self, path: &str, remove: impl Fn(&str) -> Found) -> Result<()> {
        let text = self.text(path)?;
        let found = remove(&text).map_err(|reason| Error::Invalid {
            file: path.to_owned(),
            reason,
        })?;
        let Some(removal) = found else {
            return Ok(());
        };
        // Whatever was cut out: what is left has to be a file like the one before.
        survey::parse(path, &removal.text)?;
        self.is_there = true;
        self.edited
            .extend(removal.edited.map(|line| format!("{path}:{line}")));
        self.plan.shorten(self.project, path, removal.text)
    }

    /// Creates a file that takes the place of what goes.
    pub(super) fn create(&mut self, path: &str, text: String) -> Result<()> {
        self.is_there = true;
        self.plan.create(self.project, path, text)
    }

    /// Refuses the removal if anything that stays names this.
    pub(super) fn unless_named(&mut self, wanted: Wanted) {
        self.wanted.push(wanted);
    }

    /// A place that needs what is to go.
    pub(super) fn needed(&mut self, file: &str, line: Option<usize>) {
        let file = file.to_owned();
        self.needed_at(Place { file, line });
    }

    fn needed_at(&mut self, place: Place) {
        if !self.needed.contains(&place) {
            self.needed.push(place);
        }
    }

    /// Adds a step that is left to the user.
    pub(super) fn next_step(&mut self, step: impl Into<String>) {
        self.plan.next_step(step);
    }

    /// Says what is left to the user when all is gone, if it is not to test the service.
    pub(super) fn then(&mut self, steps: Vec<String>) {
        self.then = steps;
    }

    /// The plan, if nothing speaks against it or it is forced.
    pub(super) fn finish(mut self, force: bool) -> Result<Plan> {
        let (noun, name) = (self.noun, self.name.clone());
        if !self.is_there {
            // It is gone already, or never was.
            self.plan.next_step(format!(
                "there is no {noun} `{name}`; see `scaffold list {noun}s`"
            ));
            return Ok(self.plan);
        }
        for place in self.named(&self.wanted)? {
            self.needed_at(place);
        }
        self.check_edited(force)?;
        if !force && !self.needed.is_empty() {
            let places: Result<Vec<_>> = self.needed.iter().map(|it| self.as_it_is(it)).collect();
            return Err(Error::InUse {
                message: format!("the {noun} `{name}` is needed in {}", places?.join(", ")),
                hint: "nothing was removed; change these first, or after a removal with `--force`"
                    .to_owned(),
            });
        }
        for place in self.needed {
            self.plan
                .next_step(format!("take out what needs `{name}` in {place}"));
        }
        for step in self.then {
            self.plan.next_step(step);
        }
        Ok(self.plan)
    }

    fn check_edited(&self, force: bool) -> Result<()> {
        if force || self.edited.is_empty() {
            return Ok(());
        }
        let (noun, name) = (self.noun, &self.name);
        Err(Error::Edited {
            paths: self.edited.clone(),
            hint: format!(
                "nothing was removed; `--force` removes the {noun} `{name}` with what changed"
            ),
        })
    }

    /// A place of what would stay, in the files as they are.
    fn as_it_is(&self, place: &Place) -> Result<String> {
        let Some(line) = place.line else {
            return Ok(place.to_string());
        };
        let now = self.project.read(&place.file)?.unwrap_or_default();
        let then = self.text(&place.file)?;
        let diff = TextDiff::from_lines(&now, &then);
        let mut lines = diff.iter_all_changes();
        let kept = lines.find(|it| it.new_index() == Some(line - 1));
        let line = kept.and_then(|it| it.old_index()).map_or(line, |at| at + 1);
        Ok(format!("{}:{line}", place.file))
    }

    /// Where what stays of the project names one of these.
    pub(super) fn named(&self, wanted: &[Wanted]) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        for directory in ["src", "tests", "examples", "benches"] {
            for file in self.project.sources(directory)? {
                if self.plan.deletes(&file) {
                    continue;
                }
                let text = self.text(&file)?;
                let here = survey::module(&file);
                for wanted in wanted {
                    if text.contains(wanted.word()) && may_mean_it(&file, &text, wanted) {
                        let lines = mentions(&text, wanted, &here).into_iter();
                        places.extend(lines.map(|line| Place {
                            file: file.clone(),
                            line: Some(line),
                        }));
                    }
                }
            }
        }
        Ok(places)
    }
}

/// A model, a test or a table may have the name of a module of routes, and the other way round.
fn may_mean_it(file: &str, text: &str, wanted: &Wanted) -> bool {
    let solid = || text.replace(char::is_whitespace, "");
    match wanted {
        Wanted::Item(..) | Wanted::Submodule(..) => true,
        Wanted::OfRoute(..) | Wanted::Column(..) => true,
        Wanted::Table(_) => file != survey::SCHEMA && solid().contains("schema::"),
        Wanted::Module(name) => {
            let in_routes = file.starts_with(survey::ROUTES);
            in_routes || solid().contains("routes::") && !text.contains(&format!("schema::{name}"))
        }
    }
}

fn foreign(path: &str) -> Error {
    Error::Argument {
        message: format!("{path} has files of its own, which no command has made"),
        hint: "take them away first".to_owned(),
    }
}
