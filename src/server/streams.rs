//! The methods with streams: documents as they come, results as they are ready.
//!
//! In goes a stream of messages, out comes a stream of answers or one summary. A stream has a bounded
//! number of documents in work; while they are, and while the caller does not read its answers, nothing
//! more is read. What a reader would question: a document that does not fit the server's limits waits for
//! room instead of being refused. Whoever sends a million documents wants them done, not to try again.

use super::refusal::Refusal;
use super::requests::{self, Wanted};
use super::service::Service;
use crate::scorer::Scorer;
use crate::wire::{self, Merging, Parts, messages as m};
use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use m::{analyze_stream_request, analyze_stream_response, build_profiles_request};
use prost::Message;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

/// Refused documents that a summary lists.
const MAX_LISTED: usize = 100;

/// Texts of one `BuildProfiles` whose duplicates are noticed: 32 bytes each.
const MAX_TEXTS: usize = 10_000_000;

/// One document at work.
type Work = Pin<Box<dyn Future<Output = (u64, String, Result<m::Analysis, Refusal>)> + Send>>;

/// Documents at work, to be taken in their order or as they end.
enum Working {
    Ordered(FuturesOrdered<Work>),
    Unordered(FuturesUnordered<Work>),
}

impl Working {
    fn new(ordered: bool) -> Self {
        if ordered {
            Self::Ordered(FuturesOrdered::new())
        } else {
            Self::Unordered(FuturesUnordered::new())
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Ordered(all) => all.len(),
            Self::Unordered(all) => all.len(),
        }
    }

    fn push(&mut self, work: Work) {
        match self {
            Self::Ordered(all) => all.push_back(work),
            Self::Unordered(all) => all.push(work),
        }
    }

    /// The next result; never, when nothing is at work.
    async fn next(&mut self) -> (u64, String, Result<m::Analysis, Refusal>) {
        let next = match self {
            Self::Ordered(all) => all.next().await,
            Self::Unordered(all) => all.next().await,
        };
        match next {
            Some(done) => done,
            None => std::future::pending().await,
        }
    }
}

/// Answers a stream of documents.
pub(super) fn analyze(
    service: Service,
    requests: Streaming<m::AnalyzeStreamRequest>,
    deadline: Option<Instant>,
) -> ReceiverStream<Result<m::AnalyzeStreamResponse, Status>> {
    // One answer waits for the caller, the others in `Working`.
    let (answers, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let done = answer(service, requests, deadline, &answers);
        let ended = tokio::select! {
            ended = done => ended,
            // The caller left: dropping `done` stops its documents.
            () = answers.closed() => return,
        };
        if let Err(status) = ended {
            let _ = answers.send(Err(status)).await;
        }
    });
    ReceiverStream::new(receiver)
}

async fn answer(
    service: Service,
    mut requests: Streaming<m::AnalyzeStreamRequest>,
    deadline: Option<Instant>,
    answers: &mpsc::Sender<Result<m::AnalyzeStreamResponse, Status>>,
) -> Result<(), Status> {
    use analyze_stream_request::Item;
    let mut first = next(&mut requests).await?.map(|request| request.item);
    let start = match first.take_if(|item| matches!(item, Some(Item::Start(_)))) {
        Some(Some(Item::Start(start))) => start,
        Some(Some(Item::Document(_)) | None) | None => m::AnalyzeStreamStart::default(),
    };
    let wanted = requests::wanted(start.options);
    let wanted = Arc::new(wanted.map_err(|r| r.within("start.options"))?);
    let scorer = service.models.scorer(&wanted.model_sha256)?;
    let mut working = Working::new(start.ordered);
    let waits = Arc::new(AtomicBool::new(false));
    let most = service.limits.max_documents_per_stream;
    let room = |n, waits: &AtomicBool| n < most && !waits.load(Ordering::Relaxed);
    let mut index = 0u64;
    let mut open = true;
    while open || working.len() > 0 {
        let item = match first.take() {
            Some(item) => Some(item),
            None => tokio::select! {
                request = next(&mut requests), if open && room(working.len(), &waits) => {
                    match request? {
                        Some(request) => Some(request.item),
                        None => { open = false; None }
                    }
                }
                done = working.next() => {
                    if answers.send(Ok(response(done))).await.is_err() {
                        return Ok(());
                    }
                    None
                }
            },
        };
        match item {
            Some(Some(Item::Document(document))) => {
                working.push(work(
                    &service,
                    &scorer,
                    &wanted,
                    (index, document),
                    deadline,
                    &waits,
                ));
                index += 1;
            }
            Some(Some(Item::Start(_))) => return Err(late_start().into()),
            Some(None) => return Err(Refusal::field("item", "missing").into()),
            None => {}
        }
    }
    Ok(())
}

