"""Let a larger encoder say what it thinks of mentions that nobody labelled.

In: a teacher that finetune.py made (`--base`, with its `heads.pt`) and the training corpora. Out: a JSONL file with a line a
sentence: its text, and for every mention of an actor its character range and the teacher's probabilities of favour,
neutral and against, as the sentence's sentiment toward it. Mentions are
the named entities of PolNeAR (silver) and the labelled targets of holder-stance, of our own texts and of `--rows`. The decision a
reader would question: only training texts are taught, and each sentence alone, since the teacher learned on single
sentences. What is in the file already is not done again, so a run that was stopped goes on.
"""

import argparse
import gzip
import json
import random
from pathlib import Path

import torch

import corpora
import finetune


def mentions(data, seeds, more, skip):
    """Sentence -> character ranges of mentions, in a fixed order."""
    found = {}

    def add(text, spans):
        if spans and 20 <= len(text) <= 600:
            known = found.setdefault(text, [])
            known += [s for s in spans if all(s[1] <= a or b <= s[0] for a, b in known)]

    for line in gzip.open(data / "polnear/train.jsonl.gz", "rt", encoding="utf8"):
        d = json.loads(line)
        if d["id"] in skip:
            continue
        for tokens in d["sents"]:
            at, spans, last = tokens[0][0], [], None
            for s, e, _, ner in tokens:
                if ner in corpora.ENTITIES:
                    if ner == last:
                        spans[-1][1] = e - at
                    else:
                        spans.append([s - at, e - at])
                last = ner
            add(d["text"][at : tokens[-1][1]], [tuple(s) for s in spans])
    rows = [data / "holder-stance/train.jsonl", data / "speeches/train.jsonl"]
    rows += [seeds / f"sentences/{name}.jsonl" for name in corpora.OWN] if seeds else []
    for path in rows + more:
        for line in open(path, encoding="utf8"):
            d = json.loads(line)
            if d["id"] in skip:
                continue
            for i, text in enumerate(d["sentences"]):
                spans = sorted({tuple(r["target_span"]) for r in d["rows"] if r["sentence"] == i})
                apart = []
                for s in spans:
                    if not apart or apart[-1][1] <= s[0]:
                        apart.append(s)
                add(text, apart)
    return found


@torch.no_grad()
def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--data", type=Path, required=True)
    a.add_argument("--seeds", type=Path)
    a.add_argument("--rows", type=Path, action="append", default=[], help="more texts in the rows form")
    a.add_argument("--base", type=Path, required=True, help="folder of the teacher's base model")
    a.add_argument("--teacher", type=Path, required=True, help="folder with encoder.pt and heads.pt")
    a.add_argument("--out", type=Path, required=True)
    a = a.parse_args()
    tok = finetune.tokenizer_of(a.base)
    encoder = finetune.encoder_of(a.base, tok)
    encoder.load_state_dict(torch.load(a.teacher / "encoder.pt", map_location="cpu", weights_only=True))
    heads = finetune.Heads(encoder.config.hidden_size)
    heads.load_state_dict(torch.load(a.teacher / "heads.pt", map_location="cpu", weights_only=True))
    encoder.eval(), heads.eval()
    dev = corpora.held_out(a.data)
    done = set()
    if a.out.exists():
        whole = [line for line in open(a.out, encoding="utf8") if line.endswith("\n")]
        done = {json.loads(line)["text"] for line in whole}
        a.out.write_text("".join(whole), encoding="utf8")
    windows = []
    for text, spans in mentions(a.data, a.seeds, a.rows, dev).items():
        if text in done:
            continue
        s = corpora.Sentence(tok, text)
        ranges = [(span, s.word_range(*span)) for span in spans]
        ranges = [(span, r) for span, r in ranges if r is not None]
        if ranges:
            w = corpora.single(s, [("sentence", r, None, 0) for _, r in ranges])
            w.text, w.spans = text, [span for span, _ in ranges]
            windows.append(w)
    work = finetune.batches(windows, random.Random(5))
    print(f"{len(done)} sentences are done, {len(windows)} are to do", flush=True)
    with open(a.out, "a", encoding="utf8") as out:
        for at, batch in enumerate(work):
            logits = finetune.outputs(encoder, heads, batch, False)["sentence"][0]
            p = iter(logits[:, 1:].softmax(1).tolist())
            for w in batch:
                rows = [[*span, *(round(x, 4) for x in next(p))] for span in w.spans]
                out.write(json.dumps({"text": w.text, "rows": rows}) + "\n")
            out.flush()
            if at % 50 == 0:
                print(f"batch {at} of {len(work)}", flush=True)


if __name__ == "__main__":
    main()
