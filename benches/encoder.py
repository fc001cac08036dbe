"""ONNX Runtime on the sentences of `cargo bench --bench encoder`, which runs before and after it.

    python3 -m venv /tmp/ort && /tmp/ort/bin/pip install onnx==1.22.0 onnxruntime==1.32.0
    /tmp/ort/bin/python benches/encoder.py

In go the weights of the built-in model and the token ids that our benchmark writes; out comes a table of sentences a
second on one thread. The decision a reader would question: the graph is built here, of the plain operators that
ONNX Runtime knows to fuse, since the committed file takes one window without a mask. Its int8 is ONNX Runtime's own
dynamic one (a scale a tensor of activations), a scale a column of weights, which have seven bits (`reduce_range`) as it
advises for machines without VNNI.
"""

import argparse
import json
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models/stance-en-small"
ROUNDS = 5


def weights():
    """Every tensor of the committed file in f32, by name; matrices with a row an input."""
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(MODEL / "encoder.onnx").graph.initializer}
    tables = ("pieces", "positions")
    unfolded = {}
    for name, array in stored.items():
        if name.endswith(".scale") or name == "zero":
            continue
        if array.dtype == np.int8:
            scale = stored[f"{name}.scale"].ravel()
            array = array * (scale[:, None] if name in tables else scale)
        unfolded[name] = array.astype(np.float32)
    return unfolded


def graph(tensors, layers, heads, width, epsilon):
    """BERT on ids [batch, n] with a mask [batch, n], 1 where there is a token."""
    nodes, constants = [], []

    def node(op, *inputs, **attributes):
        name = f"{op}_{len(nodes)}"
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def tensor(name, array):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def linear(x, name):
        return node("Add", node("MatMul", x, tensor(f"{name}.weight", tensors[f"{name}.weight"])),
                    tensor(f"{name}.bias", tensors[f"{name}.bias"]))

    def norm(x, name):
        return node("LayerNormalization", x, tensor(f"{name}.weight", tensors[f"{name}.weight"]),
                    tensor(f"{name}.bias", tensors[f"{name}.bias"]), axis=-1, epsilon=epsilon)

    size = width // heads
    split = tensor("split", np.array([0, 0, heads, size], np.int64))
    joined = tensor("joined", np.array([0, 0, width], np.int64))
    zero, one, two = (tensor(f"at{i}", np.array([i], np.int64)) for i in range(3))
    n = node("Slice", node("Shape", "ids"), one, two)
    places = node("Slice", tensor("positions", tensors["positions"]), zero, n, zero)
    x = norm(node("Add", node("Gather", tensor("pieces", tensors["pieces"]), "ids"), places), "norm")
    mask = node("Cast", node("Unsqueeze", "mask", tensor("axes", np.array([1, 2], np.int64))), to=TensorProto.FLOAT)
    mask = node("Mul", node("Sub", tensor("full", np.array(1, np.float32)), mask),
                tensor("least", np.array(np.finfo(np.float32).min, np.float32)))
    root, half = tensor("root", np.array(size**0.5, np.float32)), tensor("half", np.array(0.5, np.float32))
    root2 = tensor("root2", np.array(2**0.5, np.float32))
    for i in range(layers):
        parts = [node("Reshape", linear(x, f"{i}.{part}"), split) for part in ("query", "key", "value")]
        query, value = (node("Transpose", part, perm=[0, 2, 1, 3]) for part in (parts[0], parts[2]))
        key = node("Transpose", parts[1], perm=[0, 2, 3, 1])
        scores = node("Add", node("Div", node("MatMul", query, key), root), mask)
        found = node("MatMul", node("Softmax", scores, axis=-1), value)
        found = node("Reshape", node("Transpose", found, perm=[0, 2, 1, 3]), joined)
        x = norm(node("Add", linear(found, f"{i}.seen"), x), f"{i}.seen.norm")
        wide = linear(x, f"{i}.wide")
        erf = node("Add", node("Erf", node("Div", wide, root2)), "full")
        wide = node("Mul", node("Mul", wide, erf), half)
        x = norm(node("Add", linear(wide, f"{i}.narrow"), x), f"{i}.norm")
    nodes.append(helper.make_node("Identity", [x], ["vectors"]))
    sides = ["batch", "n"]
    whole = helper.make_graph(
        nodes, "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, sides) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [*sides, width])], constants)
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def batches(ids, size):
    """Padded batches; sentences of like length together, as a careful caller would have them."""
    ids = sorted(ids, key=len)
    made = []
    for start in range(0, len(ids), size):
        rows = ids[start:start + size]
        n = max(map(len, rows))
        padded, mask = np.zeros((2, len(rows), n), np.int64)
        for row, (one, there) in zip(rows, zip(padded, mask)):
            one[:len(row)], there[:len(row)] = row, 1
        made.append({"ids": padded, "mask": mask})
    return made


def seconds(engine, work):
    began = time.perf_counter()
    for feed in work:
        engine.run(None, feed)
    return time.perf_counter() - began


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--bench", help="the benchmark's binary, if it was built already")
    a = a.parse_args()
    spec = json.loads((MODEL / "manifest.json").read_text())["encoder"]
    folder = Path(tempfile.mkdtemp())
    ours = [a.bench] if a.bench else ["cargo", "bench", "--bench", "encoder", "--"]

    def bench():
        return subprocess.run([*ours, "--ids", folder / "ids.json"], cwd=ROOT, check=True, capture_output=True,
                              text=True).stdout

    first = bench()
    ids = json.loads((folder / "ids.json").read_text())
    model = graph(weights(), spec["layers"], spec["heads"], spec["width"], 1e-12)
    onnx.save(model, folder / "fp32.onnx")
    quantize_dynamic(folder / "fp32.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, per_channel=True,
                     reduce_range=True)
    engines = {name: session(folder / f"{name}.onnx") for name in ("fp32", "int8")}
    rows = {(name, size): [] for name in engines for size in (1, 8, 32)}
    for _ in range(ROUNDS):
        for (name, size), found in rows.items():
            found.append(seconds(engines[name], batches(ids, size)))
    print(f"ONNX Runtime {onnxruntime.__version__}, {len(ids)} sentences, medians of {ROUNDS}")
    print("| engine | sentences/s | slowest | fastest |\n| --- | ---: | ---: | ---: |")
    for (name, size), found in rows.items():
        found = [len(ids) / s for s in sorted(found)]
        print(f"| ONNX Runtime {name}, {size} a batch | {found[ROUNDS // 2]:.1f} | {found[-1]:.1f} | {found[0]:.1f} |")
    print("\nours before\n", first, "\nours after\n", bench())


if __name__ == "__main__":
    main()
