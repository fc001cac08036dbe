"""Read the corpora into training windows.

In: the folder of corpora (see docs/data.md). Out: `Window`s of at most 192 word pieces, each a list of
consecutive sentences tokenised one by one, with word tags and stance rows. The decision a reader would
question: everything is counted in *words* (the tokenizer's pre-tokens), never in word pieces, since the Rust
side tags and averages words too; a word's vector is the mean of its pieces.
"""

import gzip
import json
import random
import re
from dataclasses import dataclass, field

MAX_PIECES = 192
LABELS = {"none": 0, "favour": 1, "neutral": 2, "against": 3}
ENTITIES = {"PERSON": "person", "ORGANIZATION": "organisation", "LOCATION": "location", "MISC": "group"}
TAGS = {
    "voice": ["O", "B-source", "I-source", "B-cue", "I-cue"],
    "content": ["O", "B-content", "I-content"],
    "entity": ["O"] + [f"{p}-{t}" for t in ("person", "organisation", "location", "group") for p in "BI"],
    "target": ["O", "B-target", "I-target"],
    "holder": ["O", "B-holder", "I-holder"],
}
OWN = ("train", "news", "statements", "voices")  # files of seeds/sentences to learn from
IGNORE = -100


def repeats(said, own):
    """Whether two sets of sentences share a fifth of the smaller one, and two of them if it has two."""
    shared, shorter = len(said & own), min(len(said), len(own))
    return shared >= min(2, shorter) and 5 * shared >= shorter > 0


def held_out(data):
    """Ids of the articles in holder-stance dev, and of those in its train that nearly repeat one; with and without the
    corpus. A paper prints an article twice, a few paragraphs changed. Only these two files are compared, where
    `stance train` asks every text that it fits on.
    """
    def articles(part):
        lines = map(json.loads, open(data / f"holder-stance/{part}.jsonl", encoding="utf8"))
        words = lambda d: [tuple(re.findall(r"\w+", s.lower())) for s in d["sentences"]]
        return {d["id"]: {w for w in words(d) if len(w) >= 8} for d in lines}

    dev = articles("dev")
    ids = set(dev)
    for name, said in articles("train").items():
        if any(repeats(said, own) for own in dev.values()):
            ids.add(name)
    return ids | {name.split(":", 1)[1] for name in ids}


@dataclass
class Window:
    ids: list = field(default_factory=list)  # without [CLS] and [SEP]
    word_of: list = field(default_factory=list)  # word index of every piece
    n_words: int = 0
    tags: dict = field(default_factory=dict)  # layer -> one tag index a word
    rows: dict = field(default_factory=dict)  # head -> [(target, holder, sentence, label)], word ranges


class Sentence:
    """One tokenised sentence: ids, word index of each piece, and the character range of each word."""

    def __init__(self, tokenizer, text):
        e = tokenizer.encode(text, add_special_tokens=False)
        self.ids = e.ids[: MAX_PIECES - 2]
        self.word_of, self.words, last = [], [], None
        for word, (s, t) in list(zip(e.word_ids, e.offsets))[: MAX_PIECES - 2]:
            if word != last:
                self.words.append([s, t])
                last = word
            self.words[-1][1] = t
            self.word_of.append(len(self.words) - 1)

    def word_range(self, start, end):
        """Words that overlap the characters [start, end), or None."""
        hit = [i for i, (s, t) in enumerate(self.words) if s < end and t > start]
        return (hit[0], hit[-1] + 1) if hit else None


def tag(layer, name, span, tags):
    first, last = span
    if all(t in (0, IGNORE) for t in tags[first:last]):
        tags[first] = TAGS[layer].index(f"B-{name}")
        for i in range(first + 1, last):
            tags[i] = TAGS[layer].index(f"I-{name}")


def pack(sentences, tags, rows):
    """Consecutive sentences -> windows. tags: layer -> list (a sentence) of lists; rows: (sentence, head, ...)."""
    windows, window, at = [], None, {}
    for i, s in enumerate(sentences):
        if window is None or len(window.ids) + len(s.ids) > MAX_PIECES - 2:
            window = Window(tags={k: [] for k in tags})
            windows.append(window)
        at[i] = (window, window.n_words)
        window.ids += s.ids
        window.word_of += [w + window.n_words for w in s.word_of]
        window.n_words += len(s.words)
        for k in tags:
            window.tags[k] += tags[k][i]
    for i, head, target, holder, label in rows:
        w, o = at[i]
        n = len(sentences[i].words)
        shift = lambda r: None if r is None else (r[0] + o, r[1] + o)
        w.rows.setdefault(head, []).append((shift(target), shift(holder), (o, o + n), label))
    return [w for w in windows if w.n_words]


