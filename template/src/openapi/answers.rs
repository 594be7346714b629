//! How any operation may end, whatever its handler says.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{
    Components, Content, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type,
};

use super::SERVICE;
use crate::error::PROBLEM_JSON;

/// What every answer has.
const REQUEST_ID: &str = "X-Request-Id";

/// A problem that operations have in common.
struct CommonProblem {
    /// `default` is any other one.
    status: &'static str,
    /// Its name among the components.
    name: &'static str,
    description: &'static str,
    /// A header that comes with it, and what that says.
    header: Option<(&'static str, &'static str)>,
    /// Whether an operation may end with it.
    happens_to: fn(&Operation) -> bool,
}

/// Not always there with a 503: nobody knows when a database is back.
const RETRY_AFTER: Option<(&str, &str)> = Some(("Retry-After", "When to come back, in seconds"));

const WWW_AUTHENTICATE: Option<(&str, &str)> =
    Some(("WWW-Authenticate", "What is wanted, as RFC 6750 words it"));

const COMMON_PROBLEMS: &[CommonProblem] = &[
    CommonProblem {
        status: "400",
        name: "BadRequest",
        description: "The path, the query or the body cannot be read",
        header: None,
        happens_to: |operation| operation.parameters.is_some() || operation.request_body.is_some(),
    },
    CommonProblem {
        status: "401",
        name: "Unauthorized",
        description: "The token is missing, or no longer valid",
        header: WWW_AUTHENTICATE,
        happens_to: is_guarded,
    },
    CommonProblem {
        status: "403",
        name: "Forbidden",
        description: "The token does not allow that",
        header: WWW_AUTHENTICATE,
        happens_to: is_guarded,
    },
    CommonProblem {
        status: "404",
        name: "NotFound",
        description: "There is none",
        header: None,
        happens_to: |operation| has_parameter(operation, &ParameterIn::Path),
    },
    CommonProblem {
        status: "413",
        name: "ContentTooLarge",
        description: "The body is too large",
        header: None,
        happens_to: |operation| operation.request_body.is_some(),
    },
    CommonProblem {
        status: "415",
        name: "UnsupportedMediaType",
        description: "The body is no JSON",
        header: None,
        happens_to: |operation| operation.request_body.is_some(),
    },
    CommonProblem {
        status: "422",
        name: "UnprocessableContent",
        description: "Values are wrong: `errors` names them",
        header: None,
        happens_to: |operation| {
            operation.request_body.is_some() || has_parameter(operation, &ParameterIn::Query)
        },
    },
    CommonProblem {
        status: "429",
        name: "TooManyRequests",
        description: "The client asks too often",
        header: RETRY_AFTER,
        happens_to: is_limited,
    },
    CommonProblem {
        status: "503",
        name: "ServiceUnavailable",
        description: "Something that is needed is away, or there is too much to do",
        header: RETRY_AFTER,
        happens_to: is_limited,
    },
    CommonProblem {
        status: "default",
        name: "Problem",
        description: "Any other problem",
        header: None,
        happens_to: |_| true,
    },
];

/// Describes the common problems once.
pub(super) fn describe(components: &mut Components) {
    let request_id = text_header("The id of the request, which is in the log, too");
    let headers = &mut components.headers;
    headers.insert(REQUEST_ID.to_owned(), request_id.into());
    for problem in COMMON_PROBLEMS {
        let responses = &mut components.responses;
        responses.insert(problem.name.to_owned(), problem.response().into());
    }
}

/// Adds what the handler of the operation does not say.
pub(super) fn add(operation: &mut Operation) {
    for problem in COMMON_PROBLEMS {
        if (problem.happens_to)(operation) {
            let responses = &mut operation.responses.responses;
            responses
                .entry(problem.status.to_owned())
                .or_insert_with(|| RefOr::Ref(Ref::from_response_name(problem.name)));
        }
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.insert(REQUEST_ID.to_owned(), request_id());
        }
    }
}

impl CommonProblem {
    fn response(&self) -> Response {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let mut response = ResponseBuilder::new()
            .description(self.description)
            .content(PROBLEM_JSON, problem)
            .build();
        let headers = &mut response.headers;
        headers.insert(REQUEST_ID.to_owned(), request_id());
        if let Some((name, description)) = self.header {
            headers.insert(name.to_owned(), text_header(description).into());
        }
        response
    }
}

fn request_id() -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{REQUEST_ID}")))
}

fn text_header(description: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.to_owned());
    header
}

fn is_guarded(operation: &Operation) -> bool {
    let security = operation.security.as_deref();
    security.is_some_and(|wanted| !wanted.is_empty())
}

/// Those of operators are answered whatever there is to do; see `middleware/limits.rs`.
fn is_limited(operation: &Operation) -> bool {
    !operation.tags.iter().flatten().any(|tag| tag == SERVICE)
}

fn has_parameter(operation: &Operation, place: &ParameterIn) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(it) if it.parameter_in == *place))
}
