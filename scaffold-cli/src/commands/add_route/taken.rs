//! Names and routes that are there already.

use super::spec::RouteSpec;
use crate::edit::handlers::{Handler, handlers};
use crate::edit::{Source, generated};
use crate::error::{Error, Result};
use crate::project::{MARKER, Project};
use crate::snippets::handler::HandlerSpec;

const ROUTES: &str = "src/routes";

/// Refuses handlers and routes that exist, unless an earlier run of this command made them.
pub(super) fn check(project: &Project, spec: &RouteSpec) -> Result<()> {
    let own = format!("{}.rs", spec.module.snake());
    for file in project.list(ROUTES)? {
        let Some(module) = file.strip_suffix(".rs").filter(|module| *module != "mod") else {
            continue;
        };
        let path = format!("{ROUTES}/{file}");
        let text = project.read(&path)?.unwrap_or_default();
        let Ok(source) = Source::parse(&text) else {
            continue;
        };
        let is_own = file == own && is_generated(project, &path)?;
        for existing in handlers(&source) {
            for wanted in &spec.handlers {
                compare(wanted, &existing, module, is_own)?;
            }
        }
    }
    Ok(())
}

fn is_generated(project: &Project, path: &str) -> Result<bool> {
    let marker = project.read(MARKER)?.unwrap_or_default();
    Ok(generated::recorded(&marker, path).is_some())
}

fn compare(wanted: &HandlerSpec, existing: &Handler, module: &str, is_own: bool) -> Result<()> {
    let name = wanted.name.snake();
    let place = format!("{module}::{}", existing.function);
    let same_name = existing.function == name;
    let Some((methods, path)) = &existing.route else {
        return if same_name {
            Err(taken(format!("`{place}` is defined already")))
        } else {
            Ok(())
        };
    };
    let same_method = methods
        .iter()
        .any(|method| method == wanted.method.as_str());
    if same_name && same_method && *path == wanted.path && is_own {
        return Ok(());
    }
    if shape(path) == shape(&wanted.path) {
        if *path != wanted.path {
            return Err(Error::Taken {
                message: format!("`{place}` answers `{path}`, which is the same route"),
                hint: format!("use the same parameter names: `--path {path}`"),
            });
        }
        if same_method {
            let method = wanted.method.as_str().to_ascii_uppercase();
            return Err(taken(format!(
                "`{method} {path}` is answered by `{place}` already"
            )));
        }
    }
    if same_name {
        return Err(taken(format!("`{place}` is defined already")));
    }
    Ok(())
}

/// A path with all parameters called the same.
fn shape(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn taken(message: String) -> Error {
    Error::Taken {
        message,
        hint: "choose another name or another `--path`".to_owned(),
    }
}
