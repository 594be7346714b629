use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use super::Error;

/// The environment of the process: flags before variables before `.env`.
#[derive(Debug, Default)]
pub struct Environment {
    flags: HashMap<&'static str, String>,
    dotenv: HashMap<String, String>,
}

impl Environment {
    /// Reads `.env` in `dir`, unless the service runs elsewhere than in dev.
    ///
    /// The process's own environment stays as it is: changing it is unsafe once there are threads.
    pub fn new(
        flags: impl IntoIterator<Item = (&'static str, String)>,
        dir: &Path,
    ) -> Result<Self, Error> {
        let flags = flags.into_iter().collect();
        let mut environment = Self {
            flags,
            dotenv: HashMap::new(),
        };
        if environment.get("APP_ENV").is_none_or(|env| env == "dev") {
            environment.dotenv = read_dotenv(&dir.join(".env"))?;
        }
        Ok(environment)
    }

    /// The value of a variable. An empty one counts as none.
    pub fn get(&self, name: &str) -> Option<String> {
        let variable = || Some(std::env::var_os(name)?.to_string_lossy().into_owned());
        let flag = self.flags.get(name).cloned();
        flag.or_else(|| variable().filter(|value| !value.is_empty()))
            .or_else(|| self.dotenv.get(name).cloned())
    }
}

fn read_dotenv(path: &Path) -> Result<HashMap<String, String>, Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(Error::DotEnv(error)),
    };
    if let Some(at) = replaced(&text) {
        return Err(Error::DotEnvDollar(line_at(&text, at)));
    }
    let lines = dotenvy::from_read_iter(text.as_bytes());
    let values = lines.collect::<Result<HashMap<_, _>, _>>();
    let values = values.map_err(|error| Error::DotEnvLine(line_of(&error, &text)))?;
    match values.get("APP_ENV") {
        Some(env) if env != "dev" => Err(Error::DotEnvOutsideDev(env.clone())),
        _ => Ok(values),
    }
}

/// The number of the line that cannot be read; a value in quotation marks may go over several.
fn line_of(error: &dotenvy::Error, text: &str) -> usize {
    let dotenvy::Error::LineParse(wrong, _) = error else {
        return 1;
    };
    line_at(text, text.find(wrong.as_str()).unwrap_or_default())
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Where the first `$` is that would be replaced, by another variable or by nothing. Half a password
/// would be taken for the whole, so none is: single quotes and `\` keep it.
fn replaced(text: &str) -> Option<usize> {
    let mut inside = None;
    let mut before = '\n';
    for (at, c) in text.char_indices() {
        match (inside, c) {
            (None | Some('"'), _) if before == '\\' => {
                before = ' ';
                continue;
            }
            (None, '#') if before.is_whitespace() => inside = Some('\n'),
            (None, '\'' | '"') => inside = Some(c),
            (Some(end), _) if end == c => inside = None,
            (None | Some('"'), '$') => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}
