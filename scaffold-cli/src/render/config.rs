//! Reads `cargo-generate.toml`: the fields that this template uses, and no others.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::Condition;
use super::{TemplateError, Variables};

/// The contents of `cargo-generate.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which directory is the template and which of its files hold liquid tags.
    pub template: TemplateSection,
    /// What the user is asked.
    pub placeholders: BTreeMap<String, Placeholder>,
    /// Files that depend on the answers, by condition.
    #[serde(default)]
    pub conditional: Conditionals,
    /// The scripts that `cargo generate` runs.
    pub hooks: Hooks,
}

/// The section `[template]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSection {
    /// The versions of `cargo generate` that can render the template.
    pub cargo_generate_version: String,
    /// The directories that hold a template.
    pub sub_templates: Vec<String>,
    /// The files with liquid tags, by their rendered path after a `/`.
    pub include: Vec<String>,
}

/// One question, asked with a closed set of answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placeholder {
    /// The type of the answer; always `string`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The words of the question.
    pub prompt: String,
    /// The possible answers.
    pub choices: Vec<String>,
    /// The answer of those who are not asked.
    pub default: String,
}

/// All sections `[conditional.'…']`, by condition.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Conditionals(BTreeMap<String, Conditional>);

/// The section `[conditional.'…']`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditional {
    /// Files and directories left out when the condition holds.
    pub ignore: Vec<String>,
}

/// The section `[hooks]`, by paths relative to the template's directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// Run before rendering.
    pub pre: Vec<String>,
    /// Run after rendering.
    pub post: Vec<String>,
}

impl Config {
    /// Parses the file's text and every condition in it.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let config: Self = toml::from_str(source)
            .map_err(|error| TemplateError::new(format!("cargo-generate.toml: {error}")))?;
        config.conditions()?;
        Ok(config)
    }

    /// The conditions, each with the paths it leaves out.
    pub fn conditions(&self) -> Result<Vec<(Condition, &[String])>, TemplateError> {
        self.conditional.list()
    }
}

impl Conditionals {
    pub(super) fn list(&self) -> Result<Vec<(Condition, &[String])>, TemplateError> {
        self.0
            .iter()
            .map(|(source, section)| Ok((Condition::parse(source)?, section.ignore.as_slice())))
            .collect()
    }

    /// Tells whether the file with this rendered path is left out for these answers.
    pub(super) fn ignores(&self, path: &str, variables: &Variables) -> Result<bool, TemplateError> {
        for (condition, ignored) in self.list()? {
            let actual = variables.get(&condition.variable)?;
            let covers = |entry: &String| {
                path.strip_prefix(entry.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            if condition.holds(actual) && ignored.iter().any(covers) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::CONFIG;

    #[test]
    fn unknown_field_is_refused() {
        let config = format!("{CONFIG}\ninit = [\"../hooks/init.rhai\"]\n");
        let error = Config::parse(&config).unwrap_err().to_string();
        assert!(error.contains("init"), "{error}");
    }

    #[test]
    fn unreadable_condition_is_refused() {
        let config = format!("{CONFIG}\n[conditional.'database']\nignore = []\n");
        assert!(Config::parse(&config).is_err());
    }

    #[test]
    fn ignored_directory_covers_its_files_only() {
        let config = format!(
            "{CONFIG}\n[conditional.'database == \"postgres\"']\nignore = [\"src/lite\"]\n"
        );
        let config = Config::parse(&config).unwrap();
        let variables = Variables::new("shop", "shop", "postgres", "redis");
        assert!(
            config
                .conditional
                .ignores("src/lite/a.rs", &variables)
                .unwrap()
        );
        assert!(
            !config
                .conditional
                .ignores("src/lite.rs", &variables)
                .unwrap()
        );

        let variables = Variables::new("shop", "shop", "sqlite", "database");
        assert!(
            !config
                .conditional
                .ignores("src/lite/a.rs", &variables)
                .unwrap()
        );
    }
}
