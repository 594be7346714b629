//! Handlers that no router names, routes in each other's way, and ids that are not unique.

use std::collections::BTreeMap;

use super::Findings;
use crate::commands::add_route::shape;
use crate::error::Result;
use crate::project::Project;
use crate::survey::{self, Route};

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let routes = survey::routes(project)?;
    for route in &routes {
        wiring(route, findings);
    }
    let wired: Vec<&Route> = routes
        .iter()
        .filter(|route| !route.wired.is_empty())
        .collect();
    conflicts(&wired, findings);
    operation_ids(&wired, findings);
    Ok(())
}

fn name(route: &Route) -> String {
    format!("{}::{}", route.module, route.handler.function)
}

fn wiring(route: &Route, findings: &mut Findings) {
    let name = name(route);
    match route.wired.as_slice() {
        [] => {
            let message = format!("`{name}` is in no router, so nobody can ask for it");
            findings.add("unlisted_route", &route.file, route.handler.line, message);
        }
        [_] => {}
        [first, others @ ..] => {
            for other in others {
                let message = format!("`{name}` is in {}:{} already", first.file, first.line);
                findings.add("route_twice", &other.file, other.line, message);
            }
        }
    }
}

/// Routes that match the same requests, or that the router refuses because they name the
/// parameters of the same place differently.
fn conflicts(routes: &[&Route], findings: &mut Findings) {
    let mut by_shape: BTreeMap<String, Vec<&Route>> = BTreeMap::new();
    for route in routes {
        let Some((methods, path)) = &route.handler.route else {
            continue;
        };
        let others = by_shape.entry(shape(path)).or_default();
        for other in others.iter() {
            let Some((other_methods, other_path)) = &other.handler.route else {
                continue;
            };
            let (place, line) = (&route.file, route.handler.line);
            if other_path != path {
                let message = format!(
                    "`{path}` is the route `{other_path}` of `{}` with other names for its \
                     parameters, which the router refuses",
                    name(other)
                );
                findings.add("route_conflict", place, line, message);
            } else if let Some(method) = methods.iter().find(|&it| other_methods.contains(it)) {
                let method = method.to_ascii_uppercase();
                let message = format!("`{method} {path}` is answered by `{}` already", name(other));
                findings.add("route_conflict", place, line, message);
            }
        }
        others.push(route);
    }
}

fn operation_ids(routes: &[&Route], findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &Route> = BTreeMap::new();
    for route in routes {
        let handler = &route.handler;
        let id = handler.operation_id.as_deref().unwrap_or(&handler.function);
        if let Some(other) = seen.get(id) {
            let message = format!(
                "the operation id `{id}` is that of `{}` already",
                name(other)
            );
            findings.add("operation_id_twice", &route.file, handler.line, message);
        } else {
            seen.insert(id, route);
        }
    }
}
