//! The GELU of sums, as bytes.
//!
//! In go the integer sums of a linear layer, out come the bytes of their GELU. What a reader would question: it is a
//! polynomial. An error function has exponentials and divisions, and bytes would not show that it is more exact.

use super::bytes::{Range, Rounded};
use super::{Sums, each, store};
use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

/// Bytes of the GELU of sums.
pub(in crate::encoder) struct GeluQuantise<'a> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::rows::bytes::{Bytes, read_back};
    use crate::encoder::rows::{Columns, Dequantise, numbers};

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
}
