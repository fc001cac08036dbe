//! What goes wrong -> `google.rpc.Status`: a code, a message, and details that programs can read.
//!
//! The one place that maps errors to statuses. Every status of ours has an `ErrorInfo` with a reason in capitals;
//! a field at fault stands in `BadRequest`; where trying again makes sense, `RetryInfo` says when. What a
//! reader would question: errors of the machine keep their message to the log. A path or a piece of a
//! text must not reach a caller.

use crate::error::Error;
use crate::wire::messages as m;
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// Domain of every `ErrorInfo`.
const DOMAIN: &str = "stance";

/// How long a caller should wait who finds no room.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// Reason of [`Refusal::duplicate`].
pub(super) const DUPLICATE: &str = "DUPLICATE_TEXT";

/// Why a request, or one document of it, is not answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) reason: &'static str,
    pub(super) field: String,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
}

impl Refusal {
    pub(super) fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            field: String::new(),
            message: message.into(),
            retry_after: None,
        }
    }

    /// A field of the request that is wrong.
    pub(super) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            ..Self::new(Code::InvalidArgument, "INVALID_FIELD", message)
        }
    }

    pub(super) fn retry(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The caller stopped waiting, or its deadline passed.
    pub(super) fn too_late() -> Self {
        let message = "the deadline passed before the work was done";
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message)
    }

    /// A document whose text came before in its stream.
    pub(super) fn duplicate() -> Self {
        let message = "an earlier document has the same text";
        Self::new(Code::AlreadyExists, DUPLICATE, message)
    }

    /// There is no room now; asking again makes sense.
    pub(super) fn overloaded(message: String) -> Self {
        Self::new(Code::ResourceExhausted, "OVERLOADED", message).retry(RETRY)
    }

    /// No more is taken on.
    pub(super) fn stopping() -> Self {
        Self::new(Code::Unavailable, "STOPPING", "the server stops")
    }

    /// A bug or a failure of this machine; what it was is logged, not told.
    pub(super) fn internal() -> Self {
        let message = "the request failed inside the server; its id is in the log";
        Self::new(Code::Internal, "INTERNAL", message)
    }

    /// Names the field from the outside: `text` of a document is `document.text` of the request.
    pub(super) fn within(mut self, outer: &str) -> Self {
        if !self.field.is_empty() {
            self.field = format!("{outer}.{}", self.field);
        }
        self
    }

    /// The error of one document in a stream.
    pub(super) fn into_document_error(self) -> m::DocumentError {
        m::DocumentError {
            code: self.code as i32,
            reason: self.reason.to_owned(),
            field: self.field,
            message: self.message,
        }
    }
}

/// The refusal of a message that tonic could not take: one that cannot be decoded, which it calls INTERNAL
/// though it is the caller's fault, or one that is too large. Statuses of ours have details, its own have none.
pub(super) fn untaken(status: &Status) -> Option<Refusal> {
    let of = |codes: &[Code]| status.details().is_empty() && codes.contains(&status.code());
    if of(&[Code::Internal]) {
        let message = "a message is not one of this contract";
        let refusal = Refusal::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message);
        return Some(refusal);
    }
    let too_large = of(&[Code::OutOfRange, Code::ResourceExhausted]);
    too_large.then(|| {
        let message = "a message is longer than the limit of messages";
        Refusal::new(Code::OutOfRange, "TOO_LARGE", message)
    })
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let at = |reason, field: &str| Self {
            field: field.to_owned(),
            ..Self::new(Code::InvalidArgument, reason, message.clone())
        };
        match &error {
            Error::InvalidUtf8 { field, .. } => at("INVALID_UTF8", field),
            Error::EmptyText { field } => at("EMPTY_TEXT", field),
            Error::TooLarge { field, .. } => Self {
                code: Code::OutOfRange,
                ..at("TOO_LARGE", field)
            },
            Error::InvalidSpan { field, .. } => at("INVALID_SPAN", field),
            Error::Invalid { field, .. } => at("INVALID_FIELD", field),
            Error::Stopped => Self::too_late(),
            Error::Corpus { .. }
            | Error::Model { .. }
            | Error::HashMismatch { .. }
            | Error::NotConverged { .. }
            | Error::Io { .. }
            | Error::Encoder { .. }
            | Error::Internal { .. } => {
                tracing::error!(error = %error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut details = ErrorDetails::with_error_info(refusal.reason, DOMAIN, HashMap::new());
        if !refusal.field.is_empty() {
            details.add_bad_request_violation(refusal.field, refusal.message.clone());
        }
        if let Some(after) = refusal.retry_after {
            details.set_retry_info(Some(after));
        }
        Status::with_error_details(refusal.code, refusal.message, details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_name_the_field_and_hide_what_is_ours() {
        let status = Status::from(
            Refusal::from(Error::EmptyText {
                field: "text".to_owned(),
            })
            .within("document"),
        );
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "text is empty");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "EMPTY_TEXT");
        let violation = &details.bad_request().unwrap().field_violations[0];
        assert_eq!(violation.field, "document.text");

        let secret = Error::Io {
            path: "/srv/secret".into(),
            source: std::io::ErrorKind::NotFound.into(),
        };
        let status = Status::from(Refusal::from(secret));
        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("secret"));
        assert_eq!(untaken(&status), None);
        for (code, reason) in [
            (Code::Internal, "MALFORMED_MESSAGE"),
            (Code::ResourceExhausted, "TOO_LARGE"),
        ] {
            let refusal = untaken(&Status::new(code, "Error decompressing")).unwrap();
            assert_eq!(refusal.reason, reason);
        }

        let busy = Refusal::new(Code::ResourceExhausted, "BUSY", "busy");
        let status = Status::from(busy.retry(Duration::from_millis(1500)));
        let retry = status.get_error_details().retry_info().unwrap().retry_delay;
        assert_eq!(retry, Some(Duration::from_millis(1500)));
    }
}
