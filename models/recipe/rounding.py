"""Round weights so that the layer's output changes least, not each weight.

In go a matrix and how the layer's inputs vary together; out come int8 rows, two neighbours of a sign summing to 128 at
most, and a scale a row. Each column is rounded
in turn, and what it loses is made up for in the columns that come after it and vary with it (Frantar et al., "GPTQ:
Accurate post-training quantization for generative pre-trained transformers", ICLR 2023). The decision a reader would
question: inputs are those of the unrounded network. The rounding is fine enough that the difference does not
matter, and so the layers can be done in any order.
"""

import random

import numpy as np
import torch

import corpora
import finetune

WINDOWS = 400
PAIR = 128  # 255 * 128 is the largest product of a byte and a pair that 16 bits hold
BLOCK = 64  # columns after which all the later ones are made up for at once; even
DAMPING = 0.01  # of the mean of the diagonal, or directions that never vary would be divided by


def moments(state, data, folder):
    """Sum of x x^T over the inputs of every linear layer, by the layer's name, on training articles; `folder` is the
    base model's."""
    tok = finetune.tokenizer_of(folder)
    encoder = finetune.encoder_of(folder, tok)
    encoder.load_state_dict(state)
    encoder.eval()
    found = {}

    def watch(name):
        def hook(_, inputs):
            x = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
            found[name] = found.get(name, 0) + x.T @ x

        return hook

    for name, layer in encoder.named_modules():
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_pre_hook(watch(name))
    windows = []
    for window in corpora.polnear(data / "polnear/train.jsonl.gz", tok, skip=corpora.held_out(data)):
        windows.append(window)
        if len(windows) == WINDOWS:
            break
    with torch.no_grad():
        for batch in finetune.batches(windows, random.Random(0)):
            finetune.words_of(encoder, batch, False)
    return found


def in_pairs(rows, moment=None):
    """Int8 rows and one f32 scale a row; neighbours 2i and 2i + 1 of one sign sum to PAIR at most."""
    pairs = rows.reshape(len(rows), -1, 2)
    peak = np.maximum(pairs.clip(min=0).sum(axis=2), -pairs.clip(max=0).sum(axis=2)).max(axis=1)
    scale = np.where(peak > 0, peak / (PAIR - 1), 1).astype(np.float32)
    if moment is None:
        moment = torch.eye(rows.shape[1])
    return rounded(rows, scale, moment), scale


def rounded(rows, scale, moment):
    """Int8 rows with the given scale a row, in pairs."""
    rest = torch.tensor(rows, dtype=torch.float64)
    scale = torch.tensor(scale, dtype=torch.float64)
    moment = moment.double()
    moment = moment + DAMPING * moment.diagonal().mean() * torch.eye(len(moment), dtype=torch.float64)
    factor = torch.linalg.cholesky(torch.linalg.inv(moment), upper=True)
    out = np.zeros(rows.shape, np.int8)
    least, most = torch.full_like(scale, -127), torch.full_like(scale, 127)
    for start in range(0, rows.shape[1], BLOCK):
        end = min(start + BLOCK, rows.shape[1])
        block, lost = rest[:, start:end], torch.zeros(len(rows), end - start, dtype=torch.float64)
        for j in range(end - start):
            before = q if j % 2 else torch.zeros_like(scale)
            q = torch.round(block[:, j] / scale)
            q = torch.minimum(torch.maximum(q, torch.maximum(least, -PAIR - before.clamp(max=0))),
                              torch.minimum(most, PAIR - before.clamp(min=0)))
            out[:, start + j] = q.numpy()
            own = factor[start + j, start:end]
            lost[:, j] = (block[:, j] - q * scale) / own[j]
            block[:, j:] -= lost[:, j, None] * own[None, j:]
        rest[:, end:] -= lost @ factor[start:end, end:]
    return out
