//! A linear layer on bytes: bytes of tokens -> whole sums.
//!
//! In go some rows of bytes, out come their products with the layer's weights, still whole numbers, with what makes
//! numbers of them. Unsigned bytes are multiplied with signed ones (`rten-gemm`, which picks VNNI, AVX2 or NEON when it
//! runs), so a token's sums do not depend on the other rows. What a reader would question: the zeros of rows are not
//! taken into account here. A row's zero adds as many times the sum of a column's weights, so whoever reads the sums
//! takes that off ([`Columns::zeros`]).

use crate::encoder::rows::{Bytes, Columns, Sums};
use crate::encoder::weights::Matrix;
use rten_gemm::{GemmError, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;
use std::ops::Range;

/// Multiplies bytes with weights.
pub(super) type Bytewise = GemmExecutor<u8, i8, i32>;

/// A layer, packed for this machine.
pub(super) struct Linear {
    pub(super) packed: PackedBMatrix<i8>,
    columns: Columns,
}

impl Linear {
    pub(super) fn new(kernel: &Bytewise, matrix: Matrix) -> Self {
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
    pub(super) fn multiply<'a>(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::forward::numbers;

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
}
