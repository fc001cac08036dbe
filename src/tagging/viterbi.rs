//! Tag probabilities -> the best sequence of tags.
//!
//! In go the probabilities of every word's tags, out comes a tag a word. What a reader would question: what BIO forbids
//! is excluded here and not by what sequences were counted, since every pair of tags is counted half a time more than
//! it was seen.

use super::Tagger;

impl Tagger {
    /// The best tag sequence under BIO: an inside tag only follows its own begin or inside.
    pub(super) fn decode(&self, probabilities: &[f64]) -> Vec<usize> {
        let n = self.layer.n_tags();
        let weight = f64::from(self.transition_weight);
        let local = |p: &[f64], tag: usize| {
            let bias = if tag == 0 {
                f64::from(self.outside_bias)
            } else {
                0.0
            };
            p[tag].max(1e-12).ln() + bias
        };
        let step = |row: usize, tag: usize| weight * f64::from(self.transitions[row * n + tag]);
        let mut back: Vec<usize> = Vec::with_capacity(probabilities.len());
        let mut best: Vec<f64> = Vec::new();
        for (word, p) in probabilities.chunks_exact(n).enumerate() {
            let mut next = vec![f64::NEG_INFINITY; n];
            for (tag, score) in next.iter_mut().enumerate() {
                let mut from = 0;
                if word == 0 {
                    if allowed(None, tag) {
                        *score = step(0, tag);
                    }
                } else {
                    for (previous, &before) in best.iter().enumerate() {
                        let candidate = before + step(1 + previous, tag);
                        if allowed(Some(previous), tag) && candidate > *score {
                            (*score, from) = (candidate, previous);
                        }
                    }
                }
                *score += local(p, tag);
                back.push(from);
            }
            best = next;
        }
        let mut tag = (0..best.len())
            .max_by(|&a, &b| best[a].total_cmp(&best[b]))
            .unwrap_or(0);
        let mut tags: Vec<usize> = back
            .chunks_exact(n)
            .rev()
            .map(|row| {
                let before = row[tag];
                std::mem::replace(&mut tag, before)
            })
            .collect();
        tags.reverse();
        tags
    }
}

fn allowed(previous: Option<usize>, tag: usize) -> bool {
    let inside = tag > 0 && tag.is_multiple_of(2);
    !inside || previous == Some(tag) || previous == Some(tag - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{Linear, softmax};
    use crate::tagging::Layer;

    /// A tagger whose word vectors are the logits of the tags themselves.
    fn mirror(layer: Layer, sequences: &[Vec<usize>]) -> Tagger {
        let n = layer.n_tags();
        let identity = (0..n * n)
            .map(|i| f32::from(u8::from(i / n == i % n)))
            .collect();
        let head = Linear::from_parts(n, identity, vec![0.0; n]).unwrap();
        Tagger::new(layer, head, sequences).unwrap()
    }

    fn decode(tagger: &Tagger, logits: &[[f64; 3]]) -> Vec<usize> {
        let p: Vec<f64> = logits
            .iter()
            .flat_map(|row| {
                let mut row = *row;
                softmax(&mut row);
                row
            })
            .collect();
        tagger.decode(&p)
    }

    #[test]
    fn inside_never_starts_a_span() {
        let tagger = mirror(Layer::Target, &[vec![0, 1, 2, 0]]).with_decoder(0.0, 0.0);
        // The classifier prefers inside (2) at the first word; begin is the best legal reading.
        assert_eq!(decode(&tagger, &[[0.0, 1.0, 3.0], [0.0, 0.0, 3.0]]), [1, 2]);
        assert_eq!(decode(&tagger, &[[3.0, 0.0, 0.0], [1.0, 0.9, 1.2]]), [0, 0]);
    }

    #[test]
    fn transitions_bridge_a_doubtful_word() {
        let long = vec![vec![1, 2, 2, 2, 0, 0, 1, 2, 2, 2]; 20];
        let logits = [[0.0, 3.0, 0.0], [0.6, 0.0, 0.5], [0.0, 0.0, 3.0]];
        let alone = mirror(Layer::Target, &long).with_decoder(0.0, 0.0);
        let weighed = mirror(Layer::Target, &long).with_decoder(1.0, 0.0);
        assert_eq!(decode(&weighed, &logits), [1, 2, 2]);
        assert_eq!(decode(&alone, &logits[..2]), [1, 0]);
    }

    #[test]
    fn bias_trades_precision_for_recall() {
        let tagger = mirror(Layer::Target, &[vec![0, 1, 0]]).with_decoder(0.0, 0.0);
        let logits = [[1.0, 0.5, 0.0]];
        assert_eq!(decode(&tagger, &logits), [0]);
        assert_eq!(decode(&tagger.with_decoder(0.0, -1.0), &logits), [1]);
    }

    #[test]
    fn no_words_no_tags() {
        assert!(decode(&mirror(Layer::Target, &[]), &[]).is_empty());
    }
}
