//! An exported network -> its matrices, as they are stored.
//!
//! In go the bytes of `encoder.onnx`, out come the table of word pieces, the positions and the layers, every shape
//! checked. The export (`models/recipe/export.py`) gives each tensor a name and the rest of the graph is always the
//! same, so the nodes are not read; only the number of heads and the epsilon of the norms stand in them. What a reader
//! would question: weights that were not rounded in pairs are refused even where the machine could multiply them. A
//! model either gives the same sums everywhere or is not loaded.

use crate::error::{Error, Result};
use rten_onnx::onnx::{DataType, ModelProto, NodeProto, TensorProto};
use std::collections::BTreeMap;

/// The largest sum of two neighbouring weights of one sign: 255 times it is the largest that 16 bits hold.
const MOST_OF_A_PAIR: i32 = 128;

/// An int8 matrix with a scale a column and what is added to it: the output of a linear layer is
/// `input * values * scales + bias`.
#[derive(Debug)]
pub(super) struct Matrix {
    /// Row-major, a row an input.
    pub values: Vec<i8>,
    pub inputs: usize,
    pub scales: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Gain and bias of a layer norm.
#[derive(Debug)]
pub(super) struct Norm {
    pub gain: Vec<f32>,
    pub bias: Vec<f32>,
}

/// One transformer layer.
#[derive(Debug)]
pub(super) struct LayerWeights {
    /// Query, key and value side by side.
    pub qkv: Matrix,
    pub seen: Matrix,
    pub seen_norm: Norm,
    pub wide: Matrix,
    pub narrow: Matrix,
    pub norm: Norm,
}

/// Everything the network learned.
#[derive(Debug)]
pub(super) struct Weights {
    pub width: usize,
    pub heads: usize,
    pub epsilon: f32,
    /// A row a word piece, and its scale.
    pub pieces: Vec<i8>,
    pub piece_scales: Vec<f32>,
    /// A row a position.
    pub positions: Vec<f32>,
    pub norm: Norm,
    pub layers: Vec<LayerWeights>,
}

impl Weights {
    /// Reads an exported network of `layers` layers.
    pub(super) fn read(onnx: &[u8], width: usize, layers: usize) -> Result<Self> {
        let model = ModelProto::parse_buf(onnx).map_err(|e| error(e.to_string()))?;
        let graph = model.graph.ok_or_else(|| error("it has no graph"))?;
        let heads = number(&graph.node, "Attention", "q_num_heads", |a| {
            usize::try_from(a.i?).ok()
        })?;
        let epsilon = number(&graph.node, "LayerNormalization", "epsilon", |a| a.f)?;
        if width == 0 || heads == 0 || !width.is_multiple_of(heads) {
            return Err(error(format!(
                "width {width} is no multiple of {heads} heads"
            )));
        }
        let mut tensors = Tensors {
            by_name: graph
                .initializer
                .into_iter()
                .filter_map(|tensor| Some((tensor.name.clone()?, tensor)))
                .collect(),
        };
        let pieces = tensors.int8("pieces", &[None, Some(width)])?;
        let n_pieces = pieces.len() / width;
        let positions = tensors.int8("positions", &[None, Some(width)])?;
        let position_scales = tensors.f32("positions.scale", &[Some(positions.len() / width)])?;
        let unfolded = |(row, &scale): (&[i8], &f32)| -> Vec<f32> {
            row.iter().map(|&q| f32::from(q) * scale).collect()
        };
        Ok(Self {
            width,
            heads,
            epsilon,
            piece_scales: tensors.f32("pieces.scale", &[Some(n_pieces), Some(1)])?,
            pieces,
            positions: positions
                .chunks_exact(width)
                .zip(&position_scales)
                .flat_map(unfolded)
                .collect(),
            norm: tensors.norm("norm", width)?,
            layers: (0..layers)
                .map(|i| tensors.layer(i, width))
                .collect::<Result<_>>()?,
        })
    }
}

/// An attribute of the first node of a kind.
fn number<T>(
    nodes: &[NodeProto],
    kind: &str,
    name: &str,
    of: impl Fn(&rten_onnx::onnx::AttributeProto) -> Option<T>,
) -> Result<T> {
    nodes
        .iter()
        .find(|node| node.op_type.as_deref() == Some(kind))
        .and_then(|node| {
            let mut all = node.attribute.iter();
            all.find(|a| a.name.as_deref() == Some(name)).and_then(of)
        })
        .ok_or_else(|| error(format!("no node {kind} has {name}")))
}

struct Tensors {
    by_name: BTreeMap<String, TensorProto>,
}

impl Tensors {
    fn layer(&mut self, i: usize, width: usize) -> Result<LayerWeights> {
        let name = |part: &str| format!("{i}.{part}");
        let qkv =
            ["query", "key", "value"].map(|part| self.matrix(&name(part), width, Some(width)));
        let [query, key, value] = qkv;
        let wide = self.matrix(&name("wide"), width, None)?;
        Ok(LayerWeights {
            qkv: beside([query?, key?, value?]),
            seen: self.matrix(&name("seen"), width, Some(width))?,
            seen_norm: self.norm(&name("seen.norm"), width)?,
            narrow: self.matrix(&name("narrow"), wide.scales.len(), Some(width))?,
            wide,
            norm: self.norm(&name("norm"), width)?,
        })
    }

