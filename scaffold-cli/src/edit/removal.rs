//! Takes lines out of lists: the inverse of what the other functions insert.
//!
//! Of the ways in which a line can be cut out, the one is taken that inserting it again would
//! make undone, byte for byte. If none is, because the list was changed since, the line is cut out
//! and nothing else.

use syn::{Item, ItemUse, UseTree, Visibility};

use super::schedules::{self, insert_schedule};
use super::use_list::{WhenAbsent, bindings, import, insert_reexports};
use super::{Edit, Source, call_chain, call_list, mod_list, plain};

mod braces;
mod cut;
mod items;
mod schema;

pub use items::remove_items;
pub use schema::{remove_column, remove_table};

use cut::Cut;

/// A file without a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// What is left.
    pub text: String,
    /// The line, from 1, if it is not as a command writes it: then somebody may want to keep it.
    pub edited: Option<usize>,
}

/// The result of looking for the line; `None` if it is not there.
pub type Found = std::result::Result<Option<Removal>, String>;

/// Takes out `mod name;`.
pub fn remove_mod(text: &str, name: &str) -> Found {
    let source = Source::parse(text)?;
    let mut items = source.file().items.iter();
    let found = items.find_map(|item| match item {
        Item::Mod(item) if item.content.is_none() && plain(&item.ident) == name => Some(item),
        _ => None,
    });
    let Some(item) = found else {
        return Ok(None);
    };
    let visibility = match item.vis {
        Visibility::Inherited => "",
        _ => "pub ",
    };
    let cut = Cut::below_attributes(&source, source.range(item), &item.attrs);
    let written = [format!("{visibility}mod {name};")];
    Ok(Some(cut.removal(&written, |text| {
        mod_list::insert_mod(text, visibility, name)
    })))
}

/// Takes out `pub use module::Type;`.
pub fn remove_reexport(text: &str, module: &str, ty: &str) -> Found {
    remove_reexports(text, module, &|names| names == [ty])
}

/// Takes out `pub use module::{A, B};` of all that is re-exported from a module, whoever may see
/// it, if the names are the wanted ones.
pub fn remove_reexports(text: &str, module: &str, is_wanted: &dyn Fn(&[String]) -> bool) -> Found {
    let source = Source::parse(text)?;
    let found = source.file().items.iter().find_map(|item| match item {
        Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => {
            let names = reexported(item, module).filter(|names| is_wanted(names));
            names.map(|names| (item, names))
        }
        _ => None,
    });
    let Some((item, names)) = found else {
        return Ok(None);
    };
    let visibility = &text[source.range(&item.vis)];
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let all = names.join(",");
    let lists = match names.len() {
        1 => vec![all],
        _ => vec![format!("{{{all}}}"), format!("{{{all},}}")],
    };
    let spell = |list: &String| {
        ["", "self::"].map(|start| format!("{visibility} use {start}{module}::{list};"))
    };
    let spellings: Vec<String> = lists.iter().flat_map(spell).collect();
    let cut = Cut::below_attributes(&source, source.range(item), &item.attrs);
    Ok(Some(cut.removal(&spellings, |text| {
        insert_reexports(text, &format!("{visibility} "), module, &names)
    })))
}

/// The names that an item re-exports from a module of this file, if it is about nothing else.
pub fn reexported(item: &ItemUse, module: &str) -> Option<Vec<String>> {
    let UseTree::Path(path) = &item.tree else {
        return None;
    };
    let path = match &*path.tree {
        UseTree::Path(below) if path.ident == "self" => below,
        _ => path,
    };
    let name = |tree: &UseTree| match tree {
        UseTree::Name(name) => Some(plain(&name.ident)),
        _ => None,
    };
    match &*path.tree {
        _ if plain(&path.ident) != module => None,
        UseTree::Group(group) => group.items.iter().map(name).collect(),
        tree => name(tree).map(|name| vec![name]),
    }
}

/// Takes out the statement of a schedule.
pub fn remove_schedule(text: &str, name: &str) -> Found {
    let source = Source::parse(text)?;
    let Some(found) = schedules::find(&source, name) else {
        return Ok(None);
    };
    let cut = Cut::below_attributes(&source, found.range, found.attributes);
    let statement = text[cut.bare.clone()].replace("\r\n", "\n");
    let mut removal = cut.removal(std::slice::from_ref(&statement), |text| {
        insert_schedule(text, name, &|_| statement.clone())
    });
    if !found.is_plain {
        removal.edited = Some(cut.first_line());
    }
    Ok(Some(removal))
}

