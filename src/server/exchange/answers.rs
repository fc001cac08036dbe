//! The batches that go back: what became of a caller's rows in, messages with stances or profiles out.
//!
//! Stances go out with the end of each of the caller's batches, and earlier where they are many; profiles, when all
//! rows are done, until when an empty batch answers each. What a reader would question: how many rows a batch answers
//! and which of them were no documents stands in its metadata, for a table has no room for it.

use super::command::Table;
use super::rows::Done;
use super::{Exchange, ROW_BYTES};
use crate::archive::{DocumentRows, Profiles, Reject, profile_batch, stance_batches};
use crate::server::arriving::Held;
use crate::server::refusal::Refusal;
use crate::wire::MAX_PROFILES;
use arrow::array::RecordBatch;
use arrow_flight::FlightData;
use arrow_flight::utils::batches_to_flight_data;
use tokio::sync::mpsc;
use tonic::{Code, Status};

/// Rows, of ours or of the caller's, and bytes that they hold, after which a batch goes out.
const ROWS: usize = 4_096;
const BYTES: usize = 16 << 20;

/// What goes back.
pub(super) struct Answer<'a> {
    exchange: &'a Exchange,
    answers: &'a mpsc::Sender<Result<FlightData, Status>>,
    pending: Vec<(DocumentRows, Held)>,
    n_pending: usize,
    pending_bytes: usize,
    profiles: Profiles,
    held: Held,
    /// Rows of the caller's that were answered since the last batch went out, and those that were rejected.
    n_rows: u64,
    rejects: Vec<Reject>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        exchange: &'a Exchange,
        answers: &'a mpsc::Sender<Result<FlightData, Status>>,
    ) -> Self {
        Self {
            exchange,
            answers,
            pending: Vec::new(),
            n_pending: 0,
            pending_bytes: 0,
            profiles: Profiles::default(),
            held: exchange.service.room.nothing(),
            n_rows: 0,
            rejects: Vec::new(),
        }
    }

    /// Sends the schema.
    pub(super) async fn begin(&self) -> Result<(), Status> {
        let schema = self.exchange.command.table.schema();
        let data = batches_to_flight_data(&schema, []).map_err(|_| Refusal::internal())?;
        for data in data {
            self.send(data).await;
        }
        Ok(())
    }

    /// Whoever does not listen any more is noticed elsewhere.
    async fn send(&self, data: FlightData) {
        let _closed = self.answers.send(Ok(data)).await;
    }

    pub(super) async fn take(&mut self, done: Done) -> Result<(), Status> {
        match done {
            Done::EndOfBatch => return self.flush().await,
            Done::Reject(reject) => self.rejects.push(reject),
            Done::Document(document, held) => match self.exchange.command.table {
                Table::Stances => {
                    self.n_pending += document.rows.len();
                    self.pending_bytes += held.bytes();
                    self.pending.push((document, held));
                }
                Table::Profiles => {
                    self.profiles.add(&document, self.exchange.command.period);
                    let n = self.profiles.len();
                    if n > MAX_PROFILES {
                        let message = format!("more than {MAX_PROFILES} different profiles");
                        let code = Code::ResourceExhausted;
                        return Err(Refusal::new(code, "TOO_MANY_PROFILES", message).into());
                    }
                    self.held.resize(n * ROW_BYTES)?;
                }
            },
        }
        self.n_rows += 1;
        let rows = self
            .n_pending
            .max(usize::try_from(self.n_rows).unwrap_or(usize::MAX));
        if rows >= ROWS || self.pending_bytes >= BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends what there is, with what was rejected.
    async fn flush(&mut self) -> Result<(), Status> {
        let model = self.exchange.scorer.model().identity();
        let (documents, held): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending).into_iter().unzip();
        (self.n_pending, self.pending_bytes) = (0, 0);
        let batches = match self.exchange.command.table {
            Table::Stances => stance_batches(&documents, &model),
            Table::Profiles => profile_batch(&[]).map(|batch| vec![batch]),
        };
        for batch in batches.map_err(|_| Refusal::internal())? {
            self.batch(&batch).await?;
        }
        drop(held);
        Ok(())
    }

    async fn batch(&mut self, batch: &RecordBatch) -> Result<(), Status> {
        let data =
            batches_to_flight_data(&batch.schema(), [batch]).map_err(|_| Refusal::internal())?;
        let told = serde_json::json!({"rows": self.n_rows, "rejects": self.rejects});
        (self.n_rows, self.rejects) = (0, Vec::new());
        // All but the schema, which went before.
        for data in data.into_iter().skip(1) {
            self.send(data.with_app_metadata(told.to_string())).await;
        }
        Ok(())
    }

    /// Sends the profiles.
    pub(super) async fn end(mut self) -> Result<(), Status> {
        let profiles: Vec<_> = std::mem::take(&mut self.profiles).finish().collect();
        for some in profiles.chunks(ROWS) {
            let batch = profile_batch(some).map_err(|_| Refusal::internal())?;
            self.batch(&batch).await?;
        }
        Ok(())
    }
}
