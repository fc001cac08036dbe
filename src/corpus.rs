//! Labelled corpora: in go JSONL files, out come typed records with byte offsets.
//!
//! Four forms cover everything the heads learn from (docs/data.md shows each): *rows* (who stands
//! how toward whom, sentence by sentence), *targets* (sentence and target), *directed* (two bracketed
//! entities) and *attributions* (source, cue, content). Files count characters; what leaves here
//! counts bytes. A broken line is an error with its number: silently training on less is worse.

mod attributions;
mod held_out;
mod rows;
mod sentences;

pub use attributions::{
    AttributionText, EntitySpan, LabelledAttribution, SpanPieces, read_attributions,
};
pub use held_out::HeldOut;
pub use rows::{AUTHOR, LabelledRow, RowsText, read_rows};
pub use sentences::{DirectedSentence, TargetSentence, read_directed, read_targets};

use crate::document::{OffsetEncoding, OffsetMap};
use crate::error::{Error, Result};
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line accepted in a corpus, in bytes.
const MAX_LINE_BYTES: usize = 32 << 20;

/// Calls `each` with every line of a file (`.gz` is unpacked) and its number, from 1.
fn lines(path: &Path, mut each: impl FnMut(usize, &str) -> Result<()>) -> Result<()> {
    let io = |source| Error::Io {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let plain: Box<dyn Read> = if packed {
        Box::new(GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut reader = BufReader::new(plain);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        let n = reader
            .by_ref()
            .take(MAX_LINE_BYTES as u64)
            .read_line(&mut line)
            .map_err(io)?;
        if n == 0 {
            break;
        }
        if n == MAX_LINE_BYTES {
            return Err(broken(
                path,
                number,
                format!("line is over {MAX_LINE_BYTES} bytes"),
            ));
        }
        let content = line.trim_end_matches(['\n', '\r']);
        if !content.trim().is_empty() {
            each(number, content)?;
        }
    }
    Ok(())
}

pub(crate) fn records<T: DeserializeOwned>(
    path: &Path,
    mut each: impl FnMut(usize, T) -> Result<()>,
) -> Result<()> {
    lines(path, |number, line| {
        let record = serde_json::from_str(line).map_err(|e| broken(path, number, e.to_string()))?;
        each(number, record)
    })
}

pub(crate) fn broken(path: &Path, line: usize, message: impl Into<String>) -> Error {
    Error::Corpus {
        file: path.display().to_string(),
        line,
        message: message.into(),
    }
}

/// A range of characters as a range of bytes of `text`.
fn bytes_of(text: &str, [start, end]: [usize; 2]) -> Option<(usize, usize)> {
    let map = OffsetMap::new(text, OffsetEncoding::Utf32);
    let range = (map.to_bytes(start)?, map.to_bytes(end)?);
    (range.0 <= range.1).then_some(range)
}
