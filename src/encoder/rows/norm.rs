//! Layer norms, with or without sums that are added first.
//!
//! In go rows of numbers, which are changed in place; out come their bytes for the next layer, too. What a reader would
//! question: a row is read three times, for its mean, for its spread and for the result. It is in the nearest cache,
//! and the difference of two large sums of squares is not exact.

use super::bytes::{Range, Rounded};
use super::{STEP, Sums, each, store};
use crate::encoder::weights::Norm;
use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// Sums added to what was there, normalised, in place; bytes of it for the next layer.
pub(in crate::encoder) struct AddAndNorm<'a> {
    pub sums: Sums<'a>,
    pub norm: &'a Norm,
    pub epsilon: f32,
    /// What was there before and the result.
    pub rows: &'a mut [f32],
    pub bytes: Rounded<'a>,
}

impl SimdOp for AddAndNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self {
            sums,
            norm,
            epsilon,
            rows,
            mut bytes,
        } = self;
        let ops = isa.f32();
        for (i, row) in rows.chunks_exact_mut(sums.width()).enumerate() {
            sums.row(isa, i, |at, numbers| {
                let before = ops.load_many::<STEP>(&row[at..]);
                let both = each(|v| ops.add(numbers[v], before[v]));
                store(isa, &mut row[at..], both);
            });
            let range = normalise(isa, row, norm, epsilon);
            bytes.round(isa, i, row, range);
        }
    }
}

/// Rows normalised in place; bytes of them for the next layer.
pub(in crate::encoder) struct NormOnly<'a> {
    pub norm: &'a Norm,
    pub epsilon: f32,
    pub rows: &'a mut [f32],
    pub bytes: Rounded<'a>,
}

impl SimdOp for NormOnly<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self {
            norm,
            epsilon,
            rows,
            mut bytes,
        } = self;
        for (i, row) in rows.chunks_exact_mut(norm.gain.len()).enumerate() {
            let range = normalise(isa, row, norm, epsilon);
            bytes.round(isa, i, row, range);
        }
    }
}

/// Layer norm of a row, in place; the range of the result.
#[inline(always)]
fn normalise<I: Isa>(isa: I, row: &mut [f32], norm: &Norm, epsilon: f32) -> (f32, f32) {
    let ops = isa.f32();
    let n = row.len() as f32;
    let step = STEP * ops.len();
    let mut sum = [ops.zero(); STEP];
    for row in row.chunks_exact(step) {
        let row = ops.load_many::<STEP>(row);
        sum = each(|v| ops.add(sum[v], row[v]));
    }
    let mean = total(isa, sum) / n;
    let mean_vector = ops.splat(mean);
    let mut squares = [ops.zero(); STEP];
    for row in row.chunks_exact(step) {
        let row = ops.load_many::<STEP>(row);
        squares = each(|v| {
            let off = ops.sub(row[v], mean_vector);
            ops.mul_add(off, off, squares[v])
        });
    }
    let spread = ops.splat(1.0 / (total(isa, squares) / n + epsilon).sqrt());
    let mut range = Range::new(isa);
    for ((row, gain), bias) in row
        .chunks_exact_mut(step)
        .zip(norm.gain.chunks_exact(step))
        .zip(norm.bias.chunks_exact(step))
    {
        let numbers = ops.load_many::<STEP>(row);
        let (gain, bias) = (ops.load_many::<STEP>(gain), ops.load_many::<STEP>(bias));
        let numbers = each(|v| {
            let off = ops.mul(ops.sub(numbers[v], mean_vector), spread);
            ops.mul_add(off, gain[v], bias[v])
        });
        range.add(isa, numbers);
        store(isa, row, numbers);
    }
    range.take(isa)
}

/// The sum of all lanes.
#[inline(always)]
fn total<I: Isa>(isa: I, sums: [I::F32; STEP]) -> f32 {
    let ops = isa.f32();
    ops.sum(ops.add(ops.add(sums[0], sums[1]), ops.add(sums[2], sums[3])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::rows::bytes::{Bytes, read_back};
    use crate::encoder::rows::numbers;

    #[test]
    fn norms_are_those_of_the_formula_and_hold_the_range_in_bytes() {
        let (width, n) = (192, 2);
        let norm = Norm {
            gain: numbers(width, 5),
            bias: numbers(width, 6),
        };
        let mut rows = numbers(n * width, 7);
        rows[width..].fill(0.25); // a row without spread
        let before = rows.clone();
        let mut bytes = Bytes::default();
        bytes.resize(n, width);
        let op = NormOnly {
            norm: &norm,
            epsilon: 1e-12,
            rows: &mut rows,
            bytes: bytes.part(0..n),
        };
        op.dispatch();
        let mean = before[..width].iter().sum::<f32>() / width as f32;
        let spread = before[..width]
            .iter()
            .map(|x| (x - mean).powi(2))
            .sum::<f32>()
            / width as f32;
        for (i, back) in read_back(&bytes, width).into_iter().enumerate() {
            let column = i % width;
            let off = if i < width {
                (before[i] - mean) / spread.sqrt()
            } else {
                0.0
            };
            let expected = off * norm.gain[column] + norm.bias[column];
            assert!(
                (rows[i] - expected).abs() < 1e-4,
                "{i}: {}, not {expected}",
                rows[i]
            );
            assert!(
                (back - rows[i]).abs() <= bytes.scales[i / width] * 1.01,
                "{i}"
            );
        }
    }
}
