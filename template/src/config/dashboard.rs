//! The dashboard of tasks at `/admin/tasks`.
//!
//! Reads `DASHBOARD_USER`, `DASHBOARD_PASSWORD` and `DASHBOARD_READ_ONLY`.

use secrecy::SecretString;

use super::{Error, Settings, Variable};

pub(super) const VARIABLES: &[Variable] = &[
    Variable::new(
        "DASHBOARD_USER",
        "Who may see the dashboard of tasks; without a user, dev and test show it to everybody and \
         prod to nobody.",
    ),
    Variable::new("DASHBOARD_PASSWORD", "Password of DASHBOARD_USER.").secret(),
    Variable::new(
        "DASHBOARD_READ_ONLY",
        "true: the dashboard shows tasks but changes none; or false.",
    )
    .default("false"),
];

/// Who may see the dashboard, and what it may do.
#[derive(Debug, Clone)]
pub struct DashboardConfig {
    /// Who may see it, if that is not everybody or nobody.
    pub credentials: Option<Credentials>,
    /// Whether it changes nothing.
    pub read_only: bool,
}

/// A user and a password.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The name, without a colon.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl DashboardConfig {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            credentials: credentials(settings)?,
            read_only: settings.parsed("DASHBOARD_READ_ONLY", "`true` or `false`", |text| {
                text.parse().ok()
            })?,
        })
    }
}

fn credentials(settings: &Settings) -> Result<Option<Credentials>, Error> {
    let user = settings.text("DASHBOARD_USER").unwrap_or_default();
    let password = settings.text("DASHBOARD_PASSWORD").unwrap_or_default();
    if user.contains(':') {
        return Err(settings.invalid("DASHBOARD_USER", "a name without a colon"));
    }
    match (user.is_empty(), password.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(Credentials {
            user,
            password: SecretString::from(password),
        })),
        (true, false) => Err(settings.invalid(
            "DASHBOARD_USER",
            "a name, which DASHBOARD_PASSWORD goes with",
        )),
        (false, true) => Err(settings.invalid(
            "DASHBOARD_PASSWORD",
            "a password, which DASHBOARD_USER needs",
        )),
    }
}
