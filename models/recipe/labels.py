"""Join our labels of PolNeAR articles with their texts, which may not be handed on.

In: `seeds/labels/polnear.jsonl`, whose rows say who stands how toward whom in which sentence, by numbers only, and
PolNeAR's training articles. Out: a JSONL file in the rows form of docs/data.md, for `finetune.py --rows` and `stance
train --rows`, with `pairs` as false: every stance of a sentence is labelled, so that the head of pairs would learn to list more
than readers do. The decision a reader would question: spans count characters of the sentence with every run of white
space as one space, since that is what was labelled.
"""

import argparse
import gzip
import json
import re
from pathlib import Path


def sentences(article):
    """The sentences of an article as they were labelled."""
    cut = (article["text"][tokens[0][0] : tokens[-1][1]] for tokens in article["sents"] if tokens)
    return [re.sub(r"\s+", " ", text) for text in cut]


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--data", type=Path, required=True)
    a.add_argument("--labels", type=Path, required=True)
    a.add_argument("--out", type=Path, required=True)
    a = a.parse_args()
    articles = {}
    for line in gzip.open(a.data / "polnear/train.jsonl.gz", "rt", encoding="utf8"):
        article = json.loads(line)
        articles["polnear:" + article["id"]] = article
    with open(a.out, "w", encoding="utf8") as out:
        for line in open(a.labels, encoding="utf8"):
            labels = json.loads(line)
            texts = sentences(articles[labels["id"]])
            for row in labels["rows"]:
                length = len(texts[row["sentence"]])
                for span in (row["target_span"], row["holder_span"]):
                    if span and not 0 <= span[0] < span[1] <= length:
                        raise SystemExit(f"{labels['id']}: {span} lies outside sentence {row['sentence']} of {length} characters")
            out.write(json.dumps({"id": labels["id"], "sentences": texts, "pairs": False, **labels}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
