//! The forward pass of the network on bytes.
//!
//! In go windows of token ids, out come their vectors. The tokens of all windows are the rows of one matrix for every
//! linear layer (`linear.rs`), without padding; only attention goes window by window (`attention.rs`), and everything
//! between is in f32, row by row (`rows.rs`). What a reader would question: what follows attention takes a block of
//! tokens through its three linear layers before the next block begins. The sums of the widest layer stay in the cache,
//! and room for one block of them is enough.

mod attention;
mod linear;

use super::rows::{AddAndNorm, Bytes, Dequantise, GatherHeads, GeluQuantise, LANES, NormOnly};
use super::weights::{Frame, LayerWeights, Norm, Weights};
use crate::error::{Error, Result};
use linear::{Bytewise, Linear};
use rten_gemm::{GemmError, GemmExecutor};
use rten_simd::SimdOp;
use std::ops::Range;

/// Rows of a linear layer that are multiplied at a time: their sums stay in the cache until they are read, and it is a
/// multiple of the rows of every kernel's tile.
const BLOCK: usize = 48;

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

/// The rows in blocks.
fn blocks(n: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n)
        .step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(n))
}

/// Numbers that look like chance and are the same every time, for tests.
#[cfg(test)]
fn numbers(n: usize) -> impl Iterator<Item = i32> {
    (0..n).map(|i| {
        let mixed = (i as u32).wrapping_mul(2_654_435_761);
        (mixed >> 24) as i32
    })
}
