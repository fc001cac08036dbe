//! Sentences -> windows: in go the word pieces of consecutive sentences, out come runs of token ids
//! of at most [`MAX_PIECES`], start and end marks included.
//!
//! A sentence is split only when it alone is longer than a window; then its pieces overlap by
//! [`OVERLAP`] so that every word is read with context on both sides somewhere, and the caller
//! averages what was read twice.

use super::vocabulary::Pieces;
use std::ops::Range;

/// Longest window in word pieces, marks included. The encoder was trained on this length.
pub const MAX_PIECES: usize = 192;

/// Pieces that two windows of one long sentence share.
const OVERLAP: usize = 48;

/// A part of a window that comes from one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Number of the sentence.
    pub sentence: usize,
    /// Its pieces that stand in this window.
    pub pieces: Range<usize>,
}

/// Token ids that are read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Token ids, marks included.
    pub ids: Vec<u32>,
    /// Where the ids between the marks come from, in order.
    pub parts: Vec<Part>,
}

/// Packs consecutive sentences into windows, in order, each between the two `marks` (token ids of
/// its start and end). Sentences without pieces stand in none.
#[must_use]
pub fn pack(sentences: &[Pieces], marks: (u32, u32)) -> Vec<Window> {
    const ROOM: usize = MAX_PIECES - 2;
    let mut windows = Vec::new();
    let mut open: Vec<Part> = Vec::new();
    let mut filled = 0;
    for (sentence, pieces) in sentences.iter().enumerate() {
        let n = pieces.ids.len();
        if n == 0 {
            continue;
        }
        if filled + n > ROOM {
            close(&mut windows, &mut open, sentences, marks);
            filled = 0;
        }
        if n <= ROOM {
            open.push(Part {
                sentence,
                pieces: 0..n,
            });
            filled += n;
            continue;
        }
        let mut start = 0;
        loop {
            let end = (start + ROOM).min(n);
            open.push(Part {
                sentence,
                pieces: start..end,
            });
            close(&mut windows, &mut open, sentences, marks);
            if end == n {
                break;
            }
            start = end - OVERLAP;
        }
    }
    close(&mut windows, &mut open, sentences, marks);
    windows
}

fn close(windows: &mut Vec<Window>, open: &mut Vec<Part>, sentences: &[Pieces], marks: (u32, u32)) {
    if open.is_empty() {
        return;
    }
    let parts = std::mem::take(open);
    let between = parts.iter().flat_map(|part| {
        sentences[part.sentence].ids[part.pieces.clone()]
            .iter()
            .copied()
    });
    let ids = std::iter::once(marks.0)
        .chain(between)
        .chain([marks.1])
        .collect();
    windows.push(Window { ids, parts });
}

/// Windows that follow each other, in batches of at most so many word pieces; one that is longer is alone.
pub(super) fn batches<W>(
    windows: &[W],
    most: usize,
    length: impl Fn(&W) -> usize,
) -> impl Iterator<Item = &[W]> {
    let mut rest = windows;
    std::iter::from_fn(move || {
        let mut filled = 0;
        let more = |window: &&W| {
            filled += length(window);
            filled <= most
        };
        let n = rest.iter().take_while(more).count().max(1);
        rest.split_off(..n.min(rest.len()))
            .filter(|batch| !batch.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: (u32, u32) = (101, 102);

    fn pieces(n: usize) -> Pieces {
        Pieces {
            ids: (0..n as u32).map(|i| 1000 + i).collect(),
            word_of: (0..n).collect(),
            words: Vec::new(),
        }
    }

    #[test]
    fn every_piece_stands_in_a_window() {
        for lengths in [
            vec![],
            vec![0],
            vec![1],
            vec![190],
            vec![191],
            vec![100, 90, 1],
            vec![30, 700, 0, 20],
        ] {
            let sentences: Vec<Pieces> = lengths.iter().map(|&n| pieces(n)).collect();
            let windows = pack(&sentences, MARKS);
            let mut seen: Vec<Vec<u32>> = lengths.iter().map(|&n| vec![0; n]).collect();
            for window in &windows {
                assert!(window.ids.len() <= MAX_PIECES && window.ids.len() > 2);
                assert_eq!((window.ids[0], window.ids[window.ids.len() - 1]), MARKS);
                let total: usize = window.parts.iter().map(|p| p.pieces.len()).sum();
                assert_eq!(total + 2, window.ids.len());
                for part in &window.parts {
                    part.pieces
                        .clone()
                        .for_each(|i| seen[part.sentence][i] += 1);
                }
            }
            for (sentence, &n) in seen.iter().zip(&lengths) {
                let most = if n > MAX_PIECES - 2 { 2 } else { 1 };
                assert!(
                    sentence.iter().all(|&c| (1..=most).contains(&c)),
                    "{lengths:?}"
                );
            }
        }
    }

    #[test]
    fn batches_hold_every_window_in_order() {
        for (lengths, expected) in [
            (vec![], vec![]),
            (vec![3, 4, 3, 1], vec![vec![3, 4, 3], vec![1]]),
            (vec![30, 1, 9, 1], vec![vec![30], vec![1, 9], vec![1]]),
            (vec![5, 6], vec![vec![5], vec![6]]),
        ] {
            let found: Vec<&[usize]> = batches(&lengths, 10, |&n| n).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn short_sentences_share_a_window() {
        let windows = pack(&[pieces(100), pieces(90), pieces(1)], MARKS);
        let sentences: Vec<Vec<usize>> = windows
            .iter()
            .map(|w| w.parts.iter().map(|p| p.sentence).collect())
            .collect();
        assert_eq!(sentences, [vec![0, 1], vec![2]]);
    }
}
