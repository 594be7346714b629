use std::time::Duration;

use axum::http::{StatusCode, header};
use rand::Rng;
use tokio::time::Instant;

use super::{ClientError, ClientResponse};

/// The pause before the first repetition; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Makes attempts until one is good, there are no more of them, or there is no time for the next:
/// then the last one counts. An attempt is told how many were made before it.
pub(super) async fn attempts<Attempt>(
    retries: u32,
    deadline: Instant,
    request: reqwest::Request,
    attempt: impl Fn(reqwest::Request, u32) -> Attempt,
) -> Result<ClientResponse, ClientError>
where
    Attempt: Future<Output = Result<ClientResponse, ClientError>>,
{
    let mut made = 0;
    while made < retries {
        // A body that is a stream cannot be sent twice.
        let Some(same) = request.try_clone() else {
            break;
        };
        let result = attempt(same, made).await;
        let Some(pause) = pause_after(&result, made) else {
            return result;
        };
        if pause >= deadline.duration_since(Instant::now()) {
            return result;
        }
        tokio::time::sleep(pause).await;
        made += 1;
    }
    attempt(request, made).await
}

/// How long to wait before it is tried again. `None` if that would be of no use.
fn pause_after(result: &Result<ClientResponse, ClientError>, made: u32) -> Option<Duration> {
    match result {
        Ok(response) if is_temporary(response.status) => {
            Some(retry_after(response).unwrap_or_else(|| backoff(made)))
        }
        Err(ClientError::Unreachable { .. }) => Some(backoff(made)),
        _ => None,
    }
}

fn is_temporary(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// What the peer asks for, if it does so in seconds (RFC 9110, section 10.2.3).
fn retry_after(response: &ClientResponse) -> Option<Duration> {
    let text = response.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}

/// Twice as long each time, less up to a half, so that those that failed together do not come back
/// together.
fn backoff(made: u32) -> Duration {
    let jitter = rand::rng().random_range(0.5..=1.0);
    (FIRST_PAUSE * 2_u32.saturating_pow(made)).mul_f64(jitter)
}
