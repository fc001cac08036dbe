//! An exported network -> its matrices, as they are stored.
//!
//! In go the bytes of `encoder.onnx`, out come the table of word pieces, the positions and the layers, every shape
//! checked. The export (`models/recipe/export.py`) gives each tensor a name and the rest of the graph is always the
//! same, so the nodes are not read; only the number of heads and the epsilon of the norms stand in them. What a reader
//! would question: weights that were not rounded in pairs are refused even where the machine could multiply them. A
//! model either gives the same sums of the same bytes everywhere or is not loaded.

mod onnx;

pub(super) use onnx::is_onnx;

use super::MAX_PIECES;
use crate::error::Result;
use onnx::{Tensors, decoded, error, number};

/// The largest sum of two neighbouring weights of one sign: 255 times it is the largest that 16 bits hold.
const MOST_OF_A_PAIR: i32 = 128;

/// The most inputs of a linear layer: more could take a sum of bytes beyond 32 bits. The most outputs, too.
const MOST_WIDE: usize = 1 << 16;

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
    pub frame: Frame,
    pub layers: Vec<LayerWeights>,
}

/// What stands before the layers, and what all of them share.
#[derive(Debug)]
pub(super) struct Frame {
    pub width: usize,
    pub heads: usize,
    pub epsilon: f32,
    /// A row a word piece, and its scale.
    pub pieces: Vec<i8>,
    pub piece_scales: Vec<f32>,
    /// A row a position.
    pub positions: Vec<f32>,
    /// What a head adds to a score by how far the key stands behind the query (less is before it), from
    /// `-(n - 1)` to `n - 1` for `n` positions: a row a head. BERT has none, MPNet has.
    pub distances: Option<Vec<f32>>,
    pub norm: Norm,
}

impl Frame {
    /// Word pieces in the table.
    pub(super) fn n_pieces(&self) -> usize {
        self.piece_scales.len()
    }

    /// Longest window.
    pub(super) fn n_positions(&self) -> usize {
        self.positions.len() / self.width
    }
}

impl Weights {
    /// Reads an exported network of `layers` layers, all that it has.
    pub(super) fn read(onnx: &[u8], width: usize, layers: usize) -> Result<Self> {
        let graph = decoded(onnx)?;
        let heads = number(&graph.node, "Attention", "q_num_heads", |a| {
            usize::try_from(a.i).ok()
        })?;
        let epsilon = number(&graph.node, "LayerNormalization", "epsilon", |a| Some(a.f))?;
        if width == 0 || heads == 0 || !width.is_multiple_of(heads) {
            return Err(error(format!(
                "width {width} is no multiple of {heads} heads"
            )));
        }
        if !epsilon.is_finite() || epsilon <= 0.0 {
            return Err(error(format!(
                "epsilon of the norms is {epsilon}, it must be above 0"
            )));
        }
        if layers == 0 {
            return Err(error("the network has 0 layers, 1 at least is expected"));
        }
        let mut tensors = Tensors {
            by_name: graph
                .initializer
                .into_iter()
                .map(|tensor| (tensor.name.clone(), tensor))
                .collect(),
        };
        let pieces = tensors.int8("pieces", &[None, Some(width)])?;
        let n_pieces = pieces.len() / width;
        let positions = tensors.int8("positions", &[None, Some(width)])?;
        let position_scales = tensors.f32("positions.scale", &[Some(positions.len() / width)])?;
        let unfolded = |(row, &scale): (&[i8], &f32)| -> Vec<f32> {
            row.iter().map(|&q| f32::from(q) * scale).collect()
        };
        let frame = Frame {
            width,
            heads,
            epsilon,
            piece_scales: tensors.f32("pieces.scale", &[Some(n_pieces), Some(1)])?,
            pieces,
            distances: tensors.distances(heads, position_scales.len())?,
            positions: positions
                .chunks_exact(width)
                .zip(&position_scales)
                .take(MAX_PIECES)
                .flat_map(unfolded)
                .collect(),
            norm: tensors.norm("norm", width)?,
        };
        let weights = Self {
            frame,
            layers: (0..layers)
                .map(|i| tensors.layer(i, width))
                .collect::<Result<_>>()?,
        };
        // Numbers that the graph's nodes use.
        for name in ["zero", "one", "last"] {
            tensors.by_name.remove(name);
        }
        match tensors.by_name.first_key_value() {
            None => Ok(weights),
            Some((name, _)) => Err(error(format!(
                "tensor {name} belongs to nothing in {layers} layers"
            ))),
        }
    }
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