/// The next message; one that is none of the contract is the caller's fault.
async fn next<T>(requests: &mut Streaming<T>) -> Result<Option<T>, Status> {
    requests.message().await.map_err(|status| {
        let broken = status.code() == Code::Internal && status.message().contains("decode");
        if !broken {
            return status;
        }
        let message = "a message of the stream is not one of this contract";
        Refusal::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message).into()
    })
}

fn late_start() -> Refusal {
    Refusal::field("item.start", "only the first message may be a start")
}

/// One document's work. While it waits for room, `waits` is set, and the stream reads no other.
fn work(
    service: &Service,
    scorer: &Arc<Scorer>,
    wanted: &Arc<Wanted>,
    (index, document): (u64, m::Document),
    deadline: Option<Instant>,
    waits: &Arc<AtomicBool>,
) -> Work {
    let (service, scorer, wanted) = (service.clone(), Arc::clone(scorer), Arc::clone(wanted));
    let bytes = document.text.len();
    let room = service.engine.admit(bytes).ok();
    waits.store(room.is_none(), Ordering::Relaxed);
    let waits = Arc::clone(waits);
    Box::pin(async move {
        let id = document.id.clone();
        let read = async {
            let admitted = match room {
                Some(admitted) => admitted,
                None => service.engine.admit_in_turn(bytes).await?,
            };
            waits.store(false, Ordering::Relaxed);
            let here = service.clone();
            let work = service.engine.run(admitted, deadline, move |workers| {
                here.analysis(&scorer, &wanted, document, workers)
            });
            work.await?.map_err(|r| r.within("document"))
        };
        (index, id, read.await)
    })
}

fn response(done: (u64, String, Result<m::Analysis, Refusal>)) -> m::AnalyzeStreamResponse {
    use analyze_stream_response::Result as Answer;
    let (index, document_id, result) = done;
    m::AnalyzeStreamResponse {
        index,
        document_id,
        result: Some(match result {
            Ok(analysis) => Answer::Analysis(analysis),
            Err(refusal) => Answer::Error(refusal.into_document_error()),
        }),
    }
}

