//! Names and routes that are there already.

use super::spec::RouteSpec;
use crate::commands::module;
use crate::edit::handlers::{Handler, handlers};
use crate::edit::{Source, use_list};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::snippets::handler::HandlerSpec;
use crate::snippets::{route, route_test};

const ROUTES: &str = "src/routes";
pub(super) const TESTS: &str = "tests/integration/routes";

/// Refuses handlers and routes that exist, unless an earlier run of this command made them.
pub(super) fn check(project: &Project, spec: &RouteSpec) -> Result<()> {
    for folder in [ROUTES, TESTS] {
        module::check(project, folder, &spec.module)?;
    }
    let own = format!("{}.rs", spec.module.snake());
    let tests = project.read(&format!("{TESTS}/{own}"))?.unwrap_or_default();
    for file in project.list(ROUTES)? {
        let Some(module) = file.strip_suffix(".rs").filter(|module| *module != "mod") else {
            continue;
        };
        let path = format!("{ROUTES}/{file}");
        let text = project.read(&path)?.unwrap_or_default();
        // Parsing is what takes the time.
        if file != own && !spec.handlers.iter().any(|wanted| may_have(&text, wanted)) {
            continue;
        }
        let Ok(source) = Source::parse(&text) else {
            continue;
        };
        let is_recorded = project.recorded(&path)?.is_some();
        let existing = handlers(&source);
        for existing in &existing {
            for wanted in &spec.handlers {
                let is_own = file == own && (is_recorded || has_test(&tests, wanted));
                compare(wanted, existing, module, is_own)?;
            }
        }
        if file == own {
            check_types(&source, &existing, spec, &path)?;
        }
    }
    Ok(())
}

/// Whether a handler has the test that comes with it: then it was added to the file of another.
fn has_test(tests: &str, handler: &HandlerSpec) -> bool {
    tests.contains(&format!("fn {}(", route_test::test_name(handler)))
}

/// Whether a file has the words of a handler's name, or those of its path.
fn may_have(text: &str, wanted: &HandlerSpec) -> bool {
    let mut parts = wanted.path.split('/').filter(|part| !part.starts_with('{'));
    text.contains(&wanted.name.snake()) || parts.all(|part| text.contains(part))
}

/// Refuses types that the file has for something else than the handlers it has.
fn check_types(
    source: &Source<'_>,
    existing: &[Handler],
    spec: &RouteSpec,
    path: &str,
) -> Result<()> {
    let is_new = |wanted: &&HandlerSpec| {
        let name = wanted.name.snake();
        existing.iter().all(|existing| existing.function != name)
    };
    let mut wanted = spec.handlers.iter().filter(is_new).flat_map(route::types);
    match wanted.find(|ty| use_list::is_bound(source, ty)) {
        Some(ty) => Err(taken(format!("`{ty}` is in {path} already"))),
        None => Ok(()),
    }
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
pub(in crate::commands) fn shape(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn taken(message: String) -> Error {
    Error::Taken {
        message,
        hint: "choose another name or another `--path`".to_owned(),
    }
}
