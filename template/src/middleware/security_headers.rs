use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// What is true of all answers; a handler that sets one of these itself knows better.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    // Whatever gets into an answer, it is no page that runs scripts.
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Room for what is added later: for CORS, the encoding, the date.
const LATER_HEADERS: usize = 4;

/// `Strict-Transport-Security` (RFC 6797), unless it is switched off.
pub(super) fn hsts(max_age_secs: u32) -> Option<HeaderValue> {
    let value = HeaderValue::try_from(format!("max-age={max_age_secs}"));
    value.ok().filter(|_| max_age_secs > 0)
}

/// Tells browsers to be careful with the answer.
pub(super) fn add(response: &mut Response, hsts: Option<HeaderValue>) {
    let headers = response.headers_mut();
    headers.reserve(HEADERS.len() + LATER_HEADERS);
    let hsts = hsts.map(|value| (header::STRICT_TRANSPORT_SECURITY, value));
    for (name, value) in HEADERS.into_iter().chain(hsts) {
        headers.entry(name).or_insert(value);
    }
}
