//! The rows of a caller's batch, each set to work in its turn: a batch in, of each row the stances of its document out,
//! or why it is turned away.
//!
//! What a reader would question: a document that is wrong, or that meets a bug of ours, is told among the rejects, and
//! the others go on. Only what would stop them as well, such as a server that is full, ends the exchange.

use super::{Exchange, ROW_BYTES};
use crate::archive::{
    Columns, DocumentRows, Found, MAX_SENTENCE_BYTES, Record, Reject, TextColumns, stance_rows,
    table_columns,
};
use crate::scorer::Options;
use crate::server::arriving::Held;
use crate::server::refusal::Refusal;
use arrow::array::RecordBatch;
use futures_util::stream::FuturesOrdered;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;
use tonic::Code;
use tracing::Instrument;

/// What the input of a row is called in its reject.
const INPUT: &str = "row";

/// The caller's batch that is at work: its rows are taken one by one, since as texts of their own they may be worth far
/// more bytes than the batch.
pub(super) struct Rows {
    texts: TextColumns,
    next: usize,
    pub(super) n: usize,
    /// Number of the first row in the exchange.
    first: u64,
    _held: Held,
}

/// What became of a row, or that those of a batch are over.
pub(super) enum Done {
    Document(DocumentRows, Held),
    Reject(Reject),
    EndOfBatch,
}

/// A row's work, which goes on by itself; dropped, it stops.
pub(super) type Work = AbortOnDropHandle<Result<Done, Refusal>>;

impl Exchange {
    /// The rows of a batch.
    pub(super) fn rows(&self, batch: &RecordBatch, first: u64) -> Result<Rows, Refusal> {
        let columns = Columns {
            given: self.command.columns.clone(),
        };
        let found = table_columns(&batch.schema(), &columns, "the option \"columns\"");
        let found = found.map_err(|message| Refusal::field("schema", message))?;
        // Its arrays lie within the bytes of its message, whatever they say of themselves.
        let most = self.service.limits.max_message_bytes;
        let held = self
            .service
            .room
            .hold(batch.get_array_memory_size().min(most))?;
        Ok(Rows {
            texts: TextColumns::of(batch, &found),
            next: 0,
            n: batch.num_rows(),
            first,
            _held: held,
        })
    }

    fn ready(&self, done: Done) -> Work {
        Work::new(tokio::spawn(async { Ok(done) }))
    }

    /// Sets rows to work while there is room; after the last one comes the end of its batch.
    pub(super) fn begin_some(
        self: &Arc<Self>,
        rows: &mut Option<Rows>,
        working: &mut FuturesOrdered<Work>,
        most: usize,
    ) {
        while working.len() < most
            && let Some(batch) = rows
        {
            if batch.next == batch.n {
                working.push_back(self.ready(Done::EndOfBatch));
                *rows = None;
                return;
            }
            let position = batch.first + batch.next as u64;
            let found = batch.texts.found(batch.next, INPUT, position);
            batch.next += 1;
            working.push_back(match found {
                Found::Reject(reject) => self.ready(Done::Reject(reject)),
                Found::Record(record) => {
                    let work = Arc::clone(self).score(record);
                    Work::new(tokio::spawn(work.in_current_span()))
                }
            });
        }
    }

    async fn score(self: Arc<Self>, mut record: Record) -> Result<Done, Refusal> {
        let (n_bytes, position) = (record.text.len(), record.position);
        let limit = self.service.limits.max_text_bytes;
        let reject = |document_id: String, reason: String| {
            Done::Reject(Reject {
                document_id,
                input: INPUT.to_owned(),
                position,
                reason,
            })
        };
        if n_bytes > limit {
            let reason = format!("text is {n_bytes} bytes, the limit is {limit}");
            return Ok(reject(record.id, reason));
        }
        let id = record.id.clone();
        let (date, source) = (record.date.take(), record.source.take());
        let admitted = self.service.wait(n_bytes).await?;
        let here = Arc::clone(&self);
        let work = self
            .service
            .engine
            .run(admitted, self.deadline, move |workers| {
                let speaker = here.command.speaker.as_deref();
                let document = record.document(here.command.transcript, speaker)?;
                let options = Options {
                    registry: here.registry.as_ref(),
                    only_given: here.command.only_given,
                    explain: false,
                    min_confidence: here.command.min_confidence,
                };
                let analysis =
                    here.service
                        .analysed(&here.scorer, &document, Some(options), workers)?;
                Ok::<_, Refusal>(stance_rows(&document, &analysis, here.command.sentences))
            });
        match work.await.and_then(|scored| scored) {
            Ok(rows) => {
                let text = n_bytes.min(rows.len() * MAX_SENTENCE_BYTES);
                let held = self.service.room.hold(rows.len() * ROW_BYTES + text)?;
                let document = DocumentRows {
                    document_id: id,
                    date,
                    source,
                    counts: true,
                    rows: Arc::new(rows),
                };
                Ok(Done::Document(document, held))
            }
            // Neither a wrong document nor a bug that it met ends the others.
            Err(refusal) if matches!(refusal.code, Code::InvalidArgument | Code::Internal) => {
                Ok(reject(id, refusal.message))
            }
            Err(refusal) => Err(refusal),
        }
    }
}
