//! `scaffold doctor`.

use serde_json::{Value, json};

use crate::Context;
use crate::error::{Error, Result};
use crate::grow;
use crate::project::{MARKER, Project};
use crate::shell::{Listing, Shell};

mod database;
mod lists;
mod routes;
mod settings;
mod tasks;

/// Says what is wrong with the project, as far as its source tells.
pub fn run(context: &Context<'_>, shell: &mut Shell) -> Result<()> {
    let project = grow::open(context, shell)?;
    let findings = findings(&project)?;
    if findings.list.is_empty() {
        shell.note("no problems found");
        shell.list(&Listing::default());
        return Ok(());
    }
    let listing = findings.listing();
    shell.data(&listing.table());
    Err(Error::Unhealthy {
        items: listing.items().to_vec(),
    })
}

/// All that is wrong.
fn findings(project: &Project) -> Result<Findings> {
    let mut findings = Findings::default();
    version(project, &mut findings);
    lists::check(project, &mut findings)?;
    routes::check(project, &mut findings)?;
    tasks::check(project, &mut findings)?;
    settings::check(project, &mut findings)?;
    database::check(project, &mut findings)?;
    Ok(findings)
}

/// What is wrong, in the order in which it was found.
#[derive(Debug, Default)]
struct Findings {
    list: Vec<Finding>,
}

#[derive(Debug)]
struct Finding {
    code: &'static str,
    file: String,
    line: usize,
    message: String,
}

impl Findings {
    fn add(&mut self, code: &'static str, file: &str, line: usize, message: impl Into<String>) {
        self.list.push(Finding {
            code,
            file: file.to_owned(),
            line,
            message: message.into(),
        });
    }

    fn listing(&self) -> Listing {
        let mut listing = Listing::new(&["SOURCE", "PROBLEM"]);
        for finding in &self.list {
            let source = format!("{}:{}", finding.file, finding.line);
            listing.add(&[&source, &finding.message], finding.object());
        }
        listing
    }
}

impl Finding {
    fn object(&self) -> Value {
        json!({
            "code": self.code, "file": self.file, "line": self.line, "message": self.message,
        })
    }
}

/// Whether the project is of the version that this program grows.
fn version(project: &Project, findings: &mut Findings) {
    let own = env!("CARGO_PKG_VERSION");
    let Some(rendered) = project.template_version() else {
        let message = "does not say which version of the template the project came from";
        findings.add("template_version", MARKER, 1, message);
        return;
    };
    let message = if numbers(rendered) < numbers(own) {
        format!("the project came from version {rendered} of the template, which is now {own}")
    } else if numbers(rendered) > numbers(own) {
        format!("the project came from version {rendered}, and this is scaffold {own}: update it")
    } else {
        return;
    };
    findings.add("template_version", MARKER, 1, message);
}

fn numbers(version: &str) -> Vec<u64> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.')
        .map(|part| part.parse().unwrap_or_default())
        .collect()
}
