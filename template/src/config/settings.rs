use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ::config::{File, Map, Source, Value, ValueKind};
use secrecy::SecretString;

use super::{AppEnv, Error, LogFormat, Variable, variables};

/// Where a value comes from that comes from no file of settings.
const SET: &str = "from the environment, `.env` or a flag";

/// The value of every variable, and where it comes from.
#[derive(Debug)]
pub struct Settings {
    env: AppEnv,
    file: PathBuf,
    values: Map<String, Value>,
}

/// A line of the list of settings.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The variable.
    pub name: &'static str,
    /// Its value, secrets masked.
    pub value: String,
    /// `default`, `file` or `env`.
    pub origin: &'static str,
}

impl Settings {
    /// Lays the layers over each other; `dir` is where the folder `config` is.
    pub fn load(env: impl Fn(&str) -> Option<String>, dir: &Path) -> Result<Self, Error> {
        let mut variables_set = HashMap::new();
        let mut builder = ::config::Config::builder();
        for variable in variables() {
            if let Some(value) = env(variable.name).filter(|value| !value.is_empty()) {
                variables_set.insert(variable.name.to_owned(), value);
            }
            if let Some(default) = variable.default {
                builder = builder.set_default(variable.key(), default)?;
            }
        }
        let environment = ::config::Environment::default().source(Some(variables_set));
        let app_env = app_env(&environment)?;
        let file = dir.join("config").join(format!("{app_env}.toml"));
        let layer = File::from(file.as_path()).required(false);
        refuse_unknown_keys(&file, &layer.collect()?)?;
        let values = builder
            .add_source(layer)
            .add_source(environment)
            .build()?
            .collect()?;
        Ok(Self {
            env: app_env,
            file,
            values,
        })
    }

    /// Where the service runs.
    pub fn env(&self) -> AppEnv {
        self.env
    }

    /// Every variable with its value.
    pub fn entries(&self) -> Vec<Entry> {
        variables()
            .map(|variable| Entry {
                name: variable.name,
                value: variable.masked(&self.text(variable.name).unwrap_or_default()),
                origin: self.origin(variable.name),
            })
            .collect()
    }

    /// The form of a log line, also where other settings are wrong.
    pub fn log_format(&self) -> Option<LogFormat> {
        LogFormat::parse(&self.text("LOG_FORMAT")?)
    }

    /// A value as it was written; the parts of a list are joined by commas.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.values.get(&name.to_ascii_lowercase())?.clone();
        match value.kind {
            ValueKind::Array(parts) => {
                let parts = parts.into_iter().map(|part| part.to_string());
                Some(parts.collect::<Vec<_>>().join(","))
            }
            _ => Some(value.to_string()),
        }
    }

    /// A value that `parse` understands.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        accepts: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let text = self.text(name).unwrap_or_default();
        parse(&text).ok_or_else(|| self.invalid(name, accepts))
    }

    /// A whole number in this range.
    pub(super) fn number<T>(&self, name: &'static str, range: RangeInclusive<T>) -> Result<T, Error>
    where
        T: FromStr + PartialOrd + Display,
    {
        let accepts = format!("a number between {} and {}", range.start(), range.end());
        self.parsed(name, &accepts, |text| {
            text.parse().ok().filter(|number| range.contains(number))
        })
    }

    /// A whole number in this range, if the variable is set.
    pub(super) fn optional_number<T>(
        &self,
        name: &'static str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, Error>
    where
        T: FromStr + PartialOrd + Display,
    {
        match self.text(name).is_none_or(|text| text.is_empty()) {
            true => Ok(None),
            false => self.number(name, range).map(Some),
        }
    }

    /// A value that `parse` understands, if the variable is set.
    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        accepts: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        match self.text(name).is_none_or(|text| text.is_empty()) {
            true => Ok(None),
            false => self.parsed(name, accepts, parse).map(Some),
        }
    }

    /// The parts of a list, which is comma-separated or an array of JSON.
    pub(super) fn list(&self, name: &'static str, accepts: &str) -> Result<Vec<String>, Error> {
        let text = self.text(name).unwrap_or_default();
        let parts = match text.trim_start().starts_with('[') {
            true => serde_json::from_str(&text).map_err(|_| self.invalid(name, accepts))?,
            false => text.split(',').map(str::to_owned).collect::<Vec<_>>(),
        };
        let parts = parts.iter().map(|part| part.trim());
        let parts = parts.filter(|part| !part.is_empty());
        Ok(parts.map(str::to_owned).collect())
    }

    /// A secret, if it is set.
    pub(super) fn secret(&self, name: &str) -> Option<SecretString> {
        Some(SecretString::from(self.text(name)?))
    }

    /// A URL with one of these schemes, which end in `://`.
    ///
    /// A default on 127.0.0.1 is a developer's own server and not good enough for prod.
    pub(super) fn url(
        &self,
        name: &'static str,
        accepts: &str,
        schemes: &[&str],
    ) -> Result<SecretString, Error> {
        let text = self.text(name).unwrap_or_default();
        let is_default = self.origin(name) == "default";
        if self.env == AppEnv::Prod && is_default && text.contains("127.0.0.1") {
            return Err(Error::Missing {
                name,
                accepts: accepts.to_owned(),
            });
        }
        let complete = |scheme: &&str| text.starts_with(*scheme) && text.len() > scheme.len();
        match schemes.iter().any(complete) {
            true => Ok(SecretString::from(text)),
            false => Err(self.invalid(name, accepts)),
        }
    }

    /// The error for a value that is not what its variable accepts.
    pub(super) fn invalid(&self, name: &'static str, accepts: &str) -> Error {
        let text = self.text(name).unwrap_or_default();
        let variable = variables().find(|variable| variable.name == name);
        Error::Invalid {
            name,
            value: variable.map_or_else(String::new, |variable| variable.masked(&text)),
            origin: match self.origin(name) {
                "env" => SET.to_owned(),
                "file" => format!("from {}", self.file.display()),
                _ => "the default".to_owned(),
            },
            accepts: accepts.to_owned(),
        }
    }

    fn origin(&self, name: &str) -> &'static str {
        let value = self.values.get(&name.to_ascii_lowercase());
        match value.and_then(Value::origin) {
            None => "default",
            Some("the environment") => "env",
            Some(_) => "file",
        }
    }
}

fn app_env(environment: &::config::Environment) -> Result<AppEnv, Error> {
    let Some(value) = environment.collect()?.remove("app_env") else {
        return Ok(AppEnv::Dev);
    };
    let value = value.to_string();
    AppEnv::parse(&value).ok_or_else(|| Error::Invalid {
        name: "APP_ENV",
        value,
        origin: SET.to_owned(),
        accepts: "`dev`, `test` or `prod`".to_owned(),
    })
}

fn refuse_unknown_keys(file: &Path, values: &Map<String, Value>) -> Result<(), Error> {
    let known: Vec<String> = variables()
        .filter(|variable| variable.name != "APP_ENV")
        .map(Variable::key)
        .collect();
    match values.keys().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(key) => Err(Error::UnknownKey {
            file: file.to_owned(),
            key: key.clone(),
        }),
    }
}
