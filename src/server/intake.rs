//! The messages of a stream of documents: a start, if there is one, then documents.
//!
//! In goes a stream of requests, out come the start and one document after another, or the status that ends the
//! stream. What a reader would question: the start may be missing. Whoever wants all defaults sends documents.

use super::refusal::{Refusal, untaken};
use crate::wire::messages as m;
use tonic::{Status, Streaming};

/// A message of a stream of documents.
pub(super) enum Part<S> {
    Start(S),
    Document(m::Document),
}

/// The messages of a stream: a start, if there is one, then documents.
pub(super) struct Intake<T, S> {
    requests: Streaming<T>,
    part: fn(T) -> Option<Part<S>>,
    /// The first document of a stream without a start.
    first: Option<m::Document>,
}

impl<T, S: Default> Intake<T, S> {
    /// Reads the start; without one all defaults hold.
    pub(super) async fn open(
        requests: Streaming<T>,
        part: fn(T) -> Option<Part<S>>,
    ) -> Result<(Self, S), Status> {
        let mut intake = Self {
            requests,
            part,
            first: None,
        };
        let start = match intake.part().await? {
            Some(Part::Start(start)) => start,
            Some(Part::Document(document)) => {
                intake.first = Some(document);
                S::default()
            }
            None => S::default(),
        };
        Ok((intake, start))
    }

    /// The next document. Dropped before it is ready, it loses none.
    pub(super) async fn document(&mut self) -> Result<Option<m::Document>, Status> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        match self.part().await? {
            Some(Part::Document(document)) => Ok(Some(document)),
            Some(Part::Start(_)) => {
                let message = "only the first message may be a start";
                Err(Refusal::field("item.start", message).into())
            }
            None => Ok(None),
        }
    }

    async fn part(&mut self) -> Result<Option<Part<S>>, Status> {
        match next(&mut self.requests).await? {
            Some(request) => match (self.part)(request) {
                Some(part) => Ok(Some(part)),
                None => Err(Refusal::field("item", "missing").into()),
            },
            None => Ok(None),
        }
    }
}

/// The next message; one that is none of the contract is the caller's fault.
pub(super) async fn next<T>(requests: &mut Streaming<T>) -> Result<Option<T>, Status> {
    let message = requests.message().await;
    message.map_err(|status| untaken(&status).map_or(status, Status::from))
}
