"""From logits to tokens. The choice at a place depends on that place's logits and the seed only.

So it is the same whether tokens come one at a time or several drafted ones are checked at once.
"""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from model.engine import Sampling


def choose_tokens(
    logits: Tensor, draft: Sequence[int], sampling: Sampling, position: int
) -> list[int]:
    """The accepted tokens of ``draft`` and the one that follows them.

    Row ``i`` of ``logits`` predicts the token after ``draft[:i]``; the first chosen token is number
    ``position`` of the answer.
    """
    choices = logits.argmax(-1).tolist() if sampling.temperature <= 0 else None
    chosen: list[int] = []
    for row in range(len(draft) + 1):
        token = choices[row] if choices else _sample(logits[row], sampling, position + row)
        chosen.append(token)
        if row == len(draft) or token != draft[row]:
            break
    return chosen


def _sample(logits: Tensor, sampling: Sampling, position: int) -> int:
    point = random.Random(f"{sampling.seed}:{position}").random()
    cumulated = (logits.double() / sampling.temperature).softmax(-1).cumsum(-1)
    place = int(torch.searchsorted(cumulated, point * float(cumulated[-1]), right=True))
    return min(place, len(logits) - 1)