    /// What is added by distance, for as many positions as a window can have.
    fn distances(&mut self, heads: usize, positions: usize) -> Result<Option<Vec<f32>>> {
        const NAME: &str = "distances";
        if !self.by_name.contains_key(NAME) {
            return Ok(None);
        }
        let all = self.f32(NAME, &[Some(heads), Some(2 * positions - 1)])?;
        let beyond = positions.saturating_sub(MAX_PIECES);
        let rows = all.chunks_exact(2 * positions - 1);
        let kept = rows.flat_map(|row| &row[beyond..row.len() - beyond]);
        Ok(Some(kept.copied().collect()))
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
        if inputs.max(outputs) > MOST_WIDE {
            return Err(error(format!(
                "{weight} is {inputs} by {outputs}, {MOST_WIDE} at most is expected"
            )));
        }
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
                     expected; export it again, or compute in fp32",
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

#[cfg(test)]
mod tests {
    use super::onnx::{FLOAT, INT8, OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor};
    use super::*;
    use prost::Message;

    const WIDTH: usize = 4;

    fn tensor(name: &str, kind: i32, dims: &[i64], bytes: Vec<u8>) -> OnnxTensor {
        OnnxTensor {
            name: name.to_owned(),
            data_type: kind,
            dims: dims.to_vec(),
            raw_data: bytes,
        }
    }

    fn int8(name: &str, dims: [i64; 2], value: i8) -> OnnxTensor {
        let n = (dims[0] * dims[1]) as usize;
        tensor(name, INT8, &dims, vec![value as u8; n])
    }

    fn f32(name: &str, dims: &[i64], value: f32) -> OnnxTensor {
        let n = dims.iter().product::<i64>() as usize;
        tensor(name, FLOAT, dims, value.to_le_bytes().repeat(n))
    }

    /// A network of one layer, as the export writes it.
    fn network() -> OnnxModel {
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
        let node = |kind: &str, name: &str, i: i64, f: f32| OnnxNode {
            op_type: kind.to_owned(),
            attribute: vec![OnnxAttribute {
                name: name.to_owned(),
                f,
                i,
            }],
        };
        let norm = node("LayerNormalization", "epsilon", 0, 1e-12);
        OnnxModel {
            graph: Some(OnnxGraph {
                node: vec![node("Attention", "q_num_heads", 2, 0.0), norm.clone(), norm],
                initializer: tensors,
            }),
        }
    }

    /// What reading says of the network after a change to one of its tensors.
    fn changed(name: &str, change: impl Fn(&mut OnnxTensor)) -> String {
        let mut model = network();
        let tensors = &mut model.graph.as_mut().unwrap().initializer;
        let named = |tensor: &&mut OnnxTensor| tensor.name == name;
        change(tensors.iter_mut().find(named).unwrap());
        let bytes = model.encode_to_vec();
        Weights::read(&bytes, WIDTH, 1).unwrap_err().to_string()
    }

    #[test]
    fn an_export_is_read() {
        let bytes = network().encode_to_vec();
        let weights = Weights::read(&bytes, WIDTH, 1).unwrap();
        let frame = &weights.frame;
        assert_eq!((frame.heads, frame.epsilon), (2, 1e-12));
        assert_eq!((frame.n_pieces(), frame.n_positions()), (7, 9));
        assert_eq!(frame.positions, [-0.5; 9 * WIDTH]);
        assert_eq!(frame.distances, None);
        let qkv = &weights.layers[0].qkv;
        assert_eq!(
            (qkv.values.len(), qkv.scales.len()),
            (3 * WIDTH * WIDTH, 3 * WIDTH)
        );
        assert_eq!(weights.layers[0].narrow.inputs, 2 * WIDTH);
    }

    #[test]
    fn distances_are_cut_to_the_longest_window() {
        const LONG: i64 = MAX_PIECES as i64 + 2;
        let with = |positions: i64, heads: i64| {
            let mut model = network();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            tensors.retain(|tensor| !tensor.name.starts_with("positions"));
            tensors.push(int8("positions", [positions, WIDTH as i64], 1));
            tensors.push(f32("positions.scale", &[positions], 1.0));
            let row = (1 - positions..positions).map(|distance| distance as f32);
            let rows = (0..heads).flat_map(|_| row.clone());
            let bytes = rows.flat_map(f32::to_le_bytes).collect();
            tensors.push(tensor("distances", FLOAT, &[heads, 2 * LONG - 1], bytes));
            Weights::read(&model.encode_to_vec(), WIDTH, 1)
        };
        let frame = with(LONG, 2).unwrap().frame;
        let distances = frame.distances.clone().unwrap();
        let row = distances.len() / 2;
        assert_eq!(row, 2 * frame.n_positions() - 1);
        assert_eq!(
            (distances[0], distances[row / 2], distances[row - 1]),
            (1.0 - MAX_PIECES as f32, 0.0, MAX_PIECES as f32 - 1.0)
        );
        for (positions, heads) in [(LONG, 1), (LONG - 1, 2)] {
            let message = with(positions, heads).unwrap_err().to_string();
            assert!(message.contains("tensor distances"), "{message}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = changed("0.narrow.bias", |t| t.name = "other".to_owned());
        assert!(message.contains("no tensor 0.narrow.bias"), "{message}");
        let message = changed("0.seen.weight", |t| t.dims = vec![2, 8]);
        assert!(
            message.contains("0.seen.weight") && message.contains("[2, 8]"),
            "{message}"
        );
        let message = changed("pieces", |t| t.dims = vec![i64::MAX, 4]);
        assert!(message.contains("tensor pieces"), "{message}");
        let message = changed("pieces.scale", |t| t.data_type = INT8);
        assert!(message.contains("tensor pieces.scale"), "{message}");
        let message = changed("norm.bias", |t| {
            t.raw_data = f32::NAN.to_le_bytes().repeat(WIDTH);
        });
        assert!(message.contains("norm.bias is not finite"), "{message}");
        let bytes = network().encode_to_vec();
        for (layers, width) in [(2, WIDTH), (0, WIDTH), (1, 3), (1, 0)] {
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
    fn nodes_that_do_not_fit_are_named() {
        for (node, i, f, named) in [
            (0, 0, 0.0, "0 heads"),
            (0, 3, 0.0, "3 heads"),
            (0, -1, 0.0, "q_num_heads"),
            (1, 0, 1e-5, "differ in epsilon"),
        ] {
            let mut model = network();
            let attribute = &mut model.graph.as_mut().unwrap().node[node].attribute[0];
            (attribute.i, attribute.f) = (i, f);
            let error = Weights::read(&model.encode_to_vec(), WIDTH, 1).unwrap_err();
            assert!(error.to_string().contains(named), "{error}");
        }
        for epsilon in [0.0, -1.0, f32::NAN] {
            let mut model = network();
            for node in &mut model.graph.as_mut().unwrap().node {
                node.attribute[0].f = epsilon;
            }
            assert!(
                Weights::read(&model.encode_to_vec(), WIDTH, 1).is_err(),
                "{epsilon}"
            );
        }
        let mut model = network();
        let more = f32("1.query.bias", &[4], 0.0);
        model.graph.as_mut().unwrap().initializer.push(more);
        let error = Weights::read(&model.encode_to_vec(), WIDTH, 1).unwrap_err();
        assert!(error.to_string().contains("1.query.bias"), "{error}");
    }

    #[test]
    fn bytes_that_claim_too_much_are_errors() {
        let claims: [&[u8]; 4] = [
            &[0xff; 11],
            b"\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
            b"\x3a\xff\xff\xff\xff\xff\xff\x1f",
            b"",
        ];
        for bytes in claims {
            assert!(
                Weights::read(bytes, WIDTH, 1).is_err() && is_onnx(bytes).is_err(),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn weights_that_would_saturate_are_refused() {
        for (pair, refused) in [([64, 65], true), ([-64, -65], true), ([127, -127], false)] {
            let mut model = network();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            let wide = tensors.iter_mut().find(|t| t.name == "0.wide.weight");
            let rows = pair.map(|value: i8| vec![value as u8; 2 * WIDTH]).concat();
            wide.unwrap().raw_data = rows.repeat(2);
            let read = Weights::read(&model.encode_to_vec(), WIDTH, 1);
            assert_eq!(read.is_err(), refused, "{pair:?}");
        }
    }
}
