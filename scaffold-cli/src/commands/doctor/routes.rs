//! Handlers that no router names, routes in each other's way, and ids that are not unique.

use std::collections::BTreeMap;

use super::Findings;
use crate::commands::add_route::shape;
use crate::error::Result;
use crate::project::Project;
use crate::survey::{self, Route, Wiring};

pub(super) fn check(project: &Project, findings: &mut Findings) -> Result<()> {
    let routes = survey::routes(project)?;
    for route in &routes {
        wiring(route, findings);
    }
    // Of those that hold under conditions, one of several may hold.
    let always = |it: &Wiring| !it.is_conditional;
    let certain: Vec<&Route> = routes
        .iter()
        .filter(|route| !route.handler.is_conditional && route.wired.iter().any(always))
        .collect();
    conflicts(&certain, findings);
    operation_ids(&certain, findings);
    Ok(())
}

fn name(route: &Route) -> String {
    format!("{}::{}", route.module, route.handler.function)
}

fn wiring(route: &Route, findings: &mut Findings) {
    let name = name(route);
    if route.wired.is_empty() && !route.is_named {
        let message = format!("`{name}` is in no router, so nobody can ask for it");
        findings.add("unlisted_route", &route.file, route.handler.line, message);
    }
    for (index, other) in route.wired.iter().enumerate() {
        let mut before = route.wired[..index].iter();
        if let Some(first) = before.find(|first| are_together(first, other)) {
            let message = format!("`{name}` is in {}:{} already", first.file, first.line);
            findings.add("route_twice", &other.file, other.line, message);
        }
    }
}

/// Whether two places are below the same prefix for sure, under every condition.
fn are_together(a: &Wiring, b: &Wiring) -> bool {
    let is_of_service = |it: &Wiring| it.function == "service_routes";
    let is_one_chain = (&a.file, a.chain) == (&b.file, b.chain);
    let is_one_prefix = !a.is_inner && !b.is_inner && is_of_service(a) == is_of_service(b);
    !a.is_conditional && !b.is_conditional && (is_one_chain || is_one_prefix)
}

fn meet(a: &Route, b: &Route) -> bool {
    let mut places = a.wired.iter();
    places.any(|place| b.wired.iter().any(|other| are_together(place, other)))
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
        for other in others.iter().filter(|other| meet(route, other)) {
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
