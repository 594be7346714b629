//! Renders the template and the kits in memory, byte for byte as `cargo generate` does.
//!
//! Stricter than `cargo generate` in one way: a variable or a condition that it would take for empty or
//! false is an error here.

mod condition;
mod config;
mod kit;
mod pair;
mod tags;

use std::fmt;

pub use self::condition::Condition;
pub use self::config::{Conditional, Conditionals, Config, Hooks, Placeholder, TemplateSection};
pub use self::kit::{Kit, RenderedKit};
pub use self::pair::Pair;
pub use self::tags::{Tag, tags};

include!(concat!(env!("OUT_DIR"), "/template.rs"));

/// The suffix of the files that are rendered; all others are copied.
pub const LIQUID_SUFFIX: &str = ".liquid";

/// The path of the lock file in a project.
const LOCK: &str = "Cargo.lock";

/// A file of the template as it stands in `template/`, or of a kit.
#[derive(Debug, Clone, Copy)]
pub struct TemplateFile<'a> {
    /// Its path inside the template or the kit, with the suffix `.liquid` if it has one.
    pub path: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

impl<'a> TemplateFile<'a> {
    /// The path of what is rendered from the file.
    pub fn rendered_path(&self) -> &'a str {
        self.path.strip_suffix(LIQUID_SUFFIX).unwrap_or(self.path)
    }

    /// The text of a file that is rendered, `None` of one that is copied.
    pub fn liquid(&self) -> Result<Option<&'a str>, TemplateError> {
        if !self.path.ends_with(LIQUID_SUFFIX) {
            return Ok(None);
        }
        std::str::from_utf8(self.content)
            .map(Some)
            .map_err(|error| TemplateError::new(error).at(self.path))
    }
}

/// A file of a rendered project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its path inside the project, with `/` between the parts.
    pub path: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A mistake in the template or in a kit: never the user's fault.
#[derive(Debug)]
pub struct TemplateError(String);

impl TemplateError {
    fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }

    fn at(self, path: &str) -> Self {
        Self(format!("{path}: {}", self.0))
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the template is broken: {}", self.0)
    }
}

impl std::error::Error for TemplateError {}

/// The variables that the template and the kits may use, with their values.
#[derive(Debug, Clone)]
pub struct Variables(Vec<(&'static str, String)>);

impl Variables {
    /// The names of all variables.
    pub const NAMES: [&'static str; 4] = ["project-name", "crate_name", "database", "broker"];

    fn new(project_name: &str, crate_name: &str, database: &str, broker: &str) -> Self {
        let values = [project_name, crate_name, database, broker].map(str::to_owned);
        Self(Self::NAMES.into_iter().zip(values).collect())
    }

    fn get(&self, name: &str) -> Result<&str, TemplateError> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| TemplateError::new(format!("unknown variable `{name}`")))
    }

    fn to_liquid(&self) -> liquid::Object {
        self.0
            .iter()
            .map(|(name, value)| ((*name).into(), liquid::model::Value::scalar(value.clone())))
            .collect()
    }
}

/// A template with its configuration.
#[derive(Debug)]
pub struct Template<'a> {
    /// The contents of `cargo-generate.toml`.
    pub config: Config,
    /// The files, sorted by path.
    pub files: Vec<TemplateFile<'a>>,
}

impl Template<'static> {
    /// The template that was packed into this binary.
    pub fn embedded() -> Result<Self, TemplateError> {
        Ok(Self {
            config: Config::parse(CONFIG)?,
            files: FILES.to_vec(),
        })
    }
}

impl Template<'_> {
    /// Renders the project `name`, whose crate is `crate_name`, sorted by path.
    pub fn render(
        &self,
        name: &str,
        crate_name: &str,
        pair: Pair,
    ) -> Result<Vec<RenderedFile>, TemplateError> {
        let renderer = Renderer::new(name, crate_name, pair)?;
        let lock = format!("locks/{}.lock", pair.slug());

        let mut rendered = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let Some(path) = place(file.rendered_path(), &lock) else {
                continue;
            };
            if renderer.ignores(&self.config.conditional, path)? {
                continue;
            }
            rendered.push(RenderedFile {
                path: path.to_owned(),
                content: renderer.file(file)?,
            });
        }
        if !rendered.iter().any(|file| file.path == LOCK) {
            return Err(TemplateError::new(format!("{lock} is missing")));
        }
        rendered.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(rendered)
    }
}

/// Renders files with the values of one project.
struct Renderer {
    variables: Variables,
    parser: liquid::Parser,
    globals: liquid::Object,
}

impl Renderer {
    fn new(name: &str, crate_name: &str, pair: Pair) -> Result<Self, TemplateError> {
        let (database, broker) = (pair.database.as_str(), pair.broker.as_str());
        let variables = Variables::new(name, crate_name, database, broker);
        let parser = liquid::ParserBuilder::with_stdlib();
        Ok(Self {
            globals: variables.to_liquid(),
            parser: parser.build().map_err(TemplateError::new)?,
            variables,
        })
    }

    /// Tells whether the file with this rendered path is left out.
    fn ignores(&self, conditionals: &Conditionals, path: &str) -> Result<bool, TemplateError> {
        conditionals.ignores(path, &self.variables)
    }

    /// The bytes that a file has in the project.
    fn file(&self, file: &TemplateFile<'_>) -> Result<Vec<u8>, TemplateError> {
        let Some(source) = file.liquid()? else {
            return Ok(file.content.to_vec());
        };
        let text = self.text(source).map_err(|error| error.at(file.path))?;
        Ok(text.into_bytes())
    }

    fn text(&self, source: &str) -> Result<String, TemplateError> {
        for tag in tags(source)? {
            for name in tag.variables() {
                self.variables.get(name)?;
            }
        }
        self.parser
            .parse(source)
            .and_then(|template| template.render(&self.globals))
            .map_err(TemplateError::new)
    }
}

/// Where a file goes, by `hooks/post.rhai`: of the locks only the pair's own stays, as `Cargo.lock`.
fn place<'a>(path: &'a str, lock: &str) -> Option<&'a str> {
    if path == lock {
        Some(LOCK)
    } else if path.starts_with("locks/") {
        None
    } else {
        Some(path)
    }
}

#[cfg(test)]
mod tests;
