"""Write the fine-tuned encoder as the files that `stance` loads.

In: `encoder.pt` from finetune.py and the base model's folder. Out: `encoder.onnx`, `tokenizer.json` and
`export.json`. The graph takes one window, `ids` int64 [1, n], and gives `vectors` f32 [n, width]; there is no
batch, hence no padding and no mask, and a window's vectors cannot depend on its company. The decision a reader
would question: linear layers give up half a bit, so that two neighbouring weights of a sign sum to 128 at most. AVX2
multiplies bytes in pairs and adds the two products in 16 bits; with 255 times 128 that never saturates, and every
machine finds the same sums of the same bytes.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto, checker, helper, numpy_helper

import finetune
import rounding

OPSET, IR = 23, 11  # the first opset with Attention; Gelu and LayerNormalization came before
INT8 = ("symmetric, q = round(w / scale) in -127..127, one f32 scale a row; in linear layers "
        "inputs 2i and 2i + 1 have weights of opposite signs or of a sum of 128 at most")


def quantised(rows):
    """Int8 rows and one f32 scale a row, such that row ~ int8 * scale."""
    peak = np.abs(rows).max(axis=1)
    scale = np.where(peak > 0, peak / 127, 1).astype(np.float32)
    return np.rint(rows / scale[:, None]).clip(-127, 127).astype(np.int8), scale


class Graph:
    """ONNX nodes and stored tensors in the order in which they run; every method returns the name of its output."""

    def __init__(self, precision, moments):
        self.int8 = precision == "int8"
        self.moments = moments
        self.nodes, self.tensors = [], []

    def node(self, op, *inputs, **attributes):
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def tensor(self, name, array):
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def gathered(self, name, table, indices):
        """Rows of a table, which stays as it is stored: what is looked up is unfolded, not the table."""
        if not self.int8:
            return self.node("Gather", self.tensor(name, table), indices)
        q, scale = quantised(table)
        rows = self.node("Gather", self.tensor(name, q), indices)
        scales = self.node("Gather", self.tensor(f"{name}.scale", scale[:, None]), indices)
        return self.node("Mul", self.node("Cast", rows, to=TensorProto.FLOAT), scales)

    def unfolded(self, name, rows, transpose, moment=None):
        """A matrix with a scale a row as f32; that of a linear layer transposed, rounded to suit its inputs' moment."""
        turn = np.transpose if transpose else np.asarray
        if not self.int8:
            return self.tensor(name, turn(rows))
        q, scale = rounding.in_pairs(rows, moment) if transpose else quantised(rows)
        return self.node("DequantizeLinear", self.tensor(name, turn(q)), self.tensor(f"{name}.scale", scale),
                         axis=int(transpose))

    def linear(self, x, name, layer, weight, bias):
        rows = self.unfolded(f"{name}.weight", weight, transpose=True, moment=self.moments.get(layer))
        product = self.node("MatMul", x, rows)
        return self.node("Add", product, self.tensor(f"{name}.bias", bias))

    def norm(self, x, name, weight, bias, epsilon):
        return self.node("LayerNormalization", x, self.tensor(f"{name}.weight", weight),
                         self.tensor(f"{name}.bias", bias), axis=-1, epsilon=epsilon)