def mentions_of(text, forms):
    for form in sorted(forms, key=len, reverse=True):
        for m in re.finditer(r"(?<!\w)" + re.escape(form) + r"(?!\w)", text):
            yield m.span()


def read_taught(path):
    """Sentence -> rows of (start, end, favour, neutral, against), as teach.py wrote them."""
    lines = (json.loads(line) for line in open(path, encoding="utf8"))
    return {d["text"]: d["rows"] for d in lines}


def taught_rows(number, sentence, text, taught):
    """What the teacher thinks of a sentence's mentions, as rows whose label is four probabilities."""
    for start, end, *p in taught.get(text, ()):
        words = sentence.word_range(start, end)
        if words is not None:
            yield number, "taught", words, None, (0.0, *p)


def rows_documents(path, tokenizer, rng, skip=frozenset(), taught={}):
    """holder-stance and speeches: target and holder tags, and stance rows with the class none."""
    for line in open(path, encoding="utf8"):
        d = json.loads(line)
        if d["id"] in skip:
            continue
        turns = "turns" in d
        sentences = [Sentence(tokenizer, s) for s in d["sentences"]]
        tags = {k: [[0] * len(s.words) for s in sentences] for k in ("target", "holder")}
        rows, by_sentence, last_voice = [], {}, None
        for r in d["rows"]:
            by_sentence.setdefault(r["sentence"], []).append(r)
        for i, s in enumerate(sentences):
            known = by_sentence.get(i, [])
            targets, holders, given = {}, {}, {}
            for r in known:
                t = s.word_range(*r["target_span"])
                if t is None:
                    continue
                targets.setdefault(t, r["actor"])
                h = s.word_range(*r["holder_span"]) if r["holder_span"] else None
                if h is not None:
                    holders.setdefault(h, r["holder"])
                kind = "author" if r["holder"] == "AUTHOR" else "named" if h is not None else "implicit"
                given[kind, t, h] = LABELS[r["label"]]
            for t in targets:
                tag("target", "target", t, tags["target"][i])
            for h in holders:
                tag("holder", "holder", h, tags["holder"][i])
            # Other mentions of a labelled actor in the sentence are targets too: one row stands for all of them.
            for actor in dict.fromkeys(targets.values()):
                for span in mentions_of(d["sentences"][i], d["actors"].get(actor, [])):
                    t = s.word_range(*span)
                    if t is not None:
                        tag("target", "target", t, tags["target"][i])
            for (kind, t, h), label in given.items():
                rows.append((i, kind, t, h, label))
            nones = []
            for t, actor in targets.items():
                for h in holders:
                    overlap = h[0] < t[1] and t[0] < h[1]
                    same = any((kind, u) == ("named", t) and v == h for kind, u, v in given)
                    # Another mention of the same holder in this sentence may carry the row.
                    voiced = any(r["holder"] == holders[h] and r["actor"] == actor for r in known)
                    if not overlap and not same and not voiced:
                        nones.append((i, "named", t, h, 0))
                if not turns and not any(k == "author" and u == t for k, u, _ in given):
                    nones.append((i, "author", t, None, 0))
                if not any(k == "implicit" and u == t for k, u, _ in given) and (last_voice or turns):
                    nones.append((i, "implicit", t, None, 0))
            rng.shuffle(nones)
            rows += nones[: max(2, 2 * len(given))]
            rows += taught_rows(i, s, d["sentences"][i], taught)
            last_voice = any(r["holder"] != "AUTHOR" for r in known)
        yield from pack(sentences, tags, rows)


