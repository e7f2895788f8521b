"""The loss on completions, at the price of completions.

A row's completion is a few tokens behind hundreds of the prompt's. The vocabulary's logits, the
largest tensor of the whole step, are computed for those few alone: a hook hands only their hidden
states to the output layer, so that wrappers of the model (DDP, FSDP, PEFT) see an ordinary call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

from training.learning.sequences import IGNORED_LABEL


@contextmanager
def answers_only(model: Any, labels: torch.Tensor) -> Iterator[None]:
    """While open, ``model`` answers logits [N, vocabulary] for the N positions before a label.

    ``labels`` is [batch, length].
    """
    counted = labels[:, 1:] != IGNORED_LABEL

    def keep(_layer: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (given[0][:, :-1][counted],)

    hook = model.get_output_embeddings().register_forward_pre_hook(keep)
    try:
        yield
    finally:
        hook.remove()


def answer_loss(
    logits: torch.Tensor, labels: torch.Tensor, num_labels: Any = None
) -> tuple[torch.Tensor, float]:
    """Mean cross-entropy over ``num_labels`` (default: those given), and the share chosen right."""
    wanted = labels[:, 1:]
    wanted = wanted[wanted != IGNORED_LABEL]
    summed = functional.cross_entropy(logits.float(), wanted, reduction="sum")
    right = (logits.argmax(-1) == wanted).float().mean().item() if len(wanted) else 0.0
    return summed / (len(wanted) if num_labels is None else num_labels), right