def encoder(state, shape, precision, moments):
    """The BERT encoder as an ONNX model; takes every tensor out of `state`."""
    g = Graph(precision, moments)

    def pair(name):
        return state.pop(f"{name}.weight"), state.pop(f"{name}.bias")

    # There is one token type, so its row belongs to every position.
    places = state.pop("embeddings.position_embeddings.weight")
    places = places + state.pop("embeddings.token_type_embeddings.weight")[0]
    zero = g.tensor("zero", np.array([0], np.int64))
    n = g.node("Shape", "ids", start=1, end=2)
    # Axis 0 is named since rten wants a start for every axis otherwise.
    places = g.node("Slice", g.unfolded("positions", places, transpose=False), zero, n, zero)
    x = g.gathered("pieces", state.pop("embeddings.word_embeddings.weight"), "ids")
    x = g.norm(g.node("Add", x, places), "norm", *pair("embeddings.LayerNorm"), shape["layer_norm_epsilon"])

    for i in range(shape["layers"]):
        layer = f"encoder.layer.{i}"

        def linear(x, name, place):
            return g.linear(x, f"{i}.{name}", f"{layer}.{place}", *pair(f"{layer}.{place}"))

        parts = [linear(x, part, f"attention.self.{part}") for part in ("query", "key", "value")]
        seen = g.node("Attention", *parts, q_num_heads=shape["heads"], kv_num_heads=shape["heads"])
        seen = linear(seen, "seen", "attention.output.dense")
        x = g.norm(g.node("Add", x, seen), f"{i}.seen.norm", *pair(f"{layer}.attention.output.LayerNorm"),
                   shape["layer_norm_epsilon"])
        wide = g.node("Gelu", linear(x, "wide", "intermediate.dense"))
        narrow = linear(wide, "narrow", "output.dense")
        x = g.norm(g.node("Add", x, narrow), f"{i}.norm", *pair(f"{layer}.output.LayerNorm"),
                   shape["layer_norm_epsilon"])

    g.nodes.append(helper.make_node("Squeeze", [x, zero], ["vectors"]))
    graph = helper.make_graph(
        g.nodes, "encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "n"])],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", shape["width"]])],
        g.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
                              producer_name="stance")
    checker.check_model(model, full_check=True)
    return model


def shape_of(folder):
    config = json.loads((folder / "config.json").read_text())
    if config["hidden_act"] != "gelu" or config.get("position_embedding_type", "absolute") != "absolute":
        raise SystemExit("the graph is written for GELU and absolute positions only")
    return {"layers": config["num_hidden_layers"], "width": config["hidden_size"],
            "heads": config["num_attention_heads"], "feed_forward_width": config["intermediate_size"],
            "vocabulary": config["vocab_size"], "positions": config["max_position_embeddings"],
            "layer_norm_epsilon": config["layer_norm_eps"]}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--weights", type=Path, required=True, help="encoder.pt from finetune.py")
    a.add_argument("--out", type=Path, required=True)
    a.add_argument("--precision", choices=["int8", "fp32"], default="int8",
                   help="fp32 is four times as large: to measure what int8 costs")
    a.add_argument("--data", type=Path, help="the corpora folder: round weights to suit the inputs that layers have there")
    a = a.parse_args()
    folder = finetune.base_model()
    shape = shape_of(folder)
    state = torch.load(a.weights, map_location="cpu", weights_only=True)
    moments = rounding.moments(state, a.data) if a.data and a.precision == "int8" else {}
    state = {name: tensor.float().numpy() for name, tensor in state.items()}
    broken = [name for name, array in state.items() if not np.isfinite(array).all()]
    if broken:
        raise SystemExit(f"weights that are not finite: {broken}")
    model = encoder(state, shape, a.precision, moments)
    if state:
        raise SystemExit(f"weights without a place in the graph: {sorted(state)}")

    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "encoder.onnx").write_bytes(model.SerializeToString(deterministic=True))
    finetune.tokenizer_of(folder).save(str(a.out / "tokenizer.json"), pretty=False)
    facts = {
        "architecture": "bert",
        "base": "all-MiniLM-L6-v2",
        "layers": shape["layers"],
        "width": shape["width"],
        "heads": shape["heads"],
        "feed_forward": shape["feed_forward_width"],
        "vocabulary": shape["vocabulary"],
        "weights": INT8 if a.precision == "int8" else "fp32",
    }
    (a.out / "export.json").write_text(json.dumps(facts, indent=2) + "\n")
    print(f"encoder.onnx: {(a.out / 'encoder.onnx').stat().st_size / 1e6:.1f} MB, {a.precision}")


if __name__ == "__main__":
    main()
