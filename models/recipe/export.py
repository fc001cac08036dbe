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
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

import finetune
import rounding

OPSET, IR = 23, 11  # the first opset with Attention; Gelu and LayerNormalization came before

# Where the parts of a layer stand in the base model, by `model_type` of its configuration.
PLACES = {
    "bert": {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
             "seen": "attention.output.dense", "seen.norm": "attention.output.LayerNorm", "wide": "intermediate.dense",
             "narrow": "output.dense", "norm": "output.LayerNorm"},
    "mpnet": {"query": "attention.attn.q", "key": "attention.attn.k", "value": "attention.attn.v",
              "seen": "attention.attn.o", "seen.norm": "attention.LayerNorm", "wide": "intermediate.dense",
              "narrow": "output.dense", "norm": "output.LayerNorm"},
}
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

    def by_distance(self, table, n, zero):
        """What is added to scores, [1, heads, n, n], by a table of [heads, 2 * positions - 1]."""
        one = self.tensor("one", np.array([1], np.int64))
        last = self.tensor("last", np.array([table.shape[1] // 2], np.int64))  # where distance 0 stands
        at = self.node("Range", *(self.node("Squeeze", number) for number in (zero, n, one)))
        behind = self.node("Sub", self.node("Unsqueeze", at, zero), self.node("Unsqueeze", at, one))
        rows = self.node("Gather", self.tensor("distances", table), self.node("Add", behind, last), axis=1)
        return self.node("Unsqueeze", rows, zero)

    def norm(self, x, name, weight, bias, epsilon):
        return self.node("LayerNormalization", x, self.tensor(f"{name}.weight", weight),
                         self.tensor(f"{name}.bias", bias), axis=-1, epsilon=epsilon)


def positions(state, shape):
    """A row a position."""
    rows = state.pop("embeddings.position_embeddings.weight")
    if shape["architecture"] == "bert":
        # There is one token type, so its row belongs to every position.
        return rows + state.pop("embeddings.token_type_embeddings.weight")[0]
    return rows[shape["pad"] + 1 :]  # MPNet counts from the number of its padding on


def distances(state, n):
    """What MPNet adds to a head's scores by distance of the key from the query: a row a head, from 1 - n to n - 1."""
    table = state.pop("encoder.relative_attention_bias.weight")
    return table[distance_buckets(n, len(table))].T


def distance_buckets(n, n_buckets):
    """Which row of the table serves each distance from 1 - n to n - 1."""
    return MPNetEncoder.relative_position_bucket(torch.arange(1 - n, n), num_buckets=n_buckets).numpy()


def encoder(state, shape, precision, moments):
    """The encoder as an ONNX model; takes every tensor out of `state`."""
    g = Graph(precision, moments)
    places = PLACES[shape["architecture"]]

    def pair(name):
        return state.pop(f"{name}.weight"), state.pop(f"{name}.bias")

    table = positions(state, shape)
    zero = g.tensor("zero", np.array([0], np.int64))
    n = g.node("Shape", "ids", start=1, end=2)
    # Axis 0 is named since rten wants a start for every axis otherwise.
    at = g.node("Slice", g.unfolded("positions", table, transpose=False), zero, n, zero)
    x = g.gathered("pieces", state.pop("embeddings.word_embeddings.weight"), "ids")
    x = g.norm(g.node("Add", x, at), "norm", *pair("embeddings.LayerNorm"), shape["layer_norm_epsilon"])
    added = [] if shape["architecture"] == "bert" else [g.by_distance(distances(state, len(table)), n, zero)]

    for i in range(shape["layers"]):
        layer = f"encoder.layer.{i}"

        def linear(x, part):
            place = f"{layer}.{places[part]}"
            return g.linear(x, f"{i}.{part}", place, *pair(place))

        def normed(x, part):
            return g.norm(x, f"{i}.{part}", *pair(f"{layer}.{places[part]}"), shape["layer_norm_epsilon"])

        parts = [linear(x, part) for part in ("query", "key", "value")]
        seen = g.node("Attention", *parts, *added, q_num_heads=shape["heads"], kv_num_heads=shape["heads"])
        x = normed(g.node("Add", x, linear(seen, "seen")), "seen.norm")
        wide = g.node("Gelu", linear(x, "wide"))
        x = normed(g.node("Add", x, linear(wide, "narrow")), "norm")

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
    architecture = config["model_type"]
    if architecture not in PLACES or config["hidden_act"] != "gelu":
        raise SystemExit(f"the graph is written for {' and '.join(PLACES)} with GELU only")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise SystemExit("of BERT, absolute positions are expected")
    return {"architecture": architecture, "pad": config["pad_token_id"],
            "layers": config["num_hidden_layers"], "width": config["hidden_size"],
            "heads": config["num_attention_heads"], "feed_forward_width": config["intermediate_size"],
            "vocabulary": config["vocab_size"], "positions": config["max_position_embeddings"],
            "layer_norm_epsilon": config["layer_norm_eps"]}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--weights", type=Path, required=True, help="encoder.pt from finetune.py")
    a.add_argument("--base", type=Path, help="folder of another base model than the wheel's")
    a.add_argument("--out", type=Path, required=True)
    a.add_argument("--precision", choices=["int8", "fp32"], default="int8",
                   help="fp32 is four times as large: to measure what int8 costs")
    a.add_argument("--data", type=Path, help="the corpora folder: round weights to suit the inputs that layers have there")
    a = a.parse_args()
    folder = a.base or finetune.base_model()
    shape = shape_of(folder)
    state = torch.load(a.weights, map_location="cpu", weights_only=True)
    moments = rounding.moments(state, a.data, folder) if a.data and a.precision == "int8" else {}
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
        "architecture": shape["architecture"],
        "base": a.base.resolve().name if a.base else "all-MiniLM-L6-v2",
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
