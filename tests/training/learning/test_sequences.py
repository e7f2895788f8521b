"""A packed row is trained on as if it were alone, and only on its completion."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.training.learning import small
from training.learning.packed_rows import PackedRows, read_manifest, read_split
from training.learning.sequences import (
    IGNORED_LABEL,
    PackedSequences,
    PreferencePairs,
    as_dataset,
    attention_mask,
    stacked,
)

LENGTH = 32


def test_labels_are_the_completions_alone(tmp_path: Path) -> None:
    rows = _rows(tmp_path)
    wanted = sorted(row.completion.tolist() for row in rows)
    found = []
    for item in _items(PackedSequences(rows, LENGTH)):
        counted = item["labels"] != IGNORED_LABEL
        assert torch.equal(item["input_ids"][counted], item["labels"][counted])
        for segment in range(1, int(item["segment_ids"].max()) + 1):
            mine = counted & (item["segment_ids"] == segment)
            found.append(item["labels"][mine].tolist())
    assert sorted(found) == wanted


def test_positions_begin_anew_with_each_row(tmp_path: Path) -> None:
    for item in _items(PackedSequences(_rows(tmp_path), LENGTH)):
        for segment in range(1, int(item["segment_ids"].max()) + 1):
            positions = item["position_ids"][item["segment_ids"] == segment]
            assert positions.tolist() == list(range(len(positions)))


def test_a_token_sees_its_own_row_up_to_itself() -> None:
    mask = attention_mask(torch.tensor([[1, 1, 2, 0]]))[0, 0]
    assert mask.tolist() == [
        [True, False, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
    ]


def test_a_packed_row_has_the_loss_that_it_has_alone(tmp_path: Path) -> None:
    rows = _rows(tmp_path)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny")
    batch = stacked(_items(PackedSequences(rows, LENGTH)))
    assert len(batch["input_ids"]) < len(rows) / 2
    with torch.no_grad():
        packed = sorted(_losses_by_segment(model, batch))
        alone = sorted(
            _sum_of_losses(model(ids).logits[0], ids[0], len(row.prompt))
            for row in rows
            for ids in [torch.tensor([[*row.prompt.tolist(), *row.completion.tolist()]])]
        )
    assert packed == pytest.approx(alone, rel=1e-4)


def test_a_data_set_gives_the_same_items(tmp_path: Path) -> None:
    source = PackedSequences(_rows(tmp_path), LENGTH)
    dataset = as_dataset(source)
    assert len(dataset) == len(source)
    for number, item in enumerate(_items(source)):
        assert all(torch.equal(dataset[number][name], item[name]) for name in item)


def test_pairs_are_the_rows_with_a_rejected_answer(tmp_path: Path) -> None:
    given = [small.row(0, rejected="zz"), small.row(1), small.row(2, rejected="y")]
    folder, _ = small.packed(tmp_path, given)
    rows = read_split(folder, read_manifest(folder).splits["train"])
    pairs = PreferencePairs(rows)
    assert len(pairs) == 2
    assert pairs[1]["prompt_ids"] == rows[2].prompt.tolist()
    assert pairs[1]["chosen_ids"] == rows[2].completion.tolist()
    lengths = [sum(map(len, [*pair.values(), pair["prompt_ids"]])) for pair in (pairs[0], pairs[1])]
    assert pairs.num_tokens == sum(lengths)


def _rows(folder: Path) -> PackedRows:
    packed, _ = small.packed(folder, small.rows(16, 0))
    return read_split(packed, read_manifest(packed).splits["train"])


def _items(source: PackedSequences) -> list[dict[str, torch.Tensor]]:
    return [source[index] for index in range(len(source))]


def _losses_by_segment(model: Any, batch: dict[str, torch.Tensor]) -> list[float]:
    seen = attention_mask(batch["segment_ids"])
    mask = torch.zeros(seen.shape).masked_fill(~seen, float("-inf"))
    logits = model(
        batch["input_ids"], attention_mask=mask, position_ids=batch["position_ids"]
    ).logits
    losses = []
    for row, labels in enumerate(batch["labels"]):
        for segment in range(1, int(batch["segment_ids"][row].max()) + 1):
            mine = batch["segment_ids"][row] == segment
            num_prompt = int((labels[mine] == IGNORED_LABEL).sum())
            ids = batch["input_ids"][row][mine]
            losses.append(_sum_of_losses(logits[row][mine], ids, num_prompt))
    return losses


def _sum_of_losses(logits: torch.Tensor, ids: torch.Tensor, num_prompt: int) -> float:
    counted = logits[num_prompt - 1 : -1]
    return float(torch.nn.functional.cross_entropy(counted, ids[num_prompt:], reduction="sum"))
