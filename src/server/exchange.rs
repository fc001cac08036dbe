//! The work of `DoExchange`: batches with texts as they come, batches of stances or profiles back.
//!
//! Rows are records as those of a file are; their documents are at work side by side, as many as a stream may have, and
//! come back in order, with a batch for every batch (or several, of some thousand rows). What a reader would question:
//! a batch is read only when all documents of the one before are at work. So a caller who sends faster than is scored
//! waits, and nothing piles up.

mod answers;
mod command;
mod rows;

pub(super) use command::{Command, Table};

use super::arriving::Held;
use super::refusal::Refusal;
use super::service::Service;
use crate::actors::Registry;
use crate::scorer::Scorer;
use answers::Answer;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use futures_util::future::FutureExt;
use futures_util::stream::{BoxStream, FuturesOrdered, StreamExt, TryStreamExt};
use rows::{Rows, Work};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tracing::Instrument;

/// Bytes that a row is taken to hold while it waits, beside its sentence.
const ROW_BYTES: usize = 512;

/// An exchange, set up.
struct Exchange {
    service: Service,
    scorer: Arc<Scorer>,
    command: Command,
    registry: Option<Registry>,
    deadline: Option<Instant>,
    /// Room for the command as long as the exchange lasts.
    _held: Held,
}

/// Answers an exchange.
pub(super) async fn answer(
    service: Service,
    mut command: Command,
    requests: BoxStream<'static, Result<FlightData, Status>>,
    deadline: Option<Instant>,
) -> Result<ReceiverStream<Result<FlightData, Status>>, Refusal> {
    let specs = std::mem::take(&mut command.actors);
    let bytes = specs
        .iter()
        .map(|spec| 512 + spec.name.len() + 64 * spec.aliases.len());
    let held = service.room.hold(bytes.sum())?;
    let registry = if specs.is_empty() {
        None
    } else {
        // Long lists take a while: not on the threads of the connections.
        let made = tokio::task::spawn_blocking(move || Registry::new(specs)).await;
        let made = made.map_err(|_| Refusal::internal())?;
        Some(made.map_err(|error| Refusal::from(error).within("descriptor.cmd"))?)
    };
    let exchange = Arc::new(Exchange {
        scorer: service.models.scorer(&command.model_sha256)?,
        service,
        command,
        registry,
        deadline,
        _held: held,
    });
    // One answer waits for the caller.
    let (answers, receiver) = mpsc::channel(1);
    let answered = async move {
        let ended = tokio::select! {
            ended = AssertUnwindSafe(exchange.run(requests, &answers)).catch_unwind() => {
                // A panic must not look like an end.
                ended.unwrap_or_else(|_| Err(Refusal::internal().into()))
            }
            // The caller left: its documents stop.
            () = answers.closed() => return,
        };
        if let Err(status) = ended {
            let _ = answers.send(Err(status)).await;
        }
    };
    tokio::spawn(answered.in_current_span());
    Ok(ReceiverStream::new(receiver))
}

/// A batch that cannot be read is the caller's fault; statuses of the connection stay what they are.
fn unread(error: FlightError) -> Status {
    if let FlightError::Tonic(status) = error {
        return *status;
    }
    Refusal::new(Code::InvalidArgument, "MALFORMED_BATCH", error.to_string()).into()
}

impl Exchange {
    async fn run(
        self: &Arc<Self>,
        requests: BoxStream<'static, Result<FlightData, Status>>,
        answers: &mpsc::Sender<Result<FlightData, Status>>,
    ) -> Result<(), Status> {
        let requests = requests.map_err(|status| FlightError::Tonic(Box::new(status)));
        let batches = FlightRecordBatchStream::new_from_flight_data(requests);
        // The decoder means to answer broken batches with errors; a panic must not be told as our own fault.
        let mut batches = AssertUnwindSafe(batches).catch_unwind();
        let mut answer = Answer::new(self, answers);
        answer.begin().await?;
        let mut stopping = self.service.stopping.clone();
        let most = self.service.limits.max_documents_per_stream;
        let mut rows: Option<Rows> = None;
        let mut working: FuturesOrdered<Work> = FuturesOrdered::new();
        let (mut open, mut n_rows, mut ended) = (true, 0, None);
        loop {
            let stopped = async { stopping.wait_for(|&stops| stops).await.is_ok() };
            let room = rows.is_none() && working.len() < most;
            let batch = tokio::select! {
                batch = batches.next(), if open && room => batch,
                // What was read is answered first.
                true = stopped, if open => {
                    (open, ended) = (false, Some(Refusal::stopping()));
                    continue;
                }
                Some(done) = working.next() => {
                    let done = done.map_err(|_| Refusal::internal())?;
                    answer.take(done?).await?;
                    self.begin_some(&mut rows, &mut working, most);
                    continue;
                }
                else => break,
            };
            match batch {
                None => open = false,
                Some(Err(_)) => {
                    let message = "a batch is broken";
                    return Err(
                        Refusal::new(Code::InvalidArgument, "MALFORMED_BATCH", message).into(),
                    );
                }
                Some(Ok(batch)) => {
                    let batch = batch.map_err(unread)?;
                    let next = self.rows(&batch, n_rows)?;
                    n_rows += next.n as u64;
                    rows = Some(next);
                    self.begin_some(&mut rows, &mut working, most);
                }
            }
        }
        match ended {
            Some(refusal) => Err(refusal.into()),
            None => answer.end().await,
        }
    }
}
