//! What the flags of `add-route` ask for.

use crate::cli::AddRouteArgs;
use crate::edit::{Source, use_list};
use crate::error::{Error, Result};
use crate::name::{Name, NameKind, is_keyword, shown};
use crate::snippets::handler::{Guard, HandlerSpec, Method, Parameter};

const MAX_PATH: usize = 128;

/// A checked request for routes.
#[derive(Debug)]
pub(super) struct RouteSpec {
    pub(super) module: Name,
    pub(super) path: RoutePath,
    pub(super) handlers: Vec<HandlerSpec>,
}

impl RouteSpec {
    pub(super) fn parse(args: &AddRouteArgs, crates: &[String]) -> Result<Self> {
        let module = Name::parse(NameKind::Route, &args.name, crates)?;
        let path = match &args.path {
            Some(path) => RoutePath::parse(path)?,
            None => RoutePath::parse(&format!("/{}", module.kebab()))?,
        };
        let mut handlers: Vec<HandlerSpec> = Vec::new();
        for method in methods(&args.method)? {
            handlers.push(HandlerSpec {
                method,
                name: handler_name(method, &path, &module),
                path: path.text.clone(),
                parameters: path.parameters(),
                tag: module.snake(),
                guard: guard(args, method)?,
                deprecation: None,
            });
        }
        Ok(Self {
            module,
            path,
            handlers,
        })
    }

    /// Whether a file has the type of the scope already.
    pub(super) fn declares_scope(&self, text: &str) -> bool {
        let Some(Guard::Own { ty, .. }) = self.handlers.first().map(|handler| &handler.guard)
        else {
            return false;
        };
        Source::parse(text).is_ok_and(|source| use_list::is_bound(&source, ty))
    }
}

fn methods(names: &[String]) -> Result<Vec<Method>> {
    let mut methods = Vec::new();
    for name in names {
        let lower = name.trim().to_ascii_lowercase();
        let method = Method::ALL
            .into_iter()
            .find(|method| method.as_str() == lower);
        let method = method.ok_or_else(|| Error::Argument {
            message: format!("there is no method `{}`", shown(name)),
            hint: "use get, post, put or delete, separated by commas".to_owned(),
        })?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    Ok(methods)
}

fn guard(args: &AddRouteArgs, method: Method) -> Result<Guard> {
    if args.public {
        return Ok(Guard::Public);
    }
    let usual = if method == Method::Get {
        "read"
    } else {
        "write"
    };
    let scope = args.scope.as_deref().unwrap_or(usual);
    let ty = match scope {
        "read" => "Read",
        "write" => "Write",
        other => return own_scope(other),
    };
    Ok(Guard::Known {
        scope: scope.to_owned(),
        ty,
    })
}

fn own_scope(scope: &str) -> Result<Guard> {
    let wrong = || Error::Argument {
        message: format!("the scope `{}` cannot be used", shown(scope)),
        hint: "use lower-case letters, digits, `.`, `:`, `_` and `-`, for example `reports:read`"
            .to_owned(),
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".:_-".contains(c);
    if scope.len() > 40 || !scope.chars().all(fits) {
        return Err(wrong());
    }
    let words = scope.replace(['.', ':'], "_");
    let name = Name::parse(NameKind::Migration, &format!("{words}_scope"), &[]);
    Ok(Guard::Own {
        scope: scope.to_owned(),
        ty: name.map_err(|_| wrong())?.pascal(),
    })
}

/// `list_reports`, `find_report`, `create_report`, …
fn handler_name(method: Method, path: &RoutePath, module: &Name) -> Name {
    let noun = path.noun().unwrap_or_else(|| module.clone());
    match method {
        Method::Get if path.ends_with_parameter() => noun.singular().with_verb("find"),
        Method::Get => noun.with_verb("list"),
        Method::Post => noun.singular().with_verb("create"),
        Method::Put => noun.singular().with_verb("update"),
        Method::Delete => noun.singular().with_verb("delete"),
    }
}

/// A path below the API prefix.
#[derive(Debug)]
pub(super) struct RoutePath {
    pub(super) text: String,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
}

impl RoutePath {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = |reason: &str| Error::Argument {
            message: format!("the path `{}` {reason}", shown(text)),
            hint: "write a path below the API prefix, for example `/reports/{id}`".to_owned(),
        };
        let rest = text
            .strip_prefix('/')
            .ok_or_else(|| wrong("does not start with `/`"))?;
        if text.len() > MAX_PATH {
            return Err(wrong("is longer than 128 characters"));
        }
        if text.starts_with("/api/v1/") {
            return Err(wrong("has the API prefix already"));
        }
        let segments: Option<Vec<Segment>> = rest.split('/').map(Segment::parse).collect();
        let segments = segments.ok_or_else(|| wrong("has a part that cannot be used"))?;
        let path = Self {
            text: text.to_owned(),
            segments,
        };
        let mut names: Vec<&str> = path.parameter_names().collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong("has a parameter twice"));
        }
        Ok(path)
    }

    fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    fn parameters(&self) -> Vec<Parameter> {
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            is_id: name == "id" || name.ends_with("_id"),
        };
        self.parameter_names().map(parameter).collect()
    }

    fn ends_with_parameter(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Parameter(_)))
    }

    /// The last literal part, if it can be part of a name.
    fn noun(&self) -> Option<Name> {
        let literal = self
            .segments
            .iter()
            .rev()
            .find_map(|segment| match segment {
                Segment::Literal(text) => Some(text),
                Segment::Parameter(_) => None,
            })?;
        Name::parse(NameKind::Migration, literal, &[]).ok()
    }

    /// The path up to its first parameter.
    pub(super) fn base(&self) -> String {
        let end = self.text.find("/{").filter(|at| *at > 0);
        self.text[..end.unwrap_or(self.text.len())].to_owned()
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('{') {
            let name = inner.strip_suffix('}')?;
            let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
            // The compiler warns about any other variable.
            let snake = !name.contains("__") && !name.ends_with('_');
            let fits = begins && snake && name.chars().all(small) && name.len() <= 40;
            // These are the names of other variables in a handler.
            let free = !is_keyword(name) && !["body", "answer", "message"].contains(&name);
            return (fits && free).then(|| Self::Parameter(name.to_owned()));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
        let dots = text == "." || text == "..";
        (!text.is_empty() && !dots && text.chars().all(fits))
            .then(|| Self::Literal(text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
