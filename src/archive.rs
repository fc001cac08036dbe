//! Archives: records of any number of files in, tables of stances and profiles out.
//!
//! In go files and folders of texts in the forms in which archives come; out come the tables `stances`, `profiles` and
//! `rejects` in a folder, written in parts, so that a run that was killed goes on where it was. What a reader would
//! question: the tables are Arrow's, whatever they are written as. So Parquet, JSON lines, CSV and Flight have one
//! schema, and one function makes the rows of each.

mod batches;
mod csv;
mod feeding;
mod folder;
mod inputs;
mod journal;
mod lines;
mod merging;
mod page;
mod partials;
mod parts;
mod profiles;
mod reader;
mod records;
mod rejects;
mod report;
mod run;
mod seen;
mod stances;
mod tables;
mod writing;

pub use batches::{TextColumns, table_columns};
pub use inputs::{ENDINGS, Form, Input, Packing, inputs, inputs_and_others};
pub use journal::Counts;
pub use merging::{merge, profile_files};
pub use page::page;
pub use profiles::{
    Merged, Pair, PairSums, Profiles, Stream, profile_batch, profile_schema, profiles_of,
};
pub use reader::Reader;
pub use records::{Columns, Field, Found, MAX_FIELD_BYTES, MAX_RECORD_BYTES, Record, Reject};
pub use rejects::{batch as reject_batch, schema as reject_schema};
pub use report::{Report, report};
pub use run::{Batch, Event, Progress, Summary, run};
pub use stances::{
    DocumentRows, MAX_SENTENCE_BYTES, Place, SCHEMA_VERSION, StanceRow, batches as stance_batches,
    rows as stance_rows, schema as stance_schema,
};

/// How tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, packed with Zstandard.
    Parquet,
    /// A JSON object a line; what is null is left out.
    Jsonl,
    /// Comma-separated, with a header.
    Csv,
}
