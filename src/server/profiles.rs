//! Profiles over many documents: built from a stream of them, or merged from profiles built before.
//!
//! In goes a stream, out comes one summary. What a reader would question: a text that comes twice is told
//! by its SHA-256 and counts once, whatever its id; archives hold the same wire story many times.

use super::arriving::Held;
use super::intake::{Intake, Part, next};
use super::refusal::{DUPLICATE, Refusal};
use super::service::Service;
use super::streams::{Documents, Done, Event};
use crate::error::Error;
use crate::profile::{Day, Period};
use crate::wire::{self, Merging, Parts, messages as m};
use std::time::Instant;
use tonic::{Code, Status, Streaming};

/// Refused documents that a summary lists.
const MAX_LISTED: usize = 100;

/// Sums a stream of documents up.
pub(super) async fn build(
    service: &Service,
    requests: Streaming<m::BuildProfilesRequest>,
    deadline: Option<Instant>,
) -> Result<m::BuildProfilesResponse, Status> {
    use m::build_profiles_request::Item;
    let (mut intake, start) = Intake::open(requests, |request| {
        Some(match request.item? {
            Item::Start(start) => Part::Start(start),
            Item::Document(document) => Part::Document(document),
        })
    })
    .await?;
    let period = m::Period::try_from(start.period).map_err(|_| {
        let message = format!("{} is not a period of this version", start.period);
        Refusal::field("start.period", message)
    })?;
    let period = match period {
        m::Period::Unspecified => None,
        m::Period::Day => Some(Period::Day),
        m::Period::Week => Some(Period::Week),
        m::Period::Month => Some(Period::Month),
        m::Period::Year => Some(Period::Year),
    };
    let wanted = service.wanted(start.options, deadline).await;
    let mut wanted = wanted.map_err(|r| r.within("start.options"))?;
    wanted.parts = Parts {
        profiles: true,
        evidence: start.max_evidence > 0,
        surfaces: true,
        ..Parts::NONE
    };
    let scorer = service.models.scorer(&wanted.model_sha256)?;
    let merging = Merging::new(start.max_evidence);
    let merging = merging.map_err(|e| Refusal::from(e).within("start"))?;
    let mut built = Built {
        period,
        merging,
        held: service.room.nothing(),
        response: m::BuildProfilesResponse {
            model: Some(wire::identity(&scorer.model().identity())),
            offset_encoding: wire::offset_encoding(wanted.encoding) as i32,
            ..m::BuildProfilesResponse::default()
        },
    };
    let documents = Documents::new(service.clone(), scorer, wanted, deadline, false);
    let mut documents = documents.once_each();
    while let Some(event) = documents.next(&mut intake).await? {
        match event {
            Event::Done(done) => built.add(done)?,
            Event::Document(document) => documents.begin(document).await?,
        }
    }
    let (merging, mut response) = (built.merging, built.response);
    response.profiles = aside(move || merging.finish()).await?;
    Ok(response)
}

/// What a stream of documents came to so far.
struct Built {
    period: Option<Period>,
    merging: Merging,
    /// Room for what is merged.
    held: Held,
    response: m::BuildProfilesResponse,
}

impl Built {
    fn add(&mut self, done: Done) -> Result<(), Refusal> {
        let day = Day::parse(&done.date);
        let period = self.period.and_then(|period| Some(day?.period(period)));
        let period = period.unwrap_or_default();
        match done.result {
            Ok(analysis) => {
                self.response.n_documents += 1;
                for (at, mut profile) in analysis.profiles.into_iter().enumerate() {
                    profile.period.clone_from(&period);
                    self.merging.add(at, profile).map_err(|error| Refusal {
                        code: Code::ResourceExhausted,
                        ..Refusal::from(error)
                    })?;
                }
                self.held.resize(self.merging.bytes())?;
            }
            Err(refusal) if refusal.reason == DUPLICATE => self.response.n_duplicates += 1,
            Err(refusal) => {
                self.response.n_errors += 1;
                if self.response.errors.len() < MAX_LISTED {
                    self.response.errors.push(m::RejectedDocument {
                        index: done.index,
                        document_id: done.document_id,
                        error: Some(refusal.into_document_error()),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Merges a stream of profiles, on threads for blocking work: a message may hold some 100,000 of them.
pub(super) async fn merge(
    service: &Service,
    mut requests: Streaming<m::MergeProfilesRequest>,
) -> Result<m::MergeProfilesResponse, Status> {
    let mut held = service.room.nothing();
    let mut merging: Option<Merging> = None;
    let mut at = 0;
    while let Some(request) = next(&mut requests).await? {
        let mut begun = match merging {
            Some(merging) => merging,
            None => Merging::new(request.max_evidence).map_err(Refusal::from)?,
        };
        let first = at;
        at += request.profiles.len();
        let added = aside(move || {
            for (profile, at) in request.profiles.into_iter().zip(first..) {
                begun.add(at, profile)?;
            }
            Ok(begun)
        });
        let added = added.await?.map_err(|e: Error| Refusal::from(e))?;
        held.resize(added.bytes())?;
        merging = Some(added);
    }
    let finish = move || merging.map(Merging::finish).unwrap_or_default();
    Ok(m::MergeProfilesResponse {
        profiles: aside(finish).await?,
    })
}

/// Runs `work` where it holds up no connection.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Refusal::internal())
}
