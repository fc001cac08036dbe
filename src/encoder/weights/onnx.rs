//! The bytes of an ONNX file -> its nodes' attributes, and its tensors by name.
//!
//! In goes what a file claims to hold, out come numbers that were found to be there: a tensor is given out once, and
//! only if its type, its shape and the number of its bytes are those that were expected. What a reader would question:
//! the few messages of ONNX that are read are declared here, although rten reads such files, too. It believes what a
//! broken file claims, and prost bounds that.

use crate::error::{Error, Result};
use prost::Message;
use std::collections::BTreeMap;

/// `TensorProto.DataType` of ONNX.
pub(super) const FLOAT: i32 = 1;
pub(super) const INT8: i32 = 3;

/// What is read of `onnx.ModelProto`; numbers of fields are those of onnx.proto.
#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxModel {
    #[prost(message, optional, tag = "7")]
    pub graph: Option<OnnxGraph>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxGraph {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<OnnxNode>,
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<OnnxTensor>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxNode {
    #[prost(string, tag = "4")]
    pub op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<OnnxAttribute>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxAttribute {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(float, tag = "2")]
    pub f: f32,
    #[prost(int64, tag = "3")]
    pub i: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OnnxTensor {
    #[prost(int64, repeated, tag = "1")]
    pub dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    #[prost(string, tag = "8")]
    pub name: String,
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// Whether the bytes are those of an ONNX model with a graph, whatever stands in that.
pub(in crate::encoder) fn is_onnx(bytes: &[u8]) -> Result<()> {
    decoded(bytes).map(drop)
}

pub(super) fn decoded(bytes: &[u8]) -> Result<OnnxGraph> {
    let model = OnnxModel::decode(bytes).map_err(|e| error(e.to_string()))?;
    model.graph.ok_or_else(|| error("it has no graph"))
}

/// An attribute that all nodes of a kind share.
pub(super) fn number<T: PartialEq>(
    nodes: &[OnnxNode],
    kind: &str,
    name: &str,
    of: impl Fn(&OnnxAttribute) -> Option<T>,
) -> Result<T> {
    let of_kind = nodes.iter().filter(|node| node.op_type == kind);
    let mut values = of_kind.map(|node| {
        let mut all = node.attribute.iter();
        all.find(|a| a.name == name).and_then(&of)
    });
    let first = values.next().flatten();
    let first = first.ok_or_else(|| error(format!("no node {kind} has {name}")))?;
    match values.all(|other| other.as_ref() == Some(&first)) {
        true => Ok(first),
        false => Err(error(format!("nodes {kind} differ in {name}"))),
    }
}

/// Tensors that were not asked for yet.
pub(super) struct Tensors {
    pub by_name: BTreeMap<String, OnnxTensor>,
}

impl Tensors {
    pub(super) fn int8(&mut self, name: &str, shape: &[Option<usize>]) -> Result<Vec<i8>> {
        let bytes = self.bytes(name, INT8, 1, shape)?;
        Ok(bytes
            .into_iter()
            .map(|byte| i8::from_le_bytes([byte]))
            .collect())
    }

    pub(super) fn f32(&mut self, name: &str, shape: &[Option<usize>]) -> Result<Vec<f32>> {
        let bytes = self.bytes(name, FLOAT, 4, shape)?;
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
        kind: i32,
        size: usize,
        shape: &[Option<usize>],
    ) -> Result<Vec<u8>> {
        let tensor = self
            .by_name
            .remove(name)
            .ok_or_else(|| error(format!("it has no tensor {name}")))?;
        let bytes = tensor.raw_data;
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
        if tensor.data_type != kind || !sides.is_some_and(|sides| fits(&sides)) {
            return Err(error(format!(
                "tensor {name} has type {}, shape {:?} and {} bytes, expected were type {kind} and shape {shape:?}",
                tensor.data_type,
                tensor.dims,
                bytes.len()
            )));
        }
        Ok(bytes)
    }
}

pub(super) fn error(message: impl Into<String>) -> Error {
    Error::Encoder {
        message: message.into(),
    }
}
