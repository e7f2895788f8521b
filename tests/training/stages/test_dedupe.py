import random

import pytest

from tests.training.inputs import example
from training.errors import MissingSection
from training.examples import Example, ExampleSpec
from training.stage import Dropped
from training.stages.dedupe import DedupeConfig, digest, run, survey


def code(rng: random.Random) -> list[str]:
    return [f"name{rng.randrange(10**6)} = {rng.randrange(10**6)}" for _ in range(20)]


def row(lines: list[str]) -> Example:
    return example("\n".join([*lines[:10], lines[10] + "^", *lines[11:]]))


def deduped(rows: list[Example], config: DedupeConfig) -> list[str]:
    fates = survey((digest(each, config) for each in rows), config)
    found = [run(each, at, fates, config) for at, each in enumerate(rows)]
    assert all(isinstance(each, Dropped) or each is rows[at] for at, each in enumerate(found))
    return [each.reason if isinstance(each, Dropped) else "" for each in found]


def test_exact_and_near_duplicates_go_and_others_stay() -> None:
    rng = random.Random(1)
    base = code(rng)
    near = ["other = 1", *base[1:]]
    rows = [row(base), row(code(rng)), row(base), row(near)]
    one = DedupeConfig(max_per_cluster=1)
    assert deduped(rows, one) == ["", "", "duplicate", "near_duplicate"]
    assert deduped(rows, DedupeConfig()) == ["", "", "duplicate", ""]


def test_the_least_alike_of_a_cluster_stay() -> None:
    rng = random.Random(2)
    base = code(rng)
    rows = [row([*["x = 1"] * num, *base[num:]]) for num in (0, 1, 2, 3)]
    config = DedupeConfig(max_per_cluster=2, threshold=0.6)
    assert deduped(rows, config) == ["", "near_duplicate", "near_duplicate", ""]


def test_the_cursor_and_the_answer_make_a_difference() -> None:
    rng = random.Random(3)
    lines = code(rng)
    given = row(lines)
    patch = "--- a/x\n+++ b/x\n@@ -1,0 +1,20 @@\n" + "".join(f"+{line}\n" for line in code(rng))
    spec = given.spec.model_copy(update={"expected_patches": (patch,)})
    answered = given.model_copy(update={"spec": spec})
    assert deduped([given, answered], DedupeConfig(max_per_cluster=1)) == ["", ""]


def test_no_rows_are_no_duplicates() -> None:
    assert deduped([], DedupeConfig()) == []


def test_a_row_without_code_fails() -> None:
    with pytest.raises(MissingSection):
        digest(Example(spec=ExampleSpec()), DedupeConfig())
