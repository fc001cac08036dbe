//! Attention, one window at a time.
//!
//! In go query, key and value of a window's tokens, out comes what each head gives for them. What a reader would
//! question: it is in f32. Its two products are a thirteenth of the work of a long window, and what softmax makes of a
//! rounded score is the least predictable error of all.

use super::Forward;
use rten_gemm::{GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::{Isa, SimdOp};
use rten_tensor::{Matrix as View, NdTensorView};
use rten_vecmath::Softmax;

impl Forward {
    /// What each head gives for one window, one head after the other.
    pub(super) fn attend(
        &self,
        qkv: &[f32],
        scores: &mut Vec<f32>,
        context: &mut Vec<f32>,
        plain: &GemmExecutor<f32>,
    ) -> std::result::Result<(), GemmError> {
        let frame = &self.frame;
        let (w, d) = (frame.width, frame.width / frame.heads);
        let n = qkv.len() / (3 * w);
        let reach = frame.n_positions();
        scores.resize(n * n, 0.0);
        context.resize(n * w, 0.0);
        let part = |start: usize| -> View<'_, f32> {
            let rows = NdTensorView::from_data([n, 3 * w], qkv);
            rows.slice((.., start..start + d))
        };
        for (head, context) in context.chunks_exact_mut(n * d).enumerate() {
            let (query, key) = (part(head * d), part(w + head * d));
            let value = part(2 * w + head * d);
            // What is added to the scores stands there before them.
            if let Some(distances) = &frame.distances {
                let own = &distances[head * (2 * reach - 1)..];
                for (i, row) in scores.chunks_exact_mut(n).enumerate() {
                    row.copy_from_slice(&own[reach - 1 - i..][..n]);
                }
            }
            let options = GemmOptions {
                alpha: 1.0 / (d as f32).sqrt(),
                beta: if frame.distances.is_some() { 1.0 } else { 0.0 },
                ..GemmOptions::default()
            };
            let turned = GemmInputB::Unpacked(key.transposed());
            plain.gemm(scores, GemmInputA::Unpacked(query), turned, options)?;
            SoftmaxRows { scores, n }.dispatch();
            let scores = NdTensorView::from_data([n, n], scores.as_slice());
            plain.gemm(
                context,
                GemmInputA::Unpacked(scores),
                GemmInputB::Unpacked(value),
                GemmOptions::default(),
            )?;
        }
        Ok(())
    }
}

/// Softmax of every row of a square matrix, in place.
struct SoftmaxRows<'a> {
    scores: &'a mut [f32],
    n: usize,
}

impl SimdOp for SoftmaxRows<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        for row in self.scores.chunks_exact_mut(self.n) {
            Softmax::new_mut(row).eval(isa);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::forward::numbers;
    use crate::encoder::weights::{Frame, Norm};

    #[test]
    fn attention_is_that_of_the_formula_with_and_without_distances() {
        let (w, heads, n, reach) = (64, 4, 7, 9);
        let d = w / heads;
        let small = |n| -> Vec<f32> { numbers(n).map(|x| x as f32 / 128.0 - 1.0).collect() };
        let qkv = small(n * 3 * w);
        let table = small(heads * (2 * reach - 1));
        for distances in [None, Some(table)] {
            let frame = Frame {
                width: w,
                heads,
                epsilon: 1e-5,
                pieces: Vec::new(),
                piece_scales: Vec::new(),
                positions: vec![0.0; reach * w],
                distances,
                norm: Norm {
                    gain: Vec::new(),
                    bias: Vec::new(),
                },
            };
            let forward = Forward {
                frame,
                layers: Vec::new(),
            };
            let (mut scores, mut context) = (Vec::new(), Vec::new());
            let plain = GemmExecutor::default();
            forward
                .attend(&qkv, &mut scores, &mut context, &plain)
                .unwrap();
            let part = |token: usize, of: usize, head: usize| {
                &qkv[token * 3 * w + of * w + head * d..][..d]
            };
            for (head, query) in (0..heads).flat_map(|h| (0..n).map(move |q| (h, q))) {
                let weights: Vec<f32> = (0..n)
                    .map(|key| {
                        let (q, k) = (part(query, 0, head), part(key, 1, head));
                        let product: f32 = q.iter().zip(k).map(|(a, b)| a * b).sum();
                        let at = head * (2 * reach - 1) + reach - 1 + key - query;
                        let added = forward.frame.distances.as_ref().map_or(0.0, |all| all[at]);
                        (product / (d as f32).sqrt() + added).exp()
                    })
                    .collect();
                let total: f32 = weights.iter().sum();
                for i in 0..d {
                    let values = (0..n).map(|key| weights[key] * part(key, 2, head)[i]);
                    let expected = values.sum::<f32>() / total;
                    let found = context[(head * n + query) * d + i];
                    assert!(
                        (found - expected).abs() < 1e-5,
                        "head {head}, query {query}: {found}, not {expected}"
                    );
                }
            }
        }
    }
}