    fn norm(&mut self, name: &str, width: usize) -> Result<Norm> {
        Ok(Norm {
            gain: self.f32(&format!("{name}.weight"), &[Some(width)])?,
            bias: self.f32(&format!("{name}.bias"), &[Some(width)])?,
        })
    }

    fn matrix(&mut self, name: &str, inputs: usize, outputs: Option<usize>) -> Result<Matrix> {
        let weight = format!("{name}.weight");
        let values = self.int8(&weight, &[Some(inputs), outputs])?;
        let outputs = values.len() / inputs;
        let row = |i: usize| values.chunks_exact(outputs).nth(i).unwrap_or_default();
        for i in (0..inputs).step_by(2) {
            let pairs = row(i).iter().zip(row(i + 1));
            let sums = pairs.map(|(&a, &b)| {
                let (a, b) = (i32::from(a), i32::from(b));
                (a.max(0) + b.max(0)).max(-(a.min(0) + b.min(0)))
            });
            if let Some(sum) = sums.max().filter(|&sum| sum > MOST_OF_A_PAIR) {
                return Err(error(format!(
                    "{weight} is not rounded for int8: its inputs {i} and {} sum to {sum}, {MOST_OF_A_PAIR} at most is \
                     expected; export it again or use --precision fp32",
                    i + 1
                )));
            }
        }
        Ok(Matrix {
            values,
            inputs,
            scales: self.f32(&format!("{weight}.scale"), &[Some(outputs)])?,
            bias: self.f32(&format!("{name}.bias"), &[Some(outputs)])?,
        })
    }

    fn int8(&mut self, name: &str, shape: &[Option<usize>]) -> Result<Vec<i8>> {
        let bytes = self.bytes(name, DataType::INT8, 1, shape)?;
        Ok(bytes
            .into_iter()
            .map(|byte| i8::from_le_bytes([byte]))
            .collect())
    }

    fn f32(&mut self, name: &str, shape: &[Option<usize>]) -> Result<Vec<f32>> {
        let bytes = self.bytes(name, DataType::FLOAT, 4, shape)?;
        let (values, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = values
            .iter()
            .map(|&four| f32::from_le_bytes(four))
            .collect();
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(error(format!("tensor {name} is not finite"))),
        }
    }

