use std::task::{Context, Poll};

use axum::extract::Request;
use tower::Service;

/// A service that is a function of the request and of the service behind it, which it calls at once.
///
/// `axum::middleware::from_fn` keeps what is behind until the function wants it. For that it copies and
/// boxes all of it for each request.
#[derive(Clone)]
pub(super) struct Around<S, F> {
    next: S,
    function: F,
}

/// Has the function answer requests, with the service to call.
pub(super) fn around<S, F, Fut>(next: S, function: F) -> Around<S, F>
where
    F: Fn(Request, &mut S) -> Fut,
{
    Around { next, function }
}

impl<S, F, Fut, R, E> Service<Request> for Around<S, F>
where
    S: Service<Request, Error = E>,
    F: Fn(Request, &mut S) -> Fut,
    Fut: Future<Output = Result<R, E>>,
{
    type Response = R;
    type Error = E;
    type Future = Fut;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Fut {
        (self.function)(request, &mut self.next)
    }
}
