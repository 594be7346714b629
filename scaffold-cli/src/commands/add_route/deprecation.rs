//! Since when routes are deprecated.

use super::spec::RouteSpec;
use crate::cli::AddRouteArgs;
use crate::clock::{Clock, today};
use crate::error::{Error, Result};
use crate::name::shown;
use crate::project::Project;
use crate::snippets::field::Field;
use crate::snippets::handler::Deprecation;

const SINCE: &str = "\"x-deprecated-since\" = json!(\"";
const SUNSET: &str = "\"x-sunset\" = json!(\"";

/// Marks the handlers, if that is asked for.
pub(super) fn mark(
    project: &Project,
    args: &AddRouteArgs,
    spec: &mut RouteSpec,
    clock: &dyn Clock,
) -> Result<()> {
    if !args.deprecated {
        return Ok(());
    }
    let path = format!("src/routes/{}.rs", spec.module.snake());
    let text = project.read(&path)?.unwrap_or_default();
    for handler in &mut spec.handlers {
        let name = format!("fn {}(", handler.name.snake());
        // The second time it is what it was the first time, also on another day.
        let since = since(&text, &name).unwrap_or_else(|| today(clock));
        let sunset = args.sunset.as_deref();
        let sunset = sunset.map(|date| check(date, &since)).transpose()?;
        handler.deprecation = Some(Deprecation { since, sunset });
    }
    Ok(())
}

/// What stands above a function of its end.
pub(super) fn of(text: &str, function: &str) -> Option<Deprecation> {
    let function = format!("fn {function}(");
    Some(Deprecation {
        since: since(text, &function)?,
        sunset: date(text, &function, SUNSET),
    })
}

/// The day that stands above a function.
fn since(text: &str, function: &str) -> Option<String> {
    date(text, function, SINCE)
}

fn date(text: &str, function: &str, word: &str) -> Option<String> {
    let above = &text[..text.find(function)?];
    // Not that of another function.
    let own = &above[above.rfind("\n}").unwrap_or(0)..];
    let (_, date) = own.rsplit_once(word)?;
    Some(date.split('"').next()?.to_owned())
}

fn check(date: &str, since: &str) -> Result<String> {
    let wrong = |reason: &str| Error::Argument {
        message: format!("the date `{}` {reason}", shown(date)),
        hint: "write a day to come, for example `--sunset 2027-11-20`".to_owned(),
    };
    Field::parse(&format!("sunset:date={date}")).map_err(|_| wrong("is no day"))?;
    if date <= since {
        return Err(wrong("is not after the day on which it is deprecated"));
    }
    Ok(date.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_stays() {
        let text =
            "#[x(\"x-deprecated-since\" = json!(\"2026-01-02\"))]\nfn a() {\n}\n\nfn b() {\n}\n";
        assert_eq!(since(text, "fn a(").as_deref(), Some("2026-01-02"));
        assert_eq!(since(text, "fn b("), None);
        assert_eq!(since(text, "fn c("), None);
        assert_eq!(of(text, "a").unwrap().sunset, None);
        let text = text.replace("))]", ", \"x-sunset\" = json!(\"2027-01-02\"))]");
        let sunset = of(&text, "a").unwrap().sunset;
        assert_eq!(sunset.as_deref(), Some("2027-01-02"));
    }

    #[test]
    fn it_is_gone_after_it_was_deprecated() {
        assert!(check("2027-02-28", "2026-11-20").is_ok());
        for date in [
            "2026-11-20",
            "2025-01-01",
            "2027-02-29",
            "soon",
            "2027-1-1",
            "",
        ] {
            assert!(check(date, "2026-11-20").is_err(), "{date}");
        }
    }
}
