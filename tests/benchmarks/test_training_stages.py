import json
import random
from pathlib import Path

import pytest

from benchmarks.stages.rows import NUM_SAMPLES, answered, read_examples, records, settled
from benchmarks.training_stages import growth_of, main
from eventlog import OutcomeRecord, PredictionRecord, parse_record
from tests.training.history.repositories import shop
from tests.training.inputs import prompt_input
from training.examples import Example, ExampleSpec

PATCH = "--- a/a.py\n+++ b/a.py\n@@ -2,1 +2,1 @@\n-pri\n+price * 2\n"
EXAMPLE = Example(
    spec=ExampleSpec(name="a", expected_patches=(PATCH,)),
    prompt_inputs=prompt_input("x = 1\npri^\ny = 2\n", cursor_path="a.py"),
)


def test_examples_are_repeated_under_other_names(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(EXAMPLE.model_dump_json() + "\n")
    names = [each.spec.name for each in read_examples(tmp_path / "a.jsonl", 3)]
    assert names == ["a-0", "a-1", "a-2"]


def test_answers_are_right_nearly_right_or_none() -> None:
    chance = random.Random(0)
    given = [answered(EXAMPLE, chance).predictions[0].actual_patch for _ in range(200)]
    header = "--- a/a.py\n+++ b/a.py\n"
    assert {None, PATCH, header} < set(given)
    assert all(each is None or each.startswith(header) for each in given)


def test_regions_that_came_to_rest_have_many_samples() -> None:
    chance = random.Random(0)
    rows = [settled(EXAMPLE, chance) for _ in range(20)]
    num_texts = []
    for row in rows:
        assert row is not None and row.settled is not None
        assert row.settled.text == "x = 1\nprice * 2\ny = 2\n"
        assert len(row.samples) == NUM_SAMPLES
        num_texts.append(len({sample.text for sample in row.samples}))
    assert min(num_texts) <= 2 and max(num_texts) > 30


def test_a_log_has_an_outcome_for_each_prediction() -> None:
    lines = [record.model_dump(mode="json") for record in records(iter([EXAMPLE] * 3))]
    parsed = [parse_record(line) for line in lines]
    shown = [each.prediction_id for each in parsed if isinstance(each, PredictionRecord)]
    taken = [each.prediction_id for each in parsed if isinstance(each, OutcomeRecord)]
    assert shown == taken and len(set(shown)) == 3
    assert len({each.event_id for each in parsed}) == 7


def test_growth_is_by_row() -> None:
    small, large = ({"rows": n, "seconds": s, "peak_mb": 100.0} for n, s in ((10, 1), (100, 20)))
    assert growth_of(small, large) == {"seconds_per_row": 2.0, "peak_mb": 1.0}


def test_stages_run_as_users_run_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop(tmp_path / "clones" / "example" / "shop.git")
    stages = ["ingest", "check", "settle"]
    arguments = ["--repositories", str(tmp_path / "clones"), "--rows", "8", "16"]
    arguments += ["--tokenizer", "not needed by these.json", "--stages", *stages]
    assert main([*arguments, "--workdir", str(tmp_path / "work")]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert list(figures) == stages
    for stage in stages:
        assert figures[stage]["16 rows"]["rows"] == 16
        assert figures[stage]["16 rows"]["peak_mb"] > 10
        assert figures[stage]["growth"].keys() == {"seconds_per_row", "peak_mb"}
        out = tmp_path / "work" / "16" / f"{stage}.jsonl"
        assert len(out.read_text().splitlines()) > 0