/// Whether the item brings nothing else into scope.
fn names(item: &ItemUse, end: &[&str]) -> bool {
    let mut path = Vec::new();
    let mut tree = &item.tree;
    while let UseTree::Path(next) = tree {
        path.push(plain(&next.ident));
        tree = &next.tree;
    }
    match tree {
        UseTree::Name(name) => path.push(plain(&name.ident)),
        _ => return false,
    }
    path.len() >= end.len() && path[path.len() - end.len()..] == *end
}

/// Takes out `tasks.add::<Type>();`.
pub fn remove_call(text: &str, function: &str, method: &str, ty: &str) -> Found {
    let source = Source::parse(text)?;
    let Some(call) = call_list::find(&source, function, method, ty) else {
        return Ok(None);
    };
    let cut = Cut::below_attributes(&source, call.range, call.attributes);
    let written = [format!("{}.{method}::<{ty}>();", call.receiver)];
    Ok(Some(cut.removal(&written, |text| {
        call_list::insert_call(text, function, method, ty)
    })))
}

/// Takes out every `.routes(routes!(module::handler))` of a module of routes.
pub fn remove_routes(text: &str, module: &str) -> Found {
    remove_all_routes(text, module, None)
}

/// Takes out every `.routes(routes!(module::handler))` of one handler.
pub fn remove_handler(text: &str, module: &str, handler: &str) -> Found {
    remove_all_routes(text, module, Some(handler))
}

fn remove_all_routes(text: &str, module: &str, handler: Option<&str>) -> Found {
    let mut left = text.to_owned();
    let (mut found, mut edited) = (false, None);
    while let Some(removal) = remove_route(&left, module, handler)? {
        found = true;
        edited = edited.or(removal.edited);
        left = removal.text;
    }
    Ok(found.then_some(Removal { text: left, edited }))
}

fn remove_route(text: &str, module: &str, handler: Option<&str>) -> Found {
    let source = Source::parse(text)?;
    let spellings = spellings(&source, module);
    let is_ours = |path: &Vec<String>| {
        path.split_last().is_some_and(|(name, module)| {
            let is_wanted = handler.is_none_or(|handler| name == handler);
            is_wanted && spellings.contains(&module.join("::"))
        })
    };
    // Of several, the last: those before it then are where they were when it was inserted.
    let calls = call_chain::ranges(&source).into_iter();
    let mut calls = calls.filter(|(paths, _)| !paths.is_empty());
    let Some((paths, range)) = calls.rfind(|(paths, _)| paths.iter().all(is_ours)) else {
        return Ok(None);
    };
    let path = paths[0].join("::");
    let (spelling, handler) = path.rsplit_once("::").unwrap_or(("", &path));
    let written = [format!(".routes(routes!({path}))")];
    let cut = Cut::new(&source, range);
    Ok(Some(cut.removal(&written, |text| {
        let group = call_chain::Group::Guarded;
        let guarded = call_chain::insert_route(text, spelling, handler, group)?;
        if guarded.apply(text) == source.text() {
            return Ok(guarded);
        }
        call_chain::insert_route(text, spelling, handler, call_chain::Group::Public)
    })))
}

/// What a file may call a module of routes.
fn spellings(source: &Source<'_>, module: &str) -> Vec<String> {
    let mut spellings = vec![
        module.to_owned(),
        format!("routes::{module}"),
        format!("crate::routes::{module}"),
    ];
    for (name, path) in bindings(source) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if path.ends_with(&["routes", module]) {
            spellings.push(name);
        } else if path.ends_with(&["routes"]) {
            spellings.push(format!("{name}::{module}"));
        }
    }
    spellings
}

/// Takes a path out of the imports of a file.
pub fn remove_import(text: &str, path: &[&str]) -> Found {
    let source = Source::parse(text)?;
    let again = |text: &str| {
        let added = [WhenAbsent::FullPath, WhenAbsent::AddLine]
            .map(|when| import(text, path, when).map(|import| import.edit));
        let [extended, added] = added;
        match extended {
            Ok(edit) if edit != Edit::Unchanged => Ok(edit),
            _ => added,
        }
    };
    let items = source.file().items.iter();
    let uses = items.filter_map(|item| match item {
        // What holds under a condition is its owner's.
        Item::Use(item) if item.attrs.is_empty() => Some(item),
        _ => None,
    });
    for item in uses {
        if names(item, path) {
            let cut = Cut::new(&source, source.range(item));
            let written = [format!("use {};", path.join("::"))];
            return Ok(Some(cut.removal(&written, again)));
        }
        if let Some(removal) = braces::remove(&source, item, path, again) {
            return Ok(Some(removal));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
