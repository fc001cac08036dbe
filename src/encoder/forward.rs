//! The forward pass of the network on bytes.
//!
//! In go windows of token ids, out come their vectors. The tokens of all windows are the rows of one matrix for every
//! linear layer, without padding; only attention goes window by window. Linear layers multiply unsigned bytes with
//! signed ones (`rten-gemm`, which picks VNNI, AVX2 or NEON when it runs) and their sums are whole numbers, so a token's
//! do not depend on the other rows; everything between is in f32, row by row (`rows.rs`). What a reader would question:
//! attention is in f32. Its two products are a thirteenth of the work of a long window, and what softmax makes of a
//! rounded score is the least predictable error of all.

use super::rows::{
    AddAndNorm, Bytes, Columns, Dequantise, GatherHeads, GeluQuantise, LANES, NormOnly, Sums,
};
use super::weights::{Frame, LayerWeights, Matrix, Norm, Weights};
use crate::error::{Error, Result};
use rten_gemm::{GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::{Isa, SimdOp};
use rten_tensor::{Matrix as View, NdTensorView};
use rten_vecmath::Softmax;
use std::ops::Range;

/// Rows of a linear layer that are multiplied at a time: their sums stay in the cache until they are read, and it is a
/// multiple of the rows of every kernel's tile.
const BLOCK: usize = 48;

type Bytewise = GemmExecutor<u8, i8, i32>;

/// The network, its matrices packed for this machine; shared by all workers.
pub(super) struct Forward {
    frame: Frame,
    layers: Vec<Layer>,
}

struct Layer {
    qkv: Linear,
    seen: Linear,
    seen_norm: Norm,
    wide: Linear,
    narrow: Linear,
    norm: Norm,
}

struct Linear {
    packed: PackedBMatrix<i8>,
    columns: Columns,
}

/// What a pass writes to; a worker keeps one.
#[derive(Default)]
pub(super) struct Buffers {
    /// What every token is so far, and bytes of it.
    rows: Vec<f32>,
    bytes: Bytes,
    /// Query, key and value of every token.
    qkv: Vec<f32>,
    /// What one head sees: a row a token, a column a token.
    scores: Vec<f32>,
    /// What every head of a window gives, one head after the other; bytes of it for every token.
    context: Vec<f32>,
    context_bytes: Bytes,
    /// Of one block of tokens.
    sums: Vec<i32>,
    wide_bytes: Bytes,
    /// One row.
    row: Vec<f32>,
}

impl Forward {
    /// Packs the weights.
    pub(super) fn new(weights: Weights) -> Result<Self> {
        let kernel = Bytewise::default();
        let Weights { frame, layers } = weights;
        let widths = layers.iter().map(|layer| layer.wide.scales.len());
        if let Some(odd) = widths
            .chain([frame.width])
            .find(|n| !n.is_multiple_of(LANES))
        {
            return Err(Error::Encoder {
                message: format!("a layer is {odd} wide, a multiple of {LANES} is expected"),
            });
        }
        Ok(Self {
            frame,
            layers: layers
                .into_iter()
                .map(|layer| Layer::new(&kernel, layer))
                .collect(),
        })
    }

    /// What is not in layers.
    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The vectors of windows, row-major, a row an id. Every id is below [`Frame::n_pieces`], and no window is longer
    /// than [`Frame::n_positions`].
    pub(super) fn run(&self, windows: &[&[u32]], buffers: &mut Buffers) -> Result<Vec<Vec<f32>>> {
        self.embed(windows, buffers);
        let kernels = (Bytewise::default(), GemmExecutor::<f32>::default());
        for layer in &self.layers {
            self.layer(layer, windows, buffers, &kernels)
                .map_err(|e| Error::Encoder {
                    message: e.to_string(),
                })?;
        }
        // Weights are finite, but they can be too large.
        if !buffers.rows.iter().all(|number| number.is_finite()) {
            return Err(Error::Encoder {
                message: "the network's vectors are not finite".to_owned(),
            });
        }
        let mut rest = buffers.rows.as_slice();
        let vectors = windows.iter().map(|window| {
            let (own, later) = rest.split_at(window.len() * self.frame.width);
            rest = later;
            own.to_vec()
        });
        Ok(vectors.collect())
    }

    /// Word piece and position of every token, normalised.
    fn embed(&self, windows: &[&[u32]], buffers: &mut Buffers) {
        let frame = &self.frame;
        let w = frame.width;
        let Buffers { rows, bytes, .. } = buffers;
        rows.clear();
        for window in windows {
            for (&id, position) in window.iter().zip(frame.positions.chunks_exact(w)) {
                let id = id as usize;
                let scale = frame.piece_scales[id];
                let piece = &frame.pieces[id * w..(id + 1) * w];
                rows.extend(
                    piece
                        .iter()
                        .zip(position)
                        .map(|(&q, p)| f32::from(q) * scale + p),
                );
            }
        }
        let n = rows.len() / w;
        bytes.resize(n, w);
        let op = NormOnly {
            norm: &frame.norm,
            epsilon: frame.epsilon,
            rows,
            bytes: bytes.part(0..n),
        };
        op.dispatch();
    }

    fn layer(
        &self,
        layer: &Layer,
        windows: &[&[u32]],
        buffers: &mut Buffers,
        (bytewise, plain): &(Bytewise, GemmExecutor<f32>),
    ) -> std::result::Result<(), GemmError> {
        let Frame {
            width: w,
            heads,
            epsilon,
            ..
        } = self.frame;
        let Buffers {
            rows,
            bytes,
            qkv,
            scores,
            context,
            context_bytes,
            sums,
            wide_bytes,
            row,
        } = buffers;
        let n = rows.len() / w;
        qkv.resize(n * 3 * w, 0.0);
        for block in blocks(n) {
            let op = Dequantise {
                sums: layer.qkv.multiply(bytewise, bytes, block.clone(), sums)?,
                out: &mut qkv[block.start * 3 * w..block.end * 3 * w],
            };
            op.dispatch();
        }
        context_bytes.resize(n, w);
        row.resize(w, 0.0);
        let mut start = 0;
        for window in windows {
            let end = start + window.len();
            self.attend(&qkv[start * 3 * w..end * 3 * w], scores, context, plain)?;
            let op = GatherHeads {
                pieces: context,
                n_pieces: heads,
                n_rows: window.len(),
                row,
                bytes: context_bytes.part(start..end),
            };
            op.dispatch();
            start = end;
        }
        let wide = layer.wide.packed.cols();
        row.resize(wide, 0.0);
        for block in blocks(n) {
            let rows = &mut rows[block.start * w..block.end * w];
            let op = AddAndNorm {
                sums: layer
                    .seen
                    .multiply(bytewise, context_bytes, block.clone(), sums)?,
                norm: &layer.seen_norm,
                epsilon,
                rows,
                bytes: bytes.part(block.clone()),
            };
            op.dispatch();
            wide_bytes.resize(block.len(), wide);
            let op = GeluQuantise {
                sums: layer.wide.multiply(bytewise, bytes, block.clone(), sums)?,
                row,
                bytes: wide_bytes.part(0..block.len()),
            };
            op.dispatch();
            let op = AddAndNorm {
                sums: layer
                    .narrow
                    .multiply(bytewise, wide_bytes, 0..block.len(), sums)?,
                norm: &layer.norm,
                epsilon,
                rows,
                bytes: bytes.part(block),
            };
            op.dispatch();
        }
        Ok(())
    }

    /// What each head gives for one window, one head after the other.
    fn attend(
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

impl Layer {
    fn new(kernel: &Bytewise, weights: LayerWeights) -> Self {
        Self {
            qkv: Linear::new(kernel, weights.qkv),
            seen: Linear::new(kernel, weights.seen),
            seen_norm: weights.seen_norm,
            wide: Linear::new(kernel, weights.wide),
            narrow: Linear::new(kernel, weights.narrow),
            norm: weights.norm,
        }
    }
}

impl Linear {
    fn new(kernel: &Bytewise, matrix: Matrix) -> Self {
        let shape = [matrix.inputs, matrix.scales.len()];
        let values = NdTensorView::from_data(shape, matrix.values.as_slice());
        let mut zeros = vec![0i32; matrix.scales.len()];
        for row in matrix.values.chunks_exact(zeros.len()) {
            let sums = zeros.iter_mut().zip(row);
            sums.for_each(|(sum, &weight)| *sum += i32::from(weight));
        }
        let zeros = zeros.into_iter().zip(&matrix.scales);
        Self {
            packed: kernel.prepack_b(values),
            columns: Columns {
                zeros: zeros.map(|(sum, &scale)| sum as f32 * scale).collect(),
                scales: matrix.scales,
                bias: matrix.bias,
            },
        }
    }

    /// The sums of some rows of `bytes`, in `room`. The kernels of rten-gemm 0.27 could take the rows' zeros into
    /// account, but give the first tile's to all, so they are left to whoever reads the sums.
    fn multiply<'a>(
        &'a self,
        kernel: &Bytewise,
        bytes: &'a Bytes,
        rows: Range<usize>,
        room: &'a mut Vec<i32>,
    ) -> std::result::Result<Sums<'a>, GemmError> {
        let (inputs, outputs) = (self.packed.rows(), self.packed.cols());
        room.resize(rows.len() * outputs, 0);
        let values = &bytes.values[rows.start * inputs..rows.end * inputs];
        let values = NdTensorView::from_data([rows.len(), inputs], values);
        // The kernel packs rows anew for every thousand columns otherwise.
        let values = kernel.prepack_a(values);
        let packed = GemmInputB::Packed(&self.packed);
        let options = GemmOptions::default();
        kernel.gemm(room, GemmInputA::Packed(&values), packed, options)?;
        Ok(Sums {
            values: room,
            row_scales: &bytes.scales[rows.clone()],
            row_zeros: &bytes.zeros[rows],
            columns: &self.columns,
        })
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

/// The rows in blocks.
fn blocks(n: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n)
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance and are the same every time.
    fn numbers(n: usize) -> impl Iterator<Item = i32> {
        (0..n).map(|i| {
            let mixed = (i as u32).wrapping_mul(2_654_435_761);
            (mixed >> 24) as i32
        })
    }

    #[test]
    fn sums_are_exact_at_the_bounds_of_bytes_and_pairs() {
        let (inputs, outputs) = (1536, 96);
        let kernel = Bytewise::default();
        // Every pair of inputs sums to 128 of one sign, and some rows are 255 throughout.
        let values: Vec<i8> = (0..inputs * outputs)
            .map(|i| {
                let (input, output) = (i / outputs, i % outputs);
                let sign = if (input / 2 + output) % 3 == 0 { -1 } else { 1 };
                sign * if input % 2 == 0 { 127 } else { 1 }
            })
            .collect();
        let linear = Linear::new(
            &kernel,
            Matrix {
                values: values.clone(),
                inputs,
                scales: vec![1.0; outputs],
                bias: vec![0.0; outputs],
            },
        );
        for n in [1, 2, 5, 47, 48, 49] {
            let mut bytes = Bytes::default();
            bytes.resize(n, inputs);
            for (byte, number) in bytes.values.iter_mut().zip(numbers(n * inputs)) {
                *byte = number as u8;
            }
            bytes.values[..inputs].fill(255);
            let mut room = Vec::new();
            let sums = linear.multiply(&kernel, &bytes, 0..n, &mut room).unwrap();
            for (i, &sum) in sums.values.iter().enumerate() {
                let (row, output) = (i / outputs, i % outputs);
                let expected: i32 = (0..inputs)
                    .map(|k| {
                        let byte = i32::from(bytes.values[row * inputs + k]);
                        byte * i32::from(values[k * outputs + output])
                    })
                    .sum();
                assert_eq!(sum, expected, "{n} rows, row {row}, output {output}");
            }
        }
    }

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
