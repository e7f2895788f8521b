"""The judgement as a whole: order, honest edits, settings, cost."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import quality
from prompt_format.inputs import TextRange
from quality import Candidate, JudgeConfig, SuppressReason, judge
from tests.quality.inputs import candidate, event

TYPED = event("@@ -1,2 +1,3 @@\n a()\n+b()\n c()\n")


def test_an_honest_edit_is_shown() -> None:
    edit = candidate(
        "def total(items):\n    ret\n",
        "def total(items):\n    return sum(items)\n",
        above="import math\n",
        below="\ndef main():\n    pass\n",
        events=(event("@@ -2,1 +2,2 @@\n def total(items):\n+    ret\n"),),
    )
    assert judge(edit) is None


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        (candidate("a\n", "a\n"), SuppressReason.NO_CHANGE),
        (candidate("a\n", "b\n", truncated=True), SuppressReason.TRUNCATED),
        (candidate("a\n", "<|endoftext|>\n"), SuppressReason.MARKER_LEAKED),
        (candidate("a\nb\nc\n", ""), SuppressReason.MASS_DELETION),
        (candidate("a\n", 5 * "b\n"), SuppressReason.REPETITION_LOOP),
        (
            candidate("a()\nb()\nc()\n", "a()\nc()\n", events=(TYPED,)),
            SuppressReason.REVERTS_LAST_EDIT,
        ),
    ],
)
def test_each_reason_is_answered(judged: Candidate, reason: SuppressReason) -> None:
    assert judge(judged) is reason


def test_an_edit_outside_the_region_is_judged_by_nothing_else() -> None:
    base = candidate("é\n", "<|endoftext|>", truncated=True)
    outside = replace(base, edit=replace(base.edit, editable_range=TextRange(start=1, end=99)))
    assert judge(outside) is SuppressReason.EDIT_OUTSIDE_REGION


def test_the_first_reason_wins() -> None:
    # Cut off in the middle of a loop with a marker, most of the region gone.
    old = "".join(f"{row}\n" for row in range(20))
    everything = candidate(old, 4 * "x\n" + "<|marker_1|>", truncated=True)
    assert judge(everything) is SuppressReason.TRUNCATED
    assert judge(replace(everything, truncated=False)) is SuppressReason.MARKER_LEAKED
    deleted = candidate(old, 4 * "x\n")
    assert judge(deleted) is SuppressReason.MASS_DELETION


def test_thresholds_come_from_the_settings() -> None:
    emptied = candidate("a\nb\nc\n", "")
    assert judge(emptied, JudgeConfig(emptied_region_lines=4)) is None


def test_settings_are_described_frozen_and_checked() -> None:
    assert all(field.description for field in JudgeConfig.model_fields.values())
    with pytest.raises(ValidationError):
        JudgeConfig(mass_deletion_rate=1.5)
    with pytest.raises(ValidationError):
        JudgeConfig.model_validate({"unknown": 1})
    with pytest.raises(ValidationError):
        JudgeConfig().__setattr__("mass_deletion_rate", 0.1)


def test_public_names_are_sorted_and_exist() -> None:
    assert sorted(quality.__all__) == list(quality.__all__)
    assert all(hasattr(quality, name) for name in quality.__all__)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_judged(above: str, diff: str, old: str, new: str) -> None:
    judged = candidate(old, new, above=above, below="\nend", events=(event(diff),))
    reason = judge(judged)
    assert (reason is SuppressReason.NO_CHANGE) == (old == new)


def test_judging_costs_well_under_a_millisecond() -> None:
    rows = [f"    value_{row} = compute(argument_{row}, other={row})\n" for row in range(600)]
    region = "".join(rows[300:325])
    above, below = "".join(rows[:300]), "".join(rows[325:])
    context = "".join(f" {row}" for row in rows[306:309])
    diff = f"@@ -307,4 +307,4 @@\n{context}-    old()\n+{rows[309]}"
    new = region.replace("value_311", "renamed_311")
    fastest = 1.0
    for _ in range(20):
        judged = candidate(region, new, above=above, below=below, events=(event(diff),))
        started = time.perf_counter()
        reason = judge(judged)
        fastest = min(fastest, time.perf_counter() - started)
        assert reason is None
    assert fastest < 0.001
