//! What the commands that remove have in common.

use super::going::Removal;
use crate::edit::mentions::{Wanted, is_used};
use crate::edit::use_list::bindings;
use crate::edit::{Source, removal};
use crate::error::Result;
use crate::snippets::support::Support;
use crate::survey;

/// Takes the lines away that name a module of routes, and its tests.
pub(super) fn route_lines(removal: &mut Removal<'_>, module: &str) -> Result<()> {
    for list in ["src/routes/mod.rs", "tests/integration/routes/mod.rs"] {
        removal.line(list, |text| removal::remove_mod(text, module))?;
    }
    for file in removal.project().sources("src")? {
        let text = removal.text(&file)?;
        let is_own = removal.deletes(&file);
        if is_own || !text.contains("routes!") || !text.contains(module) {
            continue;
        }
        removal.line(&file, |text| removal::remove_routes(text, module))?;
        let path = ["crate", "routes", module];
        removal.line(&file, |text| removal::remove_import(text, &path))?;
    }
    removal.unless_named(Wanted::Module(module.to_owned()));
    Ok(())
}

/// Takes a task away, with its test, the route that came with it, and the lines that name them.
pub(super) fn task(removal: &mut Removal<'_>, module: &str, ty: &str) -> Result<()> {
    let route = format!("{}/{module}.rs", survey::ROUTES);
    let text = removal.text(&route)?;
    if text.contains(&format!("fn enqueue_{module}(")) {
        removal.file(&route)?;
        removal.file(&format!("tests/integration/routes/{module}.rs"))?;
        route_lines(removal, module)?;
    }
    removal.file(&format!("{}/{module}.rs", survey::TASKS))?;
    removal.file(&format!("tests/integration/tasks/{module}.rs"))?;
    let list = survey::TASK_LIST;
    removal.line(list, |text| {
        removal::remove_call(text, "register", "add", ty)
    })?;
    // Its enums are called after it.
    let is_its = |names: &[String]| {
        names.iter().any(|name| name == ty) && names.iter().all(|name| name.starts_with(ty))
    };
    let types = reexported(removal, list, module)?;
    removal.line(list, |text| {
        removal::remove_reexports(text, module, &is_its)
    })?;
    removal.line(list, |text| removal::remove_mod(text, module))?;
    removal.line("tests/integration/tasks/mod.rs", |text| {
        removal::remove_mod(text, module)
    })?;
    removal.unless_named(Wanted::Submodule("tasks", module.to_owned()));
    removal.unless_named(task_type(ty));
    for ty in types {
        removal.unless_named(task_type(&ty));
    }
    Ok(())
}

/// The types that a list re-exports from a module.
pub(super) fn reexported(removal: &Removal<'_>, list: &str, module: &str) -> Result<Vec<String>> {
    let text = removal.text(list)?;
    let source = survey::parse(list, &text)?;
    let types = source.file().items.iter().filter_map(|item| match item {
        syn::Item::Use(item) => removal::reexported(item, module),
        _ => None,
    });
    Ok(types.flatten().collect())
}

/// The type of a task, wherever it is named.
pub(super) fn task_type(ty: &str) -> Wanted {
    Wanted::Item(&["tasks", "super"], ty.to_owned())
}

/// Takes an import out of a file that does nothing more with what it brings.
pub(super) fn unused_import(removal: &mut Removal<'_>, file: &str, path: &[&str]) -> Result<()> {
    removal.line(file, |text| match is_idle(text, path)? {
        true => removal::remove_import(text, path),
        false => Ok(None),
    })
}

/// Whether a file does nothing with an import, whatever it calls it.
fn is_idle(text: &str, path: &[&str]) -> Result<bool, String> {
    let bound = bindings(&Source::parse(text)?);
    let mut names = bound.iter().filter(|(_, known)| known.iter().eq(path));
    Ok(names.all(|(name, _)| !is_used(text, name)))
}

/// Takes the modules away that came with the first field that needed them, if none does now.
pub(super) fn unused_support(removal: &mut Removal<'_>) -> Result<()> {
    const LIST: &str = "src/lib.rs";
    for support in Support::ALL {
        let module = support.module();
        let path = format!("src/{module}.rs");
        let is_ours = removal.project().recorded(&path)?.is_some();
        if is_ours && removal.is_untouched(&path)? && !needs(removal, module, &path)? {
            removal.file(&path)?;
            removal.line(LIST, |text| removal::remove_mod(text, module))?;
        }
    }
    Ok(())
}

/// Whether anything that stays names a module of `src`, also in the text of an attribute.
fn needs(removal: &Removal<'_>, module: &str, own: &str) -> Result<bool> {
    for directory in ["src", "tests", "examples", "benches"] {
        for file in removal.project().sources(directory)? {
            let text = removal.text(&file)?;
            if file == own || removal.deletes(&file) || !text.contains(module) {
                continue;
            }
            // A crate may have the name of the module: its path begins with it.
            let service = removal.project().crate_name();
            let is_root = |root: &str| ["crate", "service", service].contains(&root);
            let bound = bindings(&survey::parse(&file, &text)?);
            let is_import = |path: &[String]| matches!(path, [root, second, ..] if is_root(root) && second == module);
            let in_path = ["crate", "service", service]
                .iter()
                .any(|root| text.contains(&format!("{root}::{module}::")));
            if in_path || bound.iter().any(|(_, path)| is_import(path)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::is_idle;

    #[test]
    fn an_import_may_have_another_name() {
        let path = ["std", "time", "Duration"];
        let uses = "use std::time::Duration as Span;\n";
        assert_eq!(is_idle(uses, &path), Ok(true));
        assert_eq!(
            is_idle(&format!("{uses}type A = Span;\n"), &path),
            Ok(false)
        );
        assert_eq!(
            is_idle(&format!("{uses}struct Duration;\n"), &path),
            Ok(true)
        );
    }
}
