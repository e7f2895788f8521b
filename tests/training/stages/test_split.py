import random
from typing import Any

import pytest
from pydantic import ValidationError

from tests.training.inputs import example
from training.examples import Example
from training.stage import Dropped
from training.stages.split import SplitConfig, digest, group_of, run, survey


def row(url: str, rng: random.Random) -> Example:
    text = "\n".join(f"name{rng.randrange(10**6)} = {rng.randrange(10**6)}" for _ in range(20))
    given = example("^" + text)
    return given.model_copy(update={"spec": given.spec.model_copy(update={"repository_url": url})})


def split_rows(rows: list[Example], config: SplitConfig) -> list[str | None]:
    plan = survey([digest(each, config) for each in rows], config)
    found = [run(each, at, plan, config) for at, each in enumerate(rows)]
    return [each.reason if isinstance(each, Dropped) else each.split for each in found]


def test_a_repository_never_straddles_and_neither_do_its_forks() -> None:
    rng = random.Random(1)
    rows = [row(f"https://github.com/o{at % 7}/r{at % 30}", rng) for at in range(300)]
    splits = split_rows(rows, SplitConfig(seed=3))
    by_name: dict[int, set[str | None]] = {}
    for at, split in enumerate(splits):
        by_name.setdefault(at % 30, set()).add(split)
    assert all(len(found) == 1 for found in by_name.values())
    assert [splits.count(each) for each in ("train", "validation", "test")] == [240, 30, 30]


def test_pinned_repositories_are_told_by_address_or_name() -> None:
    rng = random.Random(2)
    rows = [row(f"https://github.com/o/r{at}", rng) for at in range(10)]
    config = SplitConfig(pinned={"test": ("o/r3", "git@github.com:o/r4.git")})
    splits = split_rows(rows, config)
    assert (splits[3], splits[4]) == ("test", "test")


def test_training_rows_that_other_splits_know_are_dropped() -> None:
    rng = random.Random(4)
    rows = [row(f"https://github.com/o/r{at}", rng) for at in range(10)]
    copied = rows[3].spec.model_copy(update={"repository_url": "https://github.com/o/r5"})
    rows.append(rows[3].model_copy(update={"spec": copied}))
    config = SplitConfig(pinned={"test": ("o/r3",), "train": ("o/r5",)})
    splits = split_rows(rows, config)
    assert (splits[3], splits[5], splits[10]) == ("test", "train", "near_duplicate_of_test")


def test_what_has_no_repository_stays_with_its_session() -> None:
    given = example("^a")
    assert group_of(given.model_copy(update={"session": "s"})) == "session:s"
    assert group_of(given) == "row:case"


def test_the_language_is_filled_in() -> None:
    config = SplitConfig(percentages=("train=100",))
    given = example("^a")
    found = run(given, 0, survey([digest(given, config)], config), config)
    assert isinstance(found, Example)
    assert (found.language, found.split) == ("python", "train")


@pytest.mark.parametrize(
    "fields",
    [
        {"percentages": ("train=80", "test=10")},
        {"percentages": ("train=80", "train=20")},
        {"percentages": ("train", "test=20")},
        {"percentages": ("train=120", "test=-20")},
        {"percentages": ("a=50", "b=50")},
        {"pinned": {"test": ("o/r",), "train": ("fork/R.git",)}},
    ],
)
def test_splits_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SplitConfig(**fields)


def test_percentages_may_be_a_table() -> None:
    given = {"percentages": {"train": 90, "test": 10}}
    assert SplitConfig.model_validate(given).shares == {"train": 90, "test": 10}
