use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::AppState;
use crate::error::AppError;

/// Lets in whoever has a valid token, whatever it allows: 401 without one.
///
/// A handler behind it that asks for a scope does not verify the token again.
pub async fn guard(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let claims = state.auth.verify(request.headers()).await?;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}
