"""Average the weights of two encoders, one fine-tuned from the other.

In: two `encoder.pt` of finetune.py, the second trained from the first by `--start`. Out: an `encoder.pt` whose
every weight is the mean. It costs nothing at run time, and lies near the better of the two on most corpora
where each is better on some (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

import argparse
from pathlib import Path

import torch


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--first", type=Path, required=True)
    a.add_argument("--second", type=Path, required=True)
    a.add_argument("--share", type=float, default=0.5, help="of the second, 0 to 1")
    a.add_argument("--out", type=Path, required=True)
    a = a.parse_args()
    if not 0 <= a.share <= 1:
        raise SystemExit(f"--share is {a.share}, it must be 0 to 1")
    first, second = (torch.load(path, map_location="cpu", weights_only=True) for path in (a.first, a.second))
    if first.keys() != second.keys():
        raise SystemExit(f"not the same weights: {sorted(first.keys() ^ second.keys())}")
    mean = {name: torch.lerp(first[name].float(), second[name].float(), a.share) for name in first}
    a.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(mean, a.out)


if __name__ == "__main__":
    main()