    /// The bytes of a tensor of a type whose numbers have so many bytes; a side that is not given may have any length
    /// but 0.
    fn bytes(
        &mut self,
        name: &str,
        kind: DataType,
        size: usize,
        shape: &[Option<usize>],
    ) -> Result<Vec<u8>> {
        let tensor = self
            .by_name
            .remove(name)
            .ok_or_else(|| error(format!("it has no tensor {name}")))?;
        let bytes = tensor
            .raw_data
            .map(|cell| cell.into_inner())
            .unwrap_or_default();
        let sides: Option<Vec<usize>> = tensor
            .dims
            .iter()
            .map(|&n| usize::try_from(n).ok())
            .collect();
        let fits = |sides: &[usize]| {
            sides.len() == shape.len()
                && sides
                    .iter()
                    .zip(shape)
                    .all(|(&n, expected)| n > 0 && expected.is_none_or(|e| e == n))
                && sides.iter().try_fold(size, |all, &n| all.checked_mul(n)) == Some(bytes.len())
        };
        if tensor.data_type != Some(kind) || !sides.is_some_and(|sides| fits(&sides)) {
            return Err(error(format!(
                "tensor {name} has type {:?}, shape {:?} and {} bytes, expected were type {kind:?} and shape {shape:?}",
                tensor.data_type,
                tensor.dims,
                bytes.len()
            )));
        }
        Ok(bytes)
    }
}

/// Matrices of the same inputs as one.
fn beside(parts: [Matrix; 3]) -> Matrix {
    let inputs = parts[0].inputs;
    let mut values = Vec::with_capacity(parts.iter().map(|part| part.values.len()).sum());
    for i in 0..inputs {
        for part in &parts {
            let n = part.scales.len();
            values.extend_from_slice(&part.values[i * n..(i + 1) * n]);
        }
    }
    Matrix {
        values,
        inputs,
        scales: parts
            .iter()
            .flat_map(|part| part.scales.iter().copied())
            .collect(),
        bias: parts
            .iter()
            .flat_map(|part| part.bias.iter().copied())
            .collect(),
    }
}

fn error(message: impl Into<String>) -> Error {
    Error::Encoder {
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rten_onnx::onnx::{AttributeProto, GraphProto};

    const WIDTH: usize = 4;

    fn tensor(name: &str, kind: DataType, dims: &[i64], bytes: Vec<u8>) -> TensorProto {
        TensorProto {
            name: Some(name.to_owned()),
            data_type: Some(kind),
            dims: dims.to_vec(),
            raw_data: Some(bytes.into()),
            ..TensorProto::default()
        }
    }

    fn int8(name: &str, dims: [i64; 2], value: i8) -> TensorProto {
        let n = (dims[0] * dims[1]) as usize;
        tensor(name, DataType::INT8, &dims, vec![value as u8; n])
    }

    fn f32(name: &str, dims: &[i64], value: f32) -> TensorProto {
        let n = dims.iter().product::<i64>() as usize;
        tensor(name, DataType::FLOAT, dims, value.to_le_bytes().repeat(n))
    }

    /// A network of one layer, as the export writes it.
    fn network() -> ModelProto {
        let w = WIDTH as i64;
        let mut tensors = vec![
            int8("pieces", [7, w], 3),
            f32("pieces.scale", &[7, 1], 0.5),
            int8("positions", [9, w], -2),
            f32("positions.scale", &[9], 0.25),
        ];
        for (name, inputs, outputs) in [
            ("query", w, w),
            ("key", w, w),
            ("value", w, w),
            ("seen", w, w),
            ("wide", w, 2 * w),
            ("narrow", 2 * w, w),
        ] {
            tensors.push(int8(&format!("0.{name}.weight"), [inputs, outputs], 64));
            tensors.push(f32(&format!("0.{name}.weight.scale"), &[outputs], 0.1));
            tensors.push(f32(&format!("0.{name}.bias"), &[outputs], 1.0));
        }
        for name in ["norm", "0.seen.norm", "0.norm"] {
            tensors.push(f32(&format!("{name}.weight"), &[w], 1.0));
            tensors.push(f32(&format!("{name}.bias"), &[w], 0.0));
        }
        let node = |kind: &str, attribute: AttributeProto| NodeProto {
            op_type: Some(kind.to_owned()),
            attribute: vec![attribute],
            ..NodeProto::default()
        };
        let heads = AttributeProto {
            name: Some("q_num_heads".to_owned()),
            i: Some(2),
            ..AttributeProto::default()
        };
        let epsilon = AttributeProto {
            name: Some("epsilon".to_owned()),
            f: Some(1e-12),
            ..AttributeProto::default()
        };
        ModelProto {
            graph: Some(GraphProto {
                node: vec![
                    node("Attention", heads),
                    node("LayerNormalization", epsilon),
                ],
                initializer: tensors,
                ..GraphProto::default()
            }),
            ..ModelProto::default()
        }
    }

    /// What reading says of the network after a change to one of its tensors.
    fn changed(name: &str, change: impl Fn(&mut TensorProto)) -> String {
        let mut model = network();
        let tensors = &mut model.graph.as_mut().unwrap().initializer;
        let named = |tensor: &&mut TensorProto| tensor.name.as_deref() == Some(name);
        change(tensors.iter_mut().find(named).unwrap());
        let bytes = model.write_buf().unwrap();
        Weights::read(&bytes, WIDTH, 1).unwrap_err().to_string()
    }

    #[test]
    fn an_export_is_read() {
        let bytes = network().write_buf().unwrap();
        let weights = Weights::read(&bytes, WIDTH, 1).unwrap();
        assert_eq!((weights.heads, weights.epsilon), (2, 1e-12));
        assert_eq!(weights.positions, [-0.5; 9 * WIDTH]);
        let qkv = &weights.layers[0].qkv;
        assert_eq!(
            (qkv.values.len(), qkv.scales.len()),
            (3 * WIDTH * WIDTH, 3 * WIDTH)
        );
        assert_eq!(weights.layers[0].narrow.inputs, 2 * WIDTH);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = changed("0.narrow.bias", |t| t.name = Some("other".to_owned()));
        assert!(message.contains("no tensor 0.narrow.bias"), "{message}");
        let message = changed("0.seen.weight", |t| t.dims = vec![2, 8]);
        assert!(
            message.contains("0.seen.weight") && message.contains("[2, 8]"),
            "{message}"
        );
        let message = changed("pieces", |t| t.dims = vec![i64::MAX, 4]);
        assert!(message.contains("tensor pieces"), "{message}");
        let message = changed("pieces.scale", |t| t.data_type = Some(DataType::INT8));
        assert!(message.contains("tensor pieces.scale"), "{message}");
        let message = changed("norm.bias", |t| {
            t.raw_data = Some(f32::NAN.to_le_bytes().repeat(WIDTH).into());
        });
        assert!(message.contains("norm.bias is not finite"), "{message}");
        let bytes = network().write_buf().unwrap();
        for (layers, width) in [(2, WIDTH), (1, 3), (1, 0)] {
            assert!(
                Weights::read(&bytes, width, layers).is_err(),
                "{layers} {width}"
            );
        }
        for end in (0..bytes.len()).step_by(7) {
            assert!(Weights::read(&bytes[..end], WIDTH, 1).is_err(), "{end}");
        }
    }

    #[test]
    fn weights_that_would_saturate_are_refused() {
        for (pair, refused) in [([64, 65], true), ([-64, -65], true), ([127, -127], false)] {
            let mut model = network();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            let wide = tensors
                .iter_mut()
                .find(|t| t.name.as_deref() == Some("0.wide.weight"));
            let rows = pair.map(|value: i8| vec![value as u8; 2 * WIDTH]).concat();
            wide.unwrap().raw_data = Some(rows.repeat(2).into());
            let read = Weights::read(&model.write_buf().unwrap(), WIDTH, 1);
            assert_eq!(read.is_err(), refused, "{pair:?}");
        }
    }
}
