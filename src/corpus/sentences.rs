//! Single sentences: with labelled targets (NewsMTSC's form), or with two bracketed entities and how
//! one stands toward the other (DSE's form).

use super::{broken, bytes_of, lines, records};
use crate::error::Result;
use crate::stance::Stance;
use serde::Deserialize;
use std::path::Path;

/// A sentence and the sentiment it expresses toward its targets, whoever voices it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetSentence {
    /// The sentence.
    pub text: String,
    /// Byte range and label of each target.
    pub targets: Vec<((usize, usize), Stance)>,
}

/// A sentence with two entities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectedSentence {
    /// The sentence, without brackets.
    pub text: String,
    /// Byte range of the first named entity.
    pub p: (usize, usize),
    /// Byte range of the second.
    pub q: (usize, usize),
    /// 0 neutral, 1 p likes q, 2 q likes p, 3 p against q, 4 q against p.
    pub class: usize,
}

#[derive(Deserialize)]
struct RawSentence {
    sentence_normalized: String,
    targets: Vec<RawTarget>,
}

#[derive(Deserialize)]
struct RawTarget {
    from: usize,
    to: usize,
    polarity: f64,
}

/// Reads a file of sentences with targets (`polarity` 2 against, 4 neutral, 6 favour).
///
/// # Errors
///
/// As [`read_rows`](super::read_rows).
pub fn read_targets(path: &Path) -> Result<Vec<TargetSentence>> {
    let mut sentences = Vec::new();
    records(path, |line, raw: RawSentence| {
        let mut targets = Vec::with_capacity(raw.targets.len());
        for (i, target) in raw.targets.iter().enumerate() {
            let label = if target.polarity == 2.0 {
                Stance::Against
            } else if target.polarity == 4.0 {
                Stance::Neutral
            } else if target.polarity == 6.0 {
                Stance::Favour
            } else {
                let message = format!(
                    "targets[{i}].polarity is {}, it must be 2, 4 or 6",
                    target.polarity
                );
                return Err(broken(path, line, message));
            };
            let span =
                bytes_of(&raw.sentence_normalized, [target.from, target.to]).ok_or_else(|| {
                    broken(path, line, format!("targets[{i}] is outside its sentence"))
                })?;
            targets.push((span, label));
        }
        sentences.push(TargetSentence {
            text: raw.sentence_normalized,
            targets,
        });
        Ok(())
    })?;
    Ok(sentences)
}

/// Reads a tab-separated file: sentence with `[p]` and `[q]` in brackets, p, q, class.
///
/// # Errors
///
/// As [`read_rows`](super::read_rows).
pub fn read_directed(path: &Path) -> Result<Vec<DirectedSentence>> {
    let mut sentences = Vec::new();
    lines(path, |number, line| {
        let fail = |message: &str| broken(path, number, message);
        let [marked, p, q, class] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(fail("there must be four columns"));
        };
        let class = class
            .parse()
            .ok()
            .filter(|class| *class < 5)
            .ok_or_else(|| fail("class must be 0 to 4"))?;
        let mut text = String::with_capacity(marked.len());
        let mut spans = Vec::new();
        let mut open = None;
        for c in marked.chars() {
            match c {
                '[' => open = Some(text.len()),
                ']' => spans.extend(open.take().map(|start| (start, text.len()))),
                other => text.push(other),
            }
        }
        let [first, second] = spans[..] else {
            return Err(fail("there must be two entities in brackets"));
        };
        let surface = |span: (usize, usize)| text.get(span.0..span.1).unwrap_or("");
        let in_order = surface(first) == p || surface(second) == q;
        let (p, q) = if in_order {
            (first, second)
        } else {
            (second, first)
        };
        sentences.push(DirectedSentence { text, p, q, class });
        Ok(())
    })?;
    Ok(sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_become_ranges() {
        let dir = std::env::temp_dir().join(format!("stance-directed-{}", std::process::id()));
        std::fs::write(
            &dir,
            "The [Maar Unio]n thanked [Élan].\tMaar Unio\tÉlan\t1\nno brackets\ta\tb\t0\n",
        )
        .unwrap();
        let error = read_directed(&dir).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        std::fs::write(
            &dir,
            "The [Maar Unio]n thanked [Élan].\tMaar Unio\tÉlan\t1\n",
        )
        .unwrap();
        let read = read_directed(&dir).unwrap();
        assert_eq!(read[0].text, "The Maar Union thanked Élan.");
        assert_eq!(
            (read[0].p, read[0].q, read[0].class),
            ((4, 13), (23, 28), 1)
        );
        std::fs::remove_file(&dir).unwrap();
    }
}
