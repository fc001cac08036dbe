"""Unfold a committed encoder to the weights that fine-tuning goes on from.

In: `encoder.onnx` as export.py wrote it (int8 or fp32). Out: an `encoder.pt` for `finetune.py --start` and `mean.py`.
What a reader would question: int8 weights come back as the rounded ones, a difference smaller than one epoch makes.
"""

import argparse
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

import export

N_BUCKETS, UNUSED_POSITIONS = 32, 2  # of all-mpnet-base-v2


def restored(model):
    """The state dict of the transformer, f32."""
    stored = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in model.graph.initializer}

    def rows(name, turned=False):
        """A matrix as stored, one row an output, unfolded."""
        weight = stored[name].T if turned else stored[name]
        scale = stored.get(f"{name}.scale")
        return (weight.float() if scale is None else weight.float() * scale.reshape(-1, 1)).contiguous()

    positions = rows("positions")
    state = {
        "embeddings.word_embeddings.weight": rows("pieces"),
        "embeddings.LayerNorm.weight": stored["norm.weight"],
        "embeddings.LayerNorm.bias": stored["norm.bias"],
    }
    if "distances" in stored:
        architecture = "mpnet"
        table = torch.zeros(N_BUCKETS, len(stored["distances"]))
        table[export.distance_buckets(len(positions), N_BUCKETS)] = stored["distances"].T
        state["encoder.relative_attention_bias.weight"] = table
        # export.py leaves out the positions that MPNet does not use.
        unused = torch.zeros(UNUSED_POSITIONS, positions.shape[1])
        state["embeddings.position_embeddings.weight"] = torch.cat([unused, positions])
    else:
        architecture = "bert"
        # export.py adds the one token type to every position.
        state["embeddings.position_embeddings.weight"] = positions
        state["embeddings.token_type_embeddings.weight"] = torch.zeros(2, positions.shape[1])
    layers = {int(name.split(".")[0]) for name in stored if name[0].isdigit()}
    for i in sorted(layers):
        for short, place in export.PLACES[architecture].items():
            weight = f"{i}.{short}.weight"
            state[f"encoder.layer.{i}.{place}.weight"] = stored[weight] if short.endswith("norm") else rows(weight, True)
            state[f"encoder.layer.{i}.{place}.bias"] = stored[f"{i}.{short}.bias"]
    return state


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--encoder", type=Path, required=True, help="encoder.onnx")
    a.add_argument("--out", type=Path, required=True)
    a = a.parse_args()
    a.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(restored(onnx.load(a.encoder)), a.out)


if __name__ == "__main__":
    main()
