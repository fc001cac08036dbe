//! What happens to a token's numbers between two multiplications, one pass over the row each.
//!
//! In go the integer sums of a linear layer, out come numbers, or bytes for the next one: scaled back, added to what
//! was there, normalised or bent, and rounded again, while the row is in the nearest cache. A token has a scale and a
//! zero of its own, the range of its row with 0 in it divided by 255, so that its bytes depend on no other token. What
//! a reader would question: rows are whole multiples of [`LANES`] numbers. Then no row has a rest, and every token is
//! computed by the same instructions wherever it stands.

use super::weights::Norm;
use rten_simd::ops::{BitOps, FloatOps, NarrowSaturate, NumOps, ToFloat};
use rten_simd::{Isa, Simd, SimdOp};

/// A row's length is a multiple of this: four vectors of the widest kind.
pub(super) const LANES: usize = 64;

/// Vectors that one step works on.
const STEP: usize = 4;

/// Rows of bytes, each with its scale and zero: `number = (byte - zero) * scale`.
#[derive(Default)]
pub(super) struct Bytes {
    pub values: Vec<u8>,
    pub scales: Vec<f32>,
    pub zeros: Vec<u8>,
}

impl Bytes {
    /// Room for so many rows; what they hold is not defined.
    pub(super) fn resize(&mut self, rows: usize, width: usize) {
        self.values.resize(rows * width, 0);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
    }

    /// Where some of the rows go.
    pub(super) fn part(&mut self, rows: std::ops::Range<usize>) -> Rounded<'_> {
        let width = self.values.len() / self.scales.len().max(1);
        Rounded {
            values: &mut self.values[rows.start * width..rows.end * width],
            scales: &mut self.scales[rows.clone()],
            zeros: &mut self.zeros[rows],
        }
    }
}

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

/// Sums added to what was there, normalised, in place; bytes of it for the next layer.
pub(super) struct AddAndNorm<'a> {
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
pub(super) struct NormOnly<'a> {
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

/// Bytes of the GELU of sums.
pub(super) struct GeluQuantise<'a> {
    pub sums: Sums<'a>,
    /// Room for one row.
    pub row: &'a mut [f32],
    pub bytes: Rounded<'a>,
}

impl SimdOp for GeluQuantise<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self {
            sums,
            row,
            mut bytes,
        } = self;
        let mut range = Range::new(isa);
        for i in 0..sums.n_rows() {
            sums.row(isa, i, |at, numbers| {
                let numbers = each(|v| gelu(isa, numbers[v]));
                range.add(isa, numbers);
                store(isa, &mut row[at..], numbers);
            });
            bytes.round(isa, i, row, range.take(isa));
        }
    }
}

/// Bytes of rows that lie in pieces, `n_pieces` one after the other for every row: what attention heads give.
pub(super) struct GatherHeads<'a> {
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
pub(super) struct Rounded<'a> {
    pub values: &'a mut [u8],
    pub scales: &'a mut [f32],
    pub zeros: &'a mut [u8],
}

