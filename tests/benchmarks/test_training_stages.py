import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from benchmarks.stages.answers import KINDS, answered, change_of, settled
from benchmarks.stages.bench import SOURCES, Bench, command, commits_each
from benchmarks.stages.events import event_log
from benchmarks.stages.examples import read_examples, read_lines, varied
from benchmarks.stages.figures import growth_of, table
from benchmarks.stages.inputs import write_segments
from benchmarks.stages.measuring import StageFailed, measure
from benchmarks.training_stages import main
from eventlog import OutcomeRecord, PredictionRecord, SettledRecord, parse_record
from tests.training.history.repositories import shop
from tests.training.inputs import prompt_input
from training.evaluation.outcomes import expected_outcomes
from training.examples import Example, ExampleSpec
from training.settling import sample_distances

OLD = "def total_price(price):\n    pri^\n\n\nprint(total_price(3))\n"
NEW = "def total_price(price):\n    return price * 2\n\n\nprint(total_price(3))\n"
PATCH = "--- a/a.py\n+++ b/a.py\n@@ -2,1 +2,1 @@\n-    pri\n+    return price * 2\n"
EXAMPLE = Example(
    spec=ExampleSpec(name="a", expected_patches=(PATCH,)),
    prompt_inputs=prompt_input(OLD, cursor_path="a.py"),
)
QUIET = EXAMPLE.model_copy(update={"spec": ExampleSpec(expected_patches=(PATCH[:22],))})


def test_rows_are_chosen_evenly(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(f"{number}\n" for number in range(10)))
    assert [int(line) for line in read_lines(tmp_path / "a.jsonl", 4)] == [2, 4, 7, 9]
    assert [int(line) for line in read_lines(tmp_path / "a.jsonl", 10)] == list(range(10))


def test_too_few_rows_are_followed_by_others_like_them(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(EXAMPLE.model_dump_json() + "\n")
    rows = list(read_examples(tmp_path / "a.jsonl", 30))
    assert rows[0] == EXAMPLE
    assert len({row.spec.name for row in rows}) == 30
    assert len({change_of(row).new for row in rows}) > 15


def test_a_copy_has_other_words_of_the_same_length_and_its_patch_applies() -> None:
    texts = set()
    for number in range(1, 20):
        copy = varied(EXAMPLE, number)
        assert copy.prompt_inputs is not None
        assert len(copy.prompt_inputs.cursor_excerpt) == len(OLD) - 1
        (outcome,) = expected_outcomes(copy)
        assert "    return " in outcome.text and " * 2\n" in outcome.text
        assert outcome.text != copy.prompt_inputs.cursor_excerpt
        assert varied(EXAMPLE, number) == copy
        texts.add(outcome.text)
    assert len(texts) > 8


def test_the_change_is_the_right_edit_and_lines_around_it() -> None:
    change = change_of(EXAMPLE)
    assert "".join(change.old) == OLD.replace("^", "") and "".join(change.new) == NEW
    assert change_of(QUIET).old == change_of(QUIET).new


def test_answers_are_of_all_kinds() -> None:
    chance = Random(0)
    rows = [answered(EXAMPLE, chance, num_predictions=3) for _ in range(100)]
    predictions = [each for row in rows for each in row.predictions]
    kinds = Counter(str(each.source["kind"]) for each in predictions)
    assert len(predictions) == 300 and kinds.keys() == KINDS.keys()
    for each in predictions:
        assert (each.actual_patch is None) == (each.source["kind"] == "unreadable")
        if each.source["kind"] == "right":
            assert "+    return price * 2\n" in (each.actual_patch or "")


def test_regions_that_came_to_rest_are_near_some_samples_and_far_from_others() -> None:
    nearest = []
    for number in range(60):
        row = settled(EXAMPLE, Random(number), num_samples=50)
        assert row.settled is not None and len(row.samples) == 50
        texts = [sample.text for sample in row.samples]
        assert len(set(texts)) > 25
        nearest.append(min(sample_distances(OLD.replace("^", ""), row.settled.text, texts)))
    assert min(nearest) == 0 and max(nearest) > 0.5
    assert sum(0.1 < each < 0.6 for each in nearest) > 15


def test_a_log_tells_what_became_of_each_prediction(tmp_path: Path) -> None:
    records = event_log([EXAMPLE, QUIET] * 25, Random(0))
    lines = (each.model_dump_json() + "\n" for each in records)
    write_segments(tmp_path / "log", lines, size=60)
    segments = sorted((tmp_path / "log").iterdir())
    read = [line for each in segments for line in each.read_text().splitlines()]
    parsed = [parse_record(json.loads(line)) for line in read]
    shown = [each.prediction_id for each in parsed if isinstance(each, PredictionRecord)]
    rested = [each.prediction_id for each in parsed if isinstance(each, SettledRecord)]
    words = {each.outcome for each in parsed if isinstance(each, OutcomeRecord)}
    assert len(segments) > 1 and len(shown) == len(set(shown)) == 50 and rested == shown
    assert words == {"shown", "accepted", "partially_accepted", "rejected"}
    assert len({each.event_id for each in parsed}) == len(parsed)


def test_so_many_commits_of_each_repository_as_are_wanted() -> None:
    assert commits_each(6, [100, 2, 50]) == 2
    assert commits_each(30, [100, 2, 50]) == 14
    assert commits_each(1000, [100, 2, 50]) == 100


def test_growth_is_by_row() -> None:
    small, large = ({"rows": n, "seconds": s, "peak_mb": 100.0} for n, s in ((10, 1), (100, 20)))
    grown = {"rows_growth": 10.0, "seconds_growth": 2.0, "peak_growth": 1.0}
    assert growth_of(small, large) == grown


def test_a_stage_that_did_not_run_has_its_line_in_the_table() -> None:
    _head, line = table({"pack": {"10": {"error": "no tokenizer"}}}).splitlines()
    assert line.split() == ["pack", "10", "did", "not", "run"]


def test_every_stage_has_a_command(tmp_path: Path) -> None:
    shop(tmp_path / "example" / "shop.git")
    bench = Bench(tmp_path, 10, repositories=tmp_path, tokenizer=tmp_path / "tokenizer.json")
    for stage in SOURCES:
        assert command(stage, bench)[0] == stage


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="nowhere"):
        measure(["filter", "nowhere.jsonl", "-o", str(tmp_path / "out.jsonl")], tmp_path / "log")


def test_stages_run_as_users_run_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop(tmp_path / "clones" / "example" / "shop.git")
    arguments = ["--repositories", str(tmp_path / "clones"), "--workdir", str(tmp_path / "work")]
    arguments += ["--rows", "20", "10", "--stages", "settle", "ingest", "pack"]
    assert main([*arguments, "--tokenizer", str(tmp_path / "nowhere.json")]) == 1
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert result["inputs"]["20"]["copies"] > 0
    assert list(result["stages"]) == ["ingest", "settle", "pack"]
    for stage in ("ingest", "settle"):
        figures = result["stages"][stage]
        assert list(figures) == ["10", "20", "growth"]
        assert figures["20"]["rows"] == 20 and figures["20"]["failed"] == 0
        assert figures["20"]["peak_mb"] > 10 and figures["20"]["cpu_seconds"] > 0
    assert "error" in result["stages"]["pack"]["20"]
    assert said.err.splitlines()[-7].split()[:2] == ["stage", "rows"]
