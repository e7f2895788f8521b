"""The two stages, one after the other, as the runner calls them."""

import json
from pathlib import Path

from tests.training.learning import small
from training.learning.packing import PackConfig
from training.stages import pack, train


def test_rows_become_a_trained_adapter(tmp_path: Path) -> None:
    _, model = small.packed(tmp_path, [small.row(0)])
    given = [*small.rows(6, 2), small.row(0).model_copy(update={"prompt": "a" * 80})]
    config = PackConfig(tokenizer=model / "tokenizer.json", max_length=64, processes=1)
    counts = pack.STAGE.run(iter(given), config, tmp_path / "ids")
    assert counts["train_rows"] == 6
    assert counts["validation_rows"] == 2
    assert counts["dropped_too_long"] == 1
    out = train.STAGE.run(tmp_path / "ids", small.config(model, max_steps=1), tmp_path / "out")
    result = json.loads((out / "training.json").read_text())
    assert result["data"]["splits"]["train"]["num_tokens"] == counts["train_tokens"]