impl Rounded<'_> {
    /// Rounds a row whose numbers lie in a range that holds 0.
    #[inline(always)]
    fn round<I: Isa>(&mut self, isa: I, i: usize, row: &[f32], (low, high): (f32, f32)) {
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
struct Range<I: Isa> {
    low: [I::F32; STEP],
    high: [I::F32; STEP],
}

impl<I: Isa> Range<I> {
    #[inline(always)]
    fn new(isa: I) -> Self {
        Self {
            low: [isa.f32().zero(); STEP],
            high: [isa.f32().zero(); STEP],
        }
    }

    #[inline(always)]
    fn add(&mut self, isa: I, numbers: [I::F32; STEP]) {
        let ops = isa.f32();
        self.low = each(|v| ops.min(self.low[v], numbers[v]));
        self.high = each(|v| ops.max(self.high[v], numbers[v]));
    }

    /// The range, which begins anew.
    #[inline(always)]
    fn take(&mut self, isa: I) -> (f32, f32) {
        let all = |vectors: [I::F32; STEP]| vectors.into_iter().flat_map(|v| v.to_array());
        let low = all(self.low).fold(0.0, f32::min);
        let high = all(self.high).fold(0.0, f32::max);
        *self = Self::new(isa);
        (low, high)
    }
}

/// Beyond this, GELU is taken for 0 or the number itself.
const GELU_END: f32 = 4.0;

/// The normal distribution function is 0.5 + x P(x^2) up to [`GELU_END`], where it is made to reach 1; least squares,
/// weighted until the largest error of the GELU was least. That is 0.0002, a sixtieth of the step that a usual row is
/// rounded by.
const GELU: [f32; 7] = [
    0.397_870_24,
    -0.064_554_37,
    0.008_763_673,
    -0.000_812_184_2,
    4.776_358e-5,
    -1.588_813e-6,
    2.258_795_5e-8,
];

/// x times the share of the normal distribution below x.
#[inline(always)]
fn gelu<I: Isa>(isa: I, x: I::F32) -> I::F32 {
    let ops = isa.f32();
    let near = ops.clamp(x, ops.splat(-GELU_END), ops.splat(GELU_END));
    let square = ops.mul(near, near);
    let [lower @ .., highest] = GELU;
    let polynomial = lower
        .into_iter()
        .rev()
        .fold(ops.splat(highest), |sum, coefficient| {
            ops.mul_add(sum, square, ops.splat(coefficient))
        });
    ops.mul(x, ops.mul_add(near, polynomial, ops.splat(0.5)))
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

/// The sum of all lanes.
#[inline(always)]
fn total<I: Isa>(isa: I, sums: [I::F32; STEP]) -> f32 {
    let ops = isa.f32();
    ops.sum(ops.add(ops.add(sums[0], sums[1]), ops.add(sums[2], sums[3])))
}

#[inline(always)]
fn each<T>(of: impl FnMut(usize) -> T) -> [T; STEP] {
    std::array::from_fn(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance, from -1 to 1.
    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        (0..n as u32)
            .map(|i| {
                let mixed = (i ^ seed.wrapping_mul(97)).wrapping_mul(2_654_435_761);
                (mixed >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// GELU by the error function of Abramowitz and Stegun, 7.1.26, which is off by 1.5e-7 at most.
    fn exact_gelu(x: f64) -> f64 {
        let z = x.abs() / 2f64.sqrt();
        let t = 1.0 / (1.0 + 0.327_591_1 * z);
        let [a, b, c, d, e] = [
            0.254_829_592,
            -0.284_496_736,
            1.421_413_741,
            -1.453_152_027,
            1.061_405_429,
        ];
        let erf = 1.0 - t * (a + t * (b + t * (c + t * (d + t * e)))) * (-z * z).exp();
        0.5 * x * (1.0 + erf * x.signum())
    }

    fn columns(width: usize) -> Columns {
        Columns {
            scales: numbers(width, 1)
                .iter()
                .map(|x| 0.01 + x.abs() / 100.0)
                .collect(),
            zeros: numbers(width, 2),
            bias: numbers(width, 3),
        }
    }

    fn read_back(bytes: &Bytes, width: usize) -> Vec<f32> {
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

    #[test]
    fn sums_become_numbers_and_the_gelu_of_them_bytes() {
        let (width, n) = (128, 3);
        let columns = columns(width);
        let values: Vec<i32> = numbers(n * width, 4)
            .iter()
            .map(|x| (x * 30_000.0) as i32)
            .collect();
        let sums = Sums {
            values: &values,
            row_scales: &[0.01, 0.02, 1e-30],
            row_zeros: &[0, 200, 255],
            columns: &columns,
        };
        let mut out = vec![0.0; n * width];
        Dequantise {
            sums,
            out: &mut out,
        }
        .dispatch();
        for (i, &number) in out.iter().enumerate() {
            let (row, column) = (i / width, i % width);
            let (scale, zero) = (sums.row_scales[row], f32::from(sums.row_zeros[row]));
            let expected = values[i] as f32 * scale * columns.scales[column]
                - zero * scale * columns.zeros[column]
                + columns.bias[column];
            assert!(
                (number - expected).abs() < 1e-4,
                "{i}: {number}, not {expected}"
            );
        }
        let mut bytes = Bytes::default();
        bytes.resize(n, width);
        let op = GeluQuantise {
            sums,
            row: &mut vec![0.0; width],
            bytes: bytes.part(0..n),
        };
        op.dispatch();
        for (i, number) in read_back(&bytes, width).into_iter().enumerate() {
            let expected = exact_gelu(f64::from(out[i]));
            let step = f64::from(bytes.scales[i / width]);
            assert!(
                (f64::from(number) - expected).abs() < step * 1.01 + 2e-4,
                "{i}: {number}, not {expected}"
            );
        }
    }

    #[test]
    fn gelu_is_near_the_exact_one() {
        struct Curve<'a>(&'a mut [f32]);
        impl SimdOp for Curve<'_> {
            type Output = ();

            #[inline(always)]
            fn eval<I: Isa>(self, isa: I) {
                let ops = isa.f32();
                for step in self.0.chunks_exact_mut(ops.len()) {
                    ops.store(gelu(isa, ops.load(step)), step);
                }
            }
        }
        let inputs: Vec<f32> = (0..32_768).map(|i| (i - 16_384) as f32 / 1024.0).collect();
        let mut out = inputs.clone();
        Curve(&mut out).dispatch();
        let errors = inputs
            .iter()
            .zip(out)
            .map(|(&x, y)| (f64::from(y) - exact_gelu(f64::from(x))).abs());
        let most = errors.fold(0.0, f64::max);
        assert!(most < 2.1e-4, "{most}");
    }

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
