"""What the trainers read: packed sequences for imitation, pairs for preference."""

from typing import Any

import datasets
import numpy as np
import torch

from training.learning.bins import bins_of
from training.learning.packed_rows import PackedRows, TokenisedRow

IGNORED_LABEL = -100


class PackedSequences:
    """Rows packed into sequences of ``length`` tokens.

    An item holds four tensors of ``length`` integers: ``input_ids``; ``labels`` (ignored outside
    completions); ``position_ids``, which begin at 0 for every row; and ``segment_ids``, 1 for the
    first row, 2 for the next, 0 for padding.
    """

    column_names = ("input_ids", "labels", "position_ids", "segment_ids")

    def __init__(self, rows: PackedRows, length: int) -> None:
        self._rows = rows
        self._length = length
        self._bins = bins_of(rows.lengths(), length)

    @property
    def num_tokens(self) -> int:
        """Tokens that a model reads in one epoch, padding left out."""
        return int(self._rows.lengths().sum())

    @property
    def mean_labels(self) -> float:
        """Tokens of completions in a sequence, on average."""
        return sum(len(row.completion) for row in self._rows) / len(self)

    def __len__(self) -> int:
        return len(self._bins)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        item = {name: np.zeros(self._length, np.int64) for name in self.column_names}
        item["labels"].fill(IGNORED_LABEL)
        start = 0
        for segment, row_index in enumerate(self._bins[index], start=1):
            row = self._rows[row_index]
            middle, end = start + len(row.prompt), start + row.num_tokens
            item["input_ids"][start:middle] = row.prompt
            item["input_ids"][middle:end] = row.completion
            item["labels"][middle:end] = row.completion
            item["position_ids"][start:end] = np.arange(end - start)
            item["segment_ids"][start:end] = segment
            start = end
        return {name: torch.from_numpy(values) for name, values in item.items()}


class PreferencePairs:
    """Rows that have a rejected answer, as lists of token ids."""

    column_names = ("prompt_ids", "chosen_ids", "rejected_ids")

    def __init__(self, rows: PackedRows) -> None:
        self._rows = rows
        self._indices = [number for number, row in enumerate(rows) if row.rejected is not None]

    @property
    def num_tokens(self) -> int:
        """Tokens that a model reads in one epoch, padding left out."""
        pairs = (self[index] for index in range(len(self)))
        return sum(
            2 * len(pair["prompt_ids"]) + len(pair["chosen_ids"]) + len(pair["rejected_ids"])
            for pair in pairs
        )

    @property
    def mean_labels(self) -> float:
        """Tokens of completions in a pair's better half, on average."""
        pairs = (self[index] for index in range(len(self)))
        return sum(len(pair["chosen_ids"]) for pair in pairs) / len(self)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        row: TokenisedRow = self._rows[self._indices[index]]
        assert row.rejected is not None
        return {
            "prompt_ids": row.prompt.tolist(),
            "chosen_ids": row.completion.tolist(),
            "rejected_ids": row.rejected.tolist(),
        }


def as_dataset(source: PackedSequences | PreferencePairs) -> datasets.Dataset:
    """A data set of the type that TRL insists on; each item is made when it is asked for."""

    def items(batch: dict[str, list[int]]) -> dict[str, list[Any]]:
        made: list[dict[str, Any]] = [source[index] for index in batch["index"]]
        return {name: [item[name] for item in made] for name in source.column_names}

    indices = datasets.Dataset.from_dict({"index": range(len(source))})
    return indices.with_transform(items)


def attention_mask(segment_ids: torch.Tensor) -> torch.Tensor:
    """Who may look at whom: each token at the tokens of its own row up to itself.

    ``segment_ids`` is [batch, length]; the answer is boolean, [batch, 1, length, length].
    """
    length = segment_ids.shape[-1]
    causal = torch.ones(length, length, dtype=torch.bool, device=segment_ids.device).tril()
    same = segment_ids[:, None, :, None] == segment_ids[:, None, None, :]
    return same & causal


def stacked(items: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    """A batch: the items' tensors stacked, name by name."""
    return {name: torch.stack([item[name] for item in items]) for name in items[0]}
