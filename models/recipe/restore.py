"""Unfold a committed encoder to the weights that fine-tuning goes on from.

In: `encoder.onnx` as export.py wrote it (int8 or fp32). Out: an `encoder.pt` for `finetune.py --start` and `mean.py`.
What a reader would question: int8 weights come back as the rounded ones, a difference smaller than one epoch makes.
"""

import argparse
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

PLACES = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
          "seen": "attention.output.dense", "seen.norm": "attention.output.LayerNorm", "wide": "intermediate.dense",
          "narrow": "output.dense", "norm": "output.LayerNorm"}


def restored(model):
    """The state dict of the transformer, f32."""
    stored = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in model.graph.initializer}

    def rows(name, turned=False):
        """A matrix as stored, one row an output, unfolded."""
        weight = stored[name].T if turned else stored[name]
        scale = stored.get(f"{name}.scale")
        return (weight.float() if scale is None else weight.float() * scale.reshape(-1, 1)).contiguous()

    places = rows("positions")
    state = {
        "embeddings.word_embeddings.weight": rows("pieces"),
        # export.py adds the one token type to every position.
        "embeddings.position_embeddings.weight": places,
        "embeddings.token_type_embeddings.weight": torch.zeros(2, places.shape[1]),
        "embeddings.LayerNorm.weight": stored["norm.weight"],
        "embeddings.LayerNorm.bias": stored["norm.bias"],
    }
    layers = {int(name.split(".")[0]) for name in stored if name[0].isdigit()}
    for i in sorted(layers):
        for short, place in PLACES.items():
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
