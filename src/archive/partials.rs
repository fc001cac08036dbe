//! The profiles of a part on disk, until the run's are merged.
//!
//! Sorted JSON lines, packed. What a reader would question: not Parquet. A merge holds the streams of many parts open at
//! once, and a packed stream of lines takes some ten thousand bytes of memory where a row group takes millions.

use super::profiles::{Merged, PairSums, Stream};
use super::writing::{appear, io, unfinished};
use crate::error::{Error, Result};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Streams that are merged at once; more are merged in rounds.
pub(super) const AT_ONCE: usize = 64;

/// The file of a part's profiles.
pub(super) fn name(part: usize) -> String {
    format!("profiles-{part:06}.jsonl.gz")
}

/// Writes sorted profiles.
pub(super) fn write(path: &Path, profiles: impl Iterator<Item = Result<PairSums>>) -> Result<()> {
    let unfinished = unfinished(path);
    let file = File::create(&unfinished).map_err(|error| io(&unfinished, error))?;
    let mut to = GzEncoder::new(BufWriter::new(file), Compression::fast());
    for profile in profiles {
        let line = serde_json::to_string(&profile?).map_err(|error| Error::Internal {
            message: error.to_string(),
        })?;
        writeln!(to, "{line}").map_err(|error| io(path, error))?;
    }
    let inner = to
        .finish()
        .and_then(|to| to.into_inner().map_err(std::io::IntoInnerError::into_error));
    appear(&inner.map_err(|error| io(path, error))?, path)
}

/// Reads sorted profiles.
fn read(path: &Path) -> Result<Stream> {
    let file = File::open(path).map_err(|error| io(path, error))?;
    let lines = BufReader::new(GzDecoder::new(BufReader::new(file))).lines();
    let path = path.to_owned();
    Ok(Box::new(lines.zip(1..).map(move |(line, number)| {
        let line = line.map_err(|error| io(&path, error))?;
        serde_json::from_str(&line).map_err(|error| Error::Corpus {
            file: path.display().to_string(),
            line: number,
            message: error.to_string(),
        })
    })))
}

/// The profiles of many files, each pair once; `folder` holds what is merged in between.
pub(super) fn merged(mut paths: Vec<PathBuf>, folder: &Path) -> Result<Merged> {
    let streams = |paths: &[PathBuf]| paths.iter().map(|path| read(path)).collect::<Result<_>>();
    let mut round = 0;
    while paths.len() > AT_ONCE {
        let mut fewer = Vec::new();
        for some in paths.chunks(AT_ONCE) {
            let path = folder.join(format!("merged-{round}-{:06}.jsonl.gz", fewer.len()));
            write(&path, Merged::new(streams(some)?)?)?;
            fewer.push(path);
        }
        paths = fewer;
        round += 1;
    }
    Merged::new(streams(&paths)?)
}

#[cfg(test)]
mod tests {
    use super::super::profiles::Pair;
    use super::*;
    use crate::profile::ProfileSums;

    fn one(speaker: usize, name: &str) -> PairSums {
        PairSums {
            pair: Pair {
                speaker_id: format!("s{speaker:03}"),
                actor_id: "a".to_owned(),
                period: None,
            },
            speaker_name: name.to_owned(),
            actor_name: "A".to_owned(),
            n_documents: 1,
            sums: ProfileSums {
                n_favour: 1,
                favour: 1 << 31,
                neutral: 7,
                ..ProfileSums::default()
            },
        }
    }

    #[test]
    fn many_parts_are_merged_in_rounds() {
        let folder = std::env::temp_dir().join(format!("stance-partials-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let n = 2 * AT_ONCE + 3;
        let mut paths = Vec::new();
        for part in 0..n {
            let path = folder.join(name(part));
            // Every part has the first speaker, and each one of its own.
            let profiles = [one(0, ["Ruiz", "Ana Ruiz"][part % 2]), one(part + 1, "B")];
            write(&path, profiles.into_iter().map(Ok)).unwrap();
            paths.push(path);
        }
        let all: Vec<PairSums> = merged(paths, &folder)
            .unwrap()
            .collect::<Result<_>>()
            .unwrap();
        assert_eq!(all.len(), n + 1);
        assert!(all.is_sorted_by(|a, b| a.pair < b.pair));
        let first = &all[0];
        assert_eq!(
            (first.speaker_name.as_str(), first.n_documents),
            ("Ana Ruiz", n as u64)
        );
        assert_eq!(
            (first.sums.n_favour, first.sums.neutral),
            (n as u64, 7 * n as i64)
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn unsorted_profiles_are_noticed() {
        let stream = |speakers: [usize; 3]| -> Stream {
            Box::new(speakers.into_iter().map(|speaker| Ok(one(speaker, "B"))))
        };
        let merge = |streams| Merged::new(streams).unwrap().collect::<Result<Vec<_>>>();
        assert_eq!(
            merge(vec![stream([1, 2, 3]), stream([0, 2, 4])])
                .unwrap()
                .len(),
            5
        );
        let error = merge(vec![stream([1, 3, 2]), stream([0, 2, 4])]).unwrap_err();
        assert!(error.to_string().contains("are not sorted"), "{error}");
    }
}
