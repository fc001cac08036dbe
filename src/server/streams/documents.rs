//! The documents of a stream that are at work side by side: one after another in, each one's result out, in order or
//! not.
//!
//! A stream has a bounded number of documents in work; while they are, nothing more is read of it. What a reader would
//! question: a document that does not fit the server's limits waits for room instead of being refused. Whoever sends a
//! million documents wants them done, not to try again.

use crate::scorer::Scorer;
use crate::server::arriving::Held;
use crate::server::intake::Intake;
use crate::server::refusal::Refusal;
use crate::server::requests::Wanted;
use crate::server::service::Service;
use crate::server::texts::Texts;
use crate::wire::messages as m;
use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use prost::Message;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use tracing::Instrument;

/// What became of a document.
pub(in crate::server) struct Done {
    pub(in crate::server) index: u64,
    pub(in crate::server) document_id: String,
    pub(in crate::server) date: String,
    pub(in crate::server) result: Result<m::Analysis, Refusal>,
    /// Room for the result until it is taken up.
    _held: Option<Held>,
}

/// A document's work, which goes on by itself: a stream whose caller does not read must not keep others from
/// the lanes and slots that its documents have been given. Dropped, the work stops.
type Work = AbortOnDropHandle<Done>;

/// Documents at work, to be taken in their order or as they end.
enum Working {
    Ordered(FuturesOrdered<Work>),
    Unordered(FuturesUnordered<Work>),
}

impl Working {
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

    async fn next(&mut self) -> Option<Result<Done, Status>> {
        let done = match self {
            Self::Ordered(all) => all.next().await,
            Self::Unordered(all) => all.next().await,
        };
        Some(done?.map_err(|_| Refusal::internal().into()))
    }
}

/// What happens next in a stream.
#[allow(
    clippy::large_enum_variant,
    reason = "made once a document and taken apart at once"
)]
pub(in crate::server) enum Event {
    /// A document came; [`Documents::begin`] sets it to work.
    Document(m::Document),
    /// A document is done.
    Done(Done),
}

/// The documents of one stream that are at work.
pub(in crate::server) struct Documents {
    service: Service,
    scorer: Arc<Scorer>,
    wanted: Arc<Wanted>,
    deadline: Option<Instant>,
    working: Working,
    /// Whether a document waits for room; then the stream reads no other.
    waits: Arc<watch::Sender<bool>>,
    /// Where each text counts once, those of the stream so far.
    texts: Option<Texts>,
    n_begun: u64,
    open: bool,
    /// Why no more is read; told once all that was read is answered.
    ended: Option<Status>,
}

impl Documents {
    pub(in crate::server) fn new(
        service: Service,
        scorer: Arc<Scorer>,
        wanted: Wanted,
        deadline: Option<Instant>,
        ordered: bool,
    ) -> Self {
        Self {
            service,
            scorer,
            wanted: Arc::new(wanted),
            deadline,
            working: if ordered {
                Working::Ordered(FuturesOrdered::new())
            } else {
                Working::Unordered(FuturesUnordered::new())
            },
            waits: Arc::new(watch::Sender::new(false)),
            texts: None,
            n_begun: 0,
            open: true,
            ended: None,
        }
    }

    /// What happens next; nothing when the stream has ended and all are done. A message that cannot be read, and
    /// a server that stops, end it as well, but only after all that was read before is done.
    pub(in crate::server) async fn next<T, S: Default>(
        &mut self,
        intake: &mut Intake<T, S>,
    ) -> Result<Option<Event>, Status> {
        loop {
            let most = self.service.limits.max_documents_per_stream;
            let mut waits = self.waits.subscribe();
            let waiting = *waits.borrow_and_update();
            let room = self.working.len() < most && !waiting;
            let mut stopping = self.service.stopping.clone();
            let stopped = async { stopping.wait_for(|&stops| stops).await.is_ok() };
            let ended = tokio::select! {
                document = intake.document(), if self.open && room => match document {
                    Ok(Some(document)) => return Ok(Some(Event::Document(document))),
                    Ok(None) => None,
                    Err(status) => Some(status),
                },
                Ok(()) = waits.changed(), if waiting => continue,
                true = stopped, if self.open => Some(Refusal::stopping().into()),
                Some(done) = self.working.next() => return Ok(Some(Event::Done(done?))),
                else => return self.ended.take().map_or(Ok(None), Err),
            };
            (self.open, self.ended) = (false, ended);
        }
    }

    /// Turns away documents whose text came before, as [`Refusal::duplicate`].
    pub(in crate::server) fn once_each(mut self) -> Self {
        self.texts = Some(Texts::default());
        self
    }

    /// Sets a document to work.
    pub(in crate::server) async fn begin(
        &mut self,
        mut document: m::Document,
    ) -> Result<(), Refusal> {
        let index = self.n_begun;
        self.n_begun += 1;
        if let Some(texts) = &mut self.texts {
            let most = self.service.limits.max_text_bytes;
            let new;
            (document, new) = texts.claim(document, most).await?;
            if !new {
                let done = Done {
                    index,
                    document_id: document.id,
                    date: document.date,
                    result: Err(Refusal::duplicate()),
                    _held: None,
                };
                self.working.push(Work::new(tokio::spawn(async { done })));
                return Ok(());
            }
        }
        let (service, deadline) = (self.service.clone(), self.deadline);
        let (scorer, wanted) = (Arc::clone(&self.scorer), Arc::clone(&self.wanted));
        let bytes = document.encoded_len();
        let admitted = service.engine.admit(bytes).ok();
        self.waits.send_replace(admitted.is_none());
        let waits = Arc::clone(&self.waits);
        let work = async move {
            let (document_id, date) = (document.id.clone(), document.date.clone());
            let read = async {
                let admitted = match admitted {
                    Some(admitted) => Ok(admitted),
                    None => service.wait(bytes).await,
                };
                waits.send_replace(false);
                let here = service.clone();
                let admitted = admitted?.lightly(wanted.sentences_only());
                let work = service.engine.run(admitted, deadline, move |workers| {
                    here.analysis(&scorer, &wanted, document, workers)
                });
                work.await?.map_err(|r| r.within("document"))
            };
            // Results wait for a caller who is slow to read.
            let kept = read.await.and_then(|analysis| {
                let held = service.room.hold(analysis.encoded_len())?;
                Ok((analysis, held))
            });
            let (result, held) = match kept {
                Ok((analysis, held)) => (Ok(analysis), Some(held)),
                Err(refusal) => (Err(refusal), None),
            };
            Done {
                index,
                document_id,
                date,
                result,
                _held: held,
            }
        };
        let spawned = tokio::spawn(work.in_current_span());
        self.working.push(Work::new(spawned));
        Ok(())
    }
}
