/// An environment variable that the service reads.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for and what it accepts.
    pub doc: &'static str,
    /// What holds while nobody sets it.
    pub default: Option<&'static str>,
    visibility: Visibility,
}

/// How much of a value may be shown to somebody who looks at the settings.
#[derive(Debug, Clone, Copy)]
enum Visibility {
    Open,
    Url,
    Secret,
}

impl Variable {
    /// A variable without a default.
    pub(super) const fn new(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            default: None,
            visibility: Visibility::Open,
        }
    }

    /// Gives it a default.
    pub(super) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// Makes it a URL, which may hold a password.
    pub(super) const fn url(mut self) -> Self {
        self.visibility = Visibility::Url;
        self
    }

    /// Makes it a secret.
    pub(super) const fn secret(mut self) -> Self {
        self.visibility = Visibility::Secret;
        self
    }

    /// Its key in `config/<APP_ENV>.toml`.
    pub(super) fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }

    /// The value as it may be shown.
    pub(super) fn masked(&self, value: &str) -> String {
        match self.visibility {
            _ if value.is_empty() => String::new(),
            Visibility::Open => value.to_owned(),
            Visibility::Url => mask_url(value),
            Visibility::Secret => "***".to_owned(),
        }
    }
}

/// Hides what may be secret in a URL: user, password and query.
fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    // A password may hold any of `@`, `?` and `/`, the host may not.
    let (user, host) = match rest.rsplit_once('@') {
        Some((_, host)) => ("***@", host),
        None => ("", rest),
    };
    match host.split_once('?') {
        Some((host, _)) => format!("{scheme}://{user}{host}?***"),
        None => format!("{scheme}://{user}{host}"),
    }
}