/// Sums a stream of documents up.
pub(super) async fn build_profiles(
    service: &Service,
    mut requests: Streaming<m::BuildProfilesRequest>,
    deadline: Option<Instant>,
) -> Result<m::BuildProfilesResponse, Status> {
    use build_profiles_request::Item;
    let mut first = next(&mut requests).await?.map(|request| request.item);
    let start = match first.take_if(|item| matches!(item, Some(Item::Start(_)))) {
        Some(Some(Item::Start(start))) => start,
        Some(Some(Item::Document(_)) | None) | None => m::BuildProfilesStart::default(),
    };
    let period = m::Period::try_from(start.period).map_err(|_| {
        let message = format!("{} is not a period of this version", start.period);
        Refusal::field("start.period", message)
    })?;
    let wanted = requests::wanted(start.options);
    let mut wanted = wanted.map_err(|r| r.within("start.options"))?;
    wanted.parts = Parts {
        sentences: false,
        attributions: false,
        speakers: false,
        actors: false,
        instances: false,
        evidence: start.max_evidence > 0,
        ..Parts::ALL
    };
    let wanted = Arc::new(wanted);
    let scorer = service.models.scorer(&wanted.model_sha256)?;
    let merging = Merging::new(start.max_evidence);
    let merging = merging.map_err(|e| Refusal::from(e).within("start"))?;
    let mut built = Built {
        merging,
        response: m::BuildProfilesResponse {
            model: Some(wire::identity(&scorer.model().identity())),
            offset_encoding: wire::offset_encoding(wanted.encoding) as i32,
            ..m::BuildProfilesResponse::default()
        },
    };
    let mut texts: HashSet<[u8; 32]> = HashSet::new();
    let mut working = FuturesUnordered::new();
    let waits = Arc::new(AtomicBool::new(false));
    let most = service.limits.max_documents_per_stream;
    let room = |n, waits: &AtomicBool| n < most && !waits.load(Ordering::Relaxed);
    let mut index = 0u64;
    let mut open = true;
    while open || !working.is_empty() {
        let item = match first.take() {
            Some(item) => Some(item),
            None => tokio::select! {
                request = next(&mut requests), if open && room(working.len(), &waits) => {
                    match request? {
                        Some(request) => Some(request.item),
                        None => { open = false; None }
                    }
                }
                Some((period, done)) = working.next() => {
                    built.add(period, done)?;
                    None
                }
            },
        };
        match item {
            Some(Some(Item::Document(document))) => {
                let text: [u8; 32] = Sha256::digest(document.text.as_bytes()).into();
                if texts.contains(&text) {
                    built.response.n_duplicates += 1;
                } else {
                    if texts.len() < MAX_TEXTS {
                        texts.insert(text);
                    }
                    let day = super::periods::Day::parse(&document.date);
                    let name = day.map_or_else(String::new, |day| day.period(period));
                    let work = work(
                        service,
                        &scorer,
                        &wanted,
                        (index, document),
                        deadline,
                        &waits,
                    );
                    working.push(async move { (name, work.await) });
                }
                index += 1;
            }
            Some(Some(Item::Start(_))) => return Err(late_start().into()),
            Some(None) => return Err(Refusal::field("item", "missing").into()),
            None => {}
        }
    }
    built.response.profiles = built.merging.finish();
    Ok(built.response)
}

/// What a stream of documents came to so far.
struct Built {
    merging: Merging,
    response: m::BuildProfilesResponse,
}

impl Built {
    fn add(
        &mut self,
        period: String,
        (index, document_id, result): (u64, String, Result<m::Analysis, Refusal>),
    ) -> Result<(), Refusal> {
        match result {
            Ok(analysis) => {
                self.response.n_documents += 1;
                for (at, mut profile) in analysis.profiles.into_iter().enumerate() {
                    profile.period.clone_from(&period);
                    self.merging.add(at, profile).map_err(|error| Refusal {
                        code: Code::ResourceExhausted,
                        ..Refusal::from(error)
                    })?;
                }
            }
            Err(refusal) => {
                self.response.n_errors += 1;
                if self.response.errors.len() < MAX_LISTED {
                    self.response.errors.push(m::RejectedDocument {
                        index,
                        document_id,
                        error: Some(refusal.into_document_error()),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Merges a stream of profiles.
pub(super) async fn merge_profiles(
    service: &Service,
    mut requests: Streaming<m::MergeProfilesRequest>,
) -> Result<m::MergeProfilesResponse, Status> {
    // Merging holds what it is sent.
    let mut room = Vec::new();
    let mut merging: Option<Merging> = None;
    let mut at = 0;
    while let Some(request) = next(&mut requests).await? {
        room.push(service.engine.hold(request.encoded_len())?);
        let merging = match &mut merging {
            Some(merging) => merging,
            None => merging.insert(Merging::new(request.max_evidence).map_err(Refusal::from)?),
        };
        for profile in request.profiles {
            merging.add(at, profile).map_err(Refusal::from)?;
            at += 1;
        }
    }
    Ok(m::MergeProfilesResponse {
        profiles: merging.map(Merging::finish).unwrap_or_default(),
    })
}
