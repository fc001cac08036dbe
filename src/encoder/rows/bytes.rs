//! Rows of numbers -> rows of bytes.
//!
//! In goes a row with the range of its numbers, out come its bytes, a scale and a zero: the range, with 0 in it,
//! divided by 255. What a reader would question: every row has a scale and a zero of its own. With those of many rows a
//! token's bytes would depend on other tokens.

use super::{STEP, each};
use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps};
use rten_simd::{Isa, Simd, SimdOp};

/// Rows of bytes, each with its scale and zero: `number = (byte - zero) * scale`.
#[derive(Default)]
pub(in crate::encoder) struct Bytes {
    pub values: Vec<u8>,
    pub scales: Vec<f32>,
    pub zeros: Vec<u8>,
}

impl Bytes {
    /// Room for so many rows; what they hold is not defined.
    pub(in crate::encoder) fn resize(&mut self, rows: usize, width: usize) {
        self.values.resize(rows * width, 0);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
    }

    /// Where some of the rows go.
    pub(in crate::encoder) fn part(&mut self, rows: std::ops::Range<usize>) -> Rounded<'_> {
        let width = self.values.len() / self.scales.len().max(1);
        Rounded {
            values: &mut self.values[rows.start * width..rows.end * width],
            scales: &mut self.scales[rows.clone()],
            zeros: &mut self.zeros[rows],
        }
    }
}

/// Bytes of rows that lie in pieces, `n_pieces` one after the other for every row: what attention heads give.
pub(in crate::encoder) struct GatherHeads<'a> {
    /// One matrix of numbers a piece.
    pub pieces: &'a [f32],
    pub n_pieces: usize,
    pub n_rows: usize,
    /// Room for one row.
    pub row: &'a mut [f32],
    pub bytes: Rounded<'a>,
}

impl SimdOp for GatherHeads<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self {
            pieces,
            n_pieces,
            n_rows,
            row,
            mut bytes,
        } = self;
        let ops = isa.f32();
        let width = row.len() / n_pieces;
        for i in 0..n_rows {
            let heads = pieces.chunks_exact(n_rows * width);
            for (piece, out) in heads.zip(row.chunks_exact_mut(width)) {
                out.copy_from_slice(&piece[i * width..(i + 1) * width]);
            }
            let mut range = Range::new(isa);
            for step in row.chunks_exact(STEP * ops.len()) {
                range.add(isa, ops.load_many::<STEP>(step));
            }
            bytes.round(isa, i, row, range.take(isa));
        }
    }
}

/// Where rounded rows go.
pub(in crate::encoder) struct Rounded<'a> {
    pub values: &'a mut [u8],
    pub scales: &'a mut [f32],
    pub zeros: &'a mut [u8],
}

impl Rounded<'_> {
    /// Rounds a row whose numbers lie in a range that holds 0.
    #[inline(always)]
    pub(super) fn round<I: Isa>(&mut self, isa: I, i: usize, row: &[f32], (low, high): (f32, f32)) {
        let (floats, ints, shorts) = (isa.f32(), isa.i32(), isa.i16());
        // A row of zeros has no range; any scale serves.
        let scale = ((high - low) / 255.0).max(f32::MIN_POSITIVE);
        let zero = (-low / scale).round_ties_even() as u8;
        let (inverse, shift) = (floats.splat(1.0 / scale), ints.splat(i32::from(zero)));
        let out = &mut self.values[i * row.len()..(i + 1) * row.len()];
        let step = STEP * floats.len();
        for (row, out) in row.chunks_exact(step).zip(out.chunks_exact_mut(step)) {
            let row = floats.load_many::<STEP>(row);
            let whole = each(|v| ints.add(floats.to_int_round(floats.mul(row[v], inverse)), shift));
            let low = ints.narrow_saturate(whole[0], whole[1]);
            let high = ints.narrow_saturate(whole[2], whole[3]);
            isa.u8().store(shorts.narrow_saturate(low, high), out);
        }
        self.scales[i] = scale;
        self.zeros[i] = zero;
    }
}

/// The least and the largest number of a row, 0 among them.
pub(super) struct Range<I: Isa> {
    low: [I::F32; STEP],
    high: [I::F32; STEP],
}

impl<I: Isa> Range<I> {
    #[inline(always)]
    pub(super) fn new(isa: I) -> Self {
        Self {
            low: [isa.f32().zero(); STEP],
            high: [isa.f32().zero(); STEP],
        }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, isa: I, numbers: [I::F32; STEP]) {
        let ops = isa.f32();
        self.low = each(|v| ops.min(self.low[v], numbers[v]));
        self.high = each(|v| ops.max(self.high[v], numbers[v]));
    }

    /// The range, which begins anew.
    #[inline(always)]
    pub(super) fn take(&mut self, isa: I) -> (f32, f32) {
        let all = |vectors: [I::F32; STEP]| vectors.into_iter().flat_map(|v| v.to_array());
        let low = all(self.low).fold(0.0, f32::min);
        let high = all(self.high).fold(0.0, f32::max);
        *self = Self::new(isa);
        (low, high)
    }
}

/// The numbers that bytes stand for, for tests.
#[cfg(test)]
pub(super) fn read_back(bytes: &Bytes, width: usize) -> Vec<f32> {
    let rows = bytes
        .values
        .chunks_exact(width)
        .zip(&bytes.scales)
        .zip(&bytes.zeros);
    rows.flat_map(|((row, &scale), &zero)| {
        row.iter()
            .map(move |&q| (f32::from(q) - f32::from(zero)) * scale)
    })
    .collect()
}
