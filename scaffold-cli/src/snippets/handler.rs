//! What a handler is made from.

use crate::name::Name;

/// The methods that a handler can be generated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Get, Self::Post, Self::Put, Self::Delete];

    /// The name in attributes and flags.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Whether requests have a body.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put)
    }

    /// The status of a successful answer, as a number and as a constant of `StatusCode`.
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Self::Get | Self::Put => (200, "OK"),
            Self::Post => (201, "CREATED"),
            Self::Delete => (204, "NO_CONTENT"),
        }
    }
}

/// Who may call a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Everybody.
    Public,
    /// Those whose token has a scope that the service knows: `Read`, `Write`.
    Known {
        /// The scope in tokens.
        scope: String,
        /// Its type in `crate::auth`.
        ty: &'static str,
    },
    /// Those whose token has a scope that the file itself describes.
    Own {
        /// The scope in tokens.
        scope: String,
        /// The name of its type.
        ty: String,
    },
}

/// A parameter in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name between the braces.
    pub name: String,
    /// Whether it is an id; else it is a text.
    pub is_id: bool,
}

/// Since when a handler is deprecated, and when it will be gone: days such as `2026-11-20`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecation {
    /// Its first day.
    pub since: String,
    /// The day on which it will be gone.
    pub sunset: Option<String>,
}

/// What a handler is made from.
#[derive(Debug, Clone)]
pub struct HandlerSpec {
    /// The method.
    pub method: Method,
    /// The name of the function.
    pub name: Name,
    /// The path below the API prefix.
    pub path: String,
    /// The parameters of the path.
    pub parameters: Vec<Parameter>,
    /// The tag in the API documentation.
    pub tag: String,
    /// Who may call it.
    pub guard: Guard,
    /// Whether nobody should start to call it.
    pub deprecation: Option<Deprecation>,
}
