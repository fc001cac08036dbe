//! What happens to a token's numbers between two multiplications, one pass over the row each.
//!
//! In go the integer sums of a linear layer, out come numbers, or bytes for the next one: scaled back, added to what
//! was there, normalised or bent, and rounded again, while the row is in the nearest cache. A token has a scale and a
//! zero of its own, so that its bytes depend on no other token. What a reader would question: rows are whole multiples
//! of [`LANES`] numbers. Then no row has a rest, and every token is computed by the same instructions wherever it
//! stands.

mod bytes;
mod gelu;
mod norm;

pub(super) use bytes::{Bytes, GatherHeads};
pub(super) use gelu::GeluQuantise;
pub(super) use norm::{AddAndNorm, NormOnly};

use rten_simd::ops::{BitOps, NumOps, ToFloat};
use rten_simd::{Isa, SimdOp};

/// A row's length is a multiple of this: four vectors of the widest kind.
pub(super) const LANES: usize = 64;

/// Vectors that one step works on.
const STEP: usize = 4;

/// What makes numbers of the sums of each column.
pub(super) struct Columns {
    pub scales: Vec<f32>,
    /// What a sum holds for every unit of its row's zero, as a number.
    pub zeros: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The integer sums of a linear layer for some rows, with what makes numbers of them:
/// `sum * row scale * column scale - row zero * row scale * column zero + bias`.
#[derive(Clone, Copy)]
pub(super) struct Sums<'a> {
    pub values: &'a [i32],
    pub row_scales: &'a [f32],
    pub row_zeros: &'a [u8],
    pub columns: &'a Columns,
}

/// Numbers from sums.
pub(super) struct Dequantise<'a> {
    pub sums: Sums<'a>,
    pub out: &'a mut [f32],
}

impl SimdOp for Dequantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self { sums, out } = self;
        for (i, out) in out.chunks_exact_mut(sums.width()).enumerate() {
            sums.row(isa, i, |at, numbers| store(isa, &mut out[at..], numbers));
        }
    }
}

impl Sums<'_> {
    fn width(&self) -> usize {
        self.columns.scales.len()
    }

    fn n_rows(&self) -> usize {
        self.row_scales.len()
    }

    /// Hands over the numbers of a row, and at which column they begin.
    #[inline(always)]
    fn row<I: Isa>(&self, isa: I, row: usize, mut next: impl FnMut(usize, [I::F32; STEP])) {
        let (floats, ints) = (isa.f32(), isa.i32());
        let scale = self.row_scales[row];
        let zero = floats.splat(-scale * f32::from(self.row_zeros[row]));
        let scale = floats.splat(scale);
        let step = STEP * floats.len();
        let Columns {
            scales,
            zeros,
            bias,
        } = self.columns;
        let sums = &self.values[row * self.width()..(row + 1) * self.width()];
        let columns = scales.chunks_exact(step).zip(zeros.chunks_exact(step));
        let columns = columns.zip(bias.chunks_exact(step));
        for (i, (sums, ((scales, zeros), bias))) in sums.chunks_exact(step).zip(columns).enumerate()
        {
            let sums = ints.load_many::<STEP>(sums);
            let scales = floats.load_many::<STEP>(scales);
            let zeros = floats.load_many::<STEP>(zeros);
            let bias = floats.load_many::<STEP>(bias);
            let numbers = each(|v| {
                let shift = floats.mul_add(zeros[v], zero, bias[v]);
                let scale = floats.mul(scales[v], scale);
                floats.mul_add(ints.to_float(sums[v]), scale, shift)
            });
            next(i * step, numbers);
        }
    }
}

#[inline(always)]
fn store<I: Isa>(isa: I, out: &mut [f32], numbers: [I::F32; STEP]) {
    let n = isa.f32().len();
    for (numbers, out) in numbers.into_iter().zip(out.chunks_exact_mut(n)) {
        isa.f32().store(numbers, out);
    }
}

#[inline(always)]
fn each<T>(of: impl FnMut(usize) -> T) -> [T; STEP] {
    std::array::from_fn(of)
}

/// Numbers that look like chance, from -1 to 1, for tests.
#[cfg(test)]
fn numbers(n: usize, seed: u32) -> Vec<f32> {
    (0..n as u32)
        .map(|i| {
            let mixed = (i ^ seed.wrapping_mul(97)).wrapping_mul(2_654_435_761);
            (mixed >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}
