"""What parts of a model give: figures without each, against the whole, with intervals.

In: the `stance` binary, a model folder and the folder of corpora. Out: a table in Markdown, a row a part that was taken
out and a column a figure: by how much it is above that of the whole model, with the interval of the paired bootstrap. The
decision a reader would question: nothing is fitted anew. What the other parts would make of the loss is not measured, so
a part may be worth less than its row says.

    python models/ablation.py --binary target/release/stance --model models/stance-en-small --data DATA
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

FIGURES = {
    "holder-stance dev, whole documents": ["polar pairs F1"],
    "speeches dev, whole documents": ["polar pairs F1"],
    "gold articles": ["polar pairs F1", "speaker P", "speaker R"],
    "PolNeAR dev": ["source tokens F1", "cue tokens F1", "content tokens F1"],
    "holder-stance dev, mentions": ["target words F1", "holder words F1"],
}


def no_pairs(heads):
    heads["pairs"] = None


def no_transitions(heads):
    for tagger in heads["taggers"]:
        tagger["transition_weight"] = 0.0


def no_bias(heads):
    for tagger in heads["taggers"]:
        tagger["outside_bias"] = 0.0


def no_calibration(heads):
    for head in heads["stances"].values():
        head["calibration"] = {"temperature": 1.0, "none_temperature": 1.0, "none_shift": 0.0}


def everything(heads):
    heads["decision"]["max_none"] = [1.0] * 3


PARTS = {
    "the head of pairs": no_pairs,
    "transitions between tags": no_transitions,
    "the bias of the tag outside": no_bias,
    "calibration of stance heads": no_calibration,
    "the bound on P(none)": everything,
}

MEASURE = re.compile(r"  (?P<name>\S.*?)\s+-?[\d.]+  \[.*?\]  n=\d+  (?P<above>[-+][\d.]+) \[(?P<low>[-+][\d.]+), (?P<high>[-+][\d.]+)\]")


def without(model, part, folder):
    """A copy of a model folder without a part."""
    shutil.copytree(model, folder)
    heads = json.loads((folder / "heads.json").read_text())
    PARTS[part](heads)
    (folder / "heads.json").write_text(json.dumps(heads))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["heads.json"] = hashlib.sha256((folder / "heads.json").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def differences(text):
    """(corpus, measure) -> (above, low, high), from what `stance evaluate --against` prints of the second model."""
    found, corpus = {}, None
    for line in text[text.index("\nagainst ") :].splitlines():
        if match := MEASURE.fullmatch(line):
            found[corpus, match["name"]] = tuple(float(match[k]) for k in ("above", "low", "high"))
        elif line and not line.startswith(" "):
            corpus = line
    return found


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--binary", type=Path, required=True)
    a.add_argument("--model", type=Path, required=True)
    a.add_argument("--data", type=Path, required=True)
    a = a.parse_args()
    columns = [(corpus, figure) for corpus, figures in FIGURES.items() for figure in figures]
    print("| without | " + " | ".join(f"{corpus}: {figure}" for corpus, figure in columns) + " |")
    print("| --- |" + " --- |" * len(columns))
    for part in PARTS:
        with tempfile.TemporaryDirectory() as folder:
            reduced = Path(folder) / "model"
            without(a.model, part, reduced)
            run = subprocess.run([a.binary, "evaluate", "--data", a.data, "--model", reduced, "--against", a.model],
                                 capture_output=True, text=True, check=True)
        found = differences(run.stdout)
        cells = ["{:+.3f} [{:+.3f}, {:+.3f}]".format(*found[column]) for column in columns]
        print(f"| {part} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
