//! Streams of documents: read as they come, worked on side by side, answered.
//!
//! An [`Intake`] reads a stream's messages, [`Documents`] holds what is at work, and here `AnalyzeStream` has its
//! answers. What a reader would question: one answer at a time waits for the caller, the others where their documents
//! were at work. Of a caller who does not read its answers nothing more is read, either.

mod documents;

pub(super) use documents::{Documents, Done, Event};

use super::intake::{Intake, Part};
use super::service::Service;
use crate::wire::messages as m;
use m::{analyze_stream_request, analyze_stream_response};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;

/// Answers a stream of documents.
pub(super) fn analyze(
    service: Service,
    requests: Streaming<m::AnalyzeStreamRequest>,
    deadline: Option<Instant>,
) -> ReceiverStream<Result<m::AnalyzeStreamResponse, Status>> {
    // One answer waits for the caller, the others in `Documents`.
    let (answers, receiver) = mpsc::channel(1);
    let answered = async move {
        let done = answer(service, requests, deadline, &answers);
        let ended = tokio::select! {
            ended = done => ended,
            // The caller left: dropping `done` stops its documents.
            () = answers.closed() => return,
        };
        if let Err(status) = ended {
            let _ = answers.send(Err(status)).await;
        }
    };
    tokio::spawn(answered.in_current_span());
    ReceiverStream::new(receiver)
}

async fn answer(
    service: Service,
    requests: Streaming<m::AnalyzeStreamRequest>,
    deadline: Option<Instant>,
    answers: &mpsc::Sender<Result<m::AnalyzeStreamResponse, Status>>,
) -> Result<(), Status> {
    use analyze_stream_request::Item;
    let (mut intake, start) = Intake::open(requests, |request| {
        Some(match request.item? {
            Item::Start(start) => Part::Start(start),
            Item::Document(document) => Part::Document(document),
        })
    })
    .await?;
    let wanted = service.wanted(start.options, deadline).await;
    let wanted = wanted.map_err(|r| r.within("start.options"))?;
    let scorer = service.models.scorer(&wanted.model_sha256)?;
    let mut documents = Documents::new(service, scorer, wanted, deadline, start.ordered);
    while let Some(event) = documents.next(&mut intake).await? {
        match event {
            Event::Document(document) => documents.begin(document).await?,
            Event::Done(done) => {
                if answers.send(Ok(response(done))).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

fn response(done: Done) -> m::AnalyzeStreamResponse {
    use analyze_stream_response::Result as Answer;
    m::AnalyzeStreamResponse {
        index: done.index,
        document_id: done.document_id,
        result: Some(match done.result {
            Ok(analysis) => Answer::Analysis(analysis),
            Err(refusal) => Answer::Error(refusal.into_document_error()),
        }),
    }
}
