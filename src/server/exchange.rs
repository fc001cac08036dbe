//! The work of `DoExchange`: batches with texts as they come, batches of stances or profiles back.
//!
//! Rows are records as those of a file are; their documents are at work side by side, as many as a stream may have, and
//! come back in order, with a batch for every batch (or several, of some thousand rows). What is no document is told in
//! the metadata of the batch that answers its own. What a reader would question: a batch is read only when all documents
//! of the one before are at work. So a caller who sends faster than is scored waits, and nothing piles up.

use super::arriving::Held;
use super::refusal::Refusal;
use super::service::Service;
use crate::actors::Registry;
use crate::actors::registry::ActorSpec;
use crate::archive::{
    Columns, DocumentRows, Field, Found, MAX_SENTENCE_BYTES, Profiles, Record, Reject, TextColumns,
    profile_batch, profile_schema, stance_batches, stance_rows, stance_schema, table_columns,
};
use crate::profile::Period;
use crate::scorer::{Options, Scorer};
use crate::wire::MAX_PROFILES;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::utils::batches_to_flight_data;
use futures_util::future::FutureExt;
use futures_util::stream::{BoxStream, FuturesOrdered, StreamExt, TryStreamExt};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Code, Status};
use tracing::Instrument;

/// Rows, of ours or of the caller's, and bytes that they hold, after which a batch goes out.
const ROWS: usize = 4_096;
const BYTES: usize = 16 << 20;

/// The longest command: ten thousand actors with their aliases.
const MAX_COMMAND_BYTES: usize = 4 << 20;

/// Bytes that a row is taken to hold while it waits, beside its sentence.
const ROW_BYTES: usize = 512;

/// A table that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Table {
    Stances,
    Profiles,
}

impl Table {
    pub(super) const ALL: [Self; 2] = [Self::Stances, Self::Profiles];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stances => "stances",
            Self::Profiles => "profiles",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self, Refusal> {
        let found = Self::ALL.into_iter().find(|table| table.name() == name);
        found.ok_or_else(|| {
            let message = format!("{name:?} is no table, there are stances and profiles");
            Refusal::field("descriptor.path", message)
        })
    }

    pub(super) fn schema(self) -> SchemaRef {
        match self {
            Self::Stances => stance_schema(),
            Self::Profiles => profile_schema(),
        }
    }
}

/// What is wanted of an exchange.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    pub(super) table: Table,
    /// Names of columns, by field.
    #[serde(default)]
    columns: BTreeMap<Field, String>,
    #[serde(default)]
    period: Option<Period>,
    #[serde(default = "yes")]
    sentences: bool,
    #[serde(default)]
    min_confidence: f64,
    #[serde(default)]
    transcript: bool,
    #[serde(default)]
    speaker: Option<String>,
    /// As in the file of `--actors`.
    #[serde(default)]
    actors: Vec<ActorSpec>,
    #[serde(default)]
    only_given: bool,
    #[serde(default)]
    model_sha256: String,
}

fn yes() -> bool {
    true
}

impl Command {
    /// A table with all defaults.
    pub(super) fn of(table: Table) -> Self {
        Self {
            table,
            columns: BTreeMap::new(),
            period: None,
            sentences: true,
            min_confidence: 0.0,
            transcript: false,
            speaker: None,
            actors: Vec::new(),
            only_given: false,
            model_sha256: String::new(),
        }
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        if json.len() > MAX_COMMAND_BYTES {
            let message = format!("{} bytes, the limit is {MAX_COMMAND_BYTES}", json.len());
            return Err(Refusal::field("descriptor.cmd", message));
        }
        let command: Self = serde_json::from_slice(json)
            .map_err(|error| Refusal::field("descriptor.cmd", format!("is no command: {error}")))?;
        if !(0.0..=1.0).contains(&command.min_confidence) {
            let message = format!("{}, it must be 0 to 1", command.min_confidence);
            return Err(Refusal::field("descriptor.cmd.min_confidence", message));
        }
        if command.only_given && command.actors.is_empty() {
            let message = "no actors are given, so none could be found";
            return Err(Refusal::field("descriptor.cmd.only_given", message));
        }
        Ok(command)
    }
}

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

/// The caller's batch that is at work: its rows are taken one by one, since as texts of their own they may be worth far
/// more bytes than the batch.
struct Rows {
    texts: TextColumns,
    next: usize,
    n: usize,
    /// Number of the first row in the exchange.
    first: u64,
    _held: Held,
}

/// What became of a row, or that those of a batch are over.
enum Done {
    Document(DocumentRows, Held),
    Reject(Reject),
    EndOfBatch,
}

/// A row's work, which goes on by itself; dropped, it stops.
type Work = AbortOnDropHandle<Result<Done, Refusal>>;

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

    /// The rows of a batch.
    fn rows(&self, batch: &RecordBatch, first: u64) -> Result<Rows, Refusal> {
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
    fn begin_some(
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
            let found = batch.texts.found(batch.next, "row", position);
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
        let n_bytes = record.text.len();
        let limit = self.service.limits.max_text_bytes;
        let reject = |id: &str, reason: String| {
            Ok(Done::Reject(Reject {
                document_id: id.to_owned(),
                input: "row".to_owned(),
                position: record.position,
                reason,
            }))
        };
        if n_bytes > limit {
            return reject(
                &record.id,
                format!("text is {n_bytes} bytes, the limit is {limit}"),
            );
        }
        let (id, date) = (record.id.clone(), record.date.take());
        let (source, position) = (record.source.take(), record.position);
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
                Ok(Done::Reject(Reject {
                    document_id: id,
                    input: "row".to_owned(),
                    position,
                    reason: refusal.message,
                }))
            }
            Err(refusal) => Err(refusal),
        }
    }
}

/// What goes back.
struct Answer<'a> {
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
    fn new(exchange: &'a Exchange, answers: &'a mpsc::Sender<Result<FlightData, Status>>) -> Self {
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
    async fn begin(&self) -> Result<(), Status> {
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

    async fn take(&mut self, done: Done) -> Result<(), Status> {
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
    async fn end(mut self) -> Result<(), Status> {
        let profiles: Vec<_> = std::mem::take(&mut self.profiles).finish().collect();
        for some in profiles.chunks(ROWS) {
            let batch = profile_batch(some).map_err(|_| Refusal::internal())?;
            self.batch(&batch).await?;
        }
        Ok(())
    }
}