def polnear(path, tokenizer, skip, taught={}):
    """PolNeAR: attribution tags in two layers (source and cue; content, which may hold both), silver entities."""
    for line in gzip.open(path, "rt", encoding="utf8"):
        d = json.loads(line)
        if d["id"] in skip:
            continue
        sentences, spans = [], []
        for tokens in d["sents"]:
            start, end = tokens[0][0], tokens[-1][1]
            sentences.append(Sentence(tokenizer, d["text"][start:end]))
            spans.append((start, end))
        tags = {k: [[0] * len(s.words) for s in sentences] for k in ("voice", "content", "entity")}

        def mark(layer, name, start, end):
            for i, (s, e) in enumerate(spans):
                if s < end and start < e:
                    r = sentences[i].word_range(start - s, end - s)
                    if r is not None:
                        tag(layer, name, r, tags[layer][i])

        for a in d["attributions"]:
            for s, e in a["cue"]:
                mark("voice", "cue", s, e)
        for a in d["attributions"]:
            for s, e in a["source"]:
                mark("voice", "source", s, e)
        # The outermost content first, so that nested ones do not cut it.
        for s, e in sorted((x for a in d["attributions"] for x in a["content"]), key=lambda x: x[0] - x[1]):
            mark("content", "content", s, e)
        for tokens in d["sents"]:
            start = None
            for k, (s, e, _, ner) in enumerate(tokens):
                if ner in ENTITIES and (k == 0 or tokens[k - 1][3] != ner):
                    start = s
                if ner in ENTITIES and (k + 1 == len(tokens) or tokens[k + 1][3] != ner):
                    mark("entity", ENTITIES[ner], start, e)
        rows = [row for i, (s, e) in enumerate(spans) for row in taught_rows(i, sentences[i], d["text"][s:e], taught)]
        yield from pack(sentences, tags, rows)


def single(sentence, rows):
    return pack([sentence], {}, [(0, *r) for r in rows])[0]


def newsmtsc(path, tokenizer):
    """NewsMTSC: sentence + target -> the sentence's sentiment toward it, whoever voices it."""
    polarity = {2: 3, 4: 2, 6: 1}
    for line in open(path, encoding="utf8"):
        d = json.loads(line)
        s = Sentence(tokenizer, d["sentence_normalized"])
        rows = []
        for t in d["targets"]:
            r = s.word_range(int(t["from"]), int(t["to"]))
            if r is not None:
                rows.append(("sentence", r, None, polarity[round(float(t["polarity"]))]))
        if rows:
            yield single(s, rows)


def dse(path, tokenizer):
    """DSE: two bracketed entities -> two directed rows (p toward q, q toward p)."""
    classes = {0: (2, 2), 1: (1, 2), 2: (2, 1), 3: (3, 2), 4: (2, 3)}
    for line in open(path, encoding="utf8"):
        parts = line.rstrip("\n").split("\t")
        if len(parts) != 4:
            continue
        text, spans = "", []
        for piece in re.split(r"([\[\]])", parts[0]):
            if piece == "[":
                start = len(text)
            elif piece == "]":
                spans.append((start, len(text)))
            else:
                text += piece
        if len(spans) != 2:
            continue
        s = Sentence(tokenizer, text)
        first, second = (s.word_range(*x) for x in spans)
        if first is None or second is None or first == second:
            continue
        # The class is told of p and q as listed, which stand in text order or not.
        names = [text[a:b] for a, b in spans]
        p, q = (first, second) if names[0] == parts[1] or names[1] == parts[2] else (second, first)
        pq, qp = classes[int(parts[3])]
        yield single(s, [("directed", q, p, pq), ("directed", p, q, qp)])


def with_strangers(windows, rng, share=0.25):
    """Pack a share of the single sentences with strangers, so that the encoder learns to ignore neighbours."""
    windows = list(windows)
    rng.shuffle(windows)
    alone, mixed = windows[int(share * len(windows)):], windows[: int(share * len(windows))]
    out, window = alone, None
    for w in mixed:
        if window is None or len(window.ids) + len(w.ids) > MAX_PIECES - 2:
            window = Window()
            out.append(window)
        o = window.n_words
        window.ids += w.ids
        window.word_of += [x + o for x in w.word_of]
        window.n_words += w.n_words
        for head, rows in w.rows.items():
            move = lambda r: None if r is None else (r[0] + o, r[1] + o)
            window.rows.setdefault(head, []).extend((move(t), move(h), move(s), y) for t, h, s, y in rows)
    return out
