//! How a call ended: counted and logged once.
//!
//! In goes an answer, out comes the same, and when its last byte is sent, or its caller has left, a count by
//! method and code, a time, and a line in the log. What a reader would question: the end is found in the
//! trailers of the body, since a stream's status comes last.

use super::refusal::{Refusal, untaken};
use http::{HeaderMap, HeaderValue, Response};
use http_body::Frame;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

/// Ends the call now if its status stands in the headers, or when the body ends.
/// `end`, if given, ends a body that has nothing to say when it is ready.
pub(super) fn counted(
    response: Response<Body>,
    mut call: Call,
    end: Option<End>,
) -> Response<Body> {
    if let Some(status) = Status::from_header_map(response.headers()) {
        if let Some(refusal) = untaken(&status) {
            call.end(refusal.code);
            return Status::from(refusal).into_http();
        }
        call.end(status.code());
        return response;
    }
    response.map(|body| Body::new(Counted { body, call, end }))
}

/// A body that tells its call how it ended.
struct Counted {
    body: Body,
    call: Call,
    end: Option<End>,
}

/// Ready when open-ended answers, such as watching the health, must end.
pub(super) type End = Pin<Box<dyn Future<Output = ()> + Send>>;

impl http_body::Body for Counted {
    type Data = <Body as http_body::Body>::Data;
    type Error = <Body as http_body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending()
            && let Some(end) = &mut self.end
            && end.as_mut().poll(context).is_ready()
        {
            self.end = None;
            let mut trailers = HeaderMap::new();
            let added = Status::from(Refusal::stopping()).add_header(&mut trailers);
            polled = Poll::Ready(Some(added.map(|()| Frame::trailers(trailers))));
        }
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(status) = frame.trailers_ref().and_then(Status::from_header_map)
        {
            self.call.end(status.code());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

/// A call, counted once: when it ends, or as cancelled when it is dropped before.
pub(super) struct Call {
    method: &'static str,
    id: HeaderValue,
    /// The name of the caller's key.
    pub(super) caller: Option<Arc<str>>,
    began: Instant,
    ended: bool,
}

impl Call {
    pub(super) fn begin(method: &'static str, id: HeaderValue, began: Instant) -> Self {
        metrics::gauge!("stance_in_flight").increment(1.0);
        Self {
            method,
            id,
            caller: None,
            began,
            ended: false,
        }
    }

    pub(super) fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let (method, code) = (self.method, name(code));
        let seconds = self.began.elapsed().as_secs_f64();
        metrics::gauge!("stance_in_flight").decrement(1.0);
        metrics::counter!("stance_requests_total", "method" => method, "code" => code).increment(1);
        metrics::histogram!("stance_request_seconds", "method" => method).record(seconds);
        tracing::info!(
            method,
            code,
            seconds,
            id = self.id.to_str().unwrap_or(""),
            caller = self.caller.as_deref().unwrap_or(""),
            "call"
        );
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

/// A code as the gRPC documentation writes it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
