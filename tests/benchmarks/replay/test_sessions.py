"""Where passages come from, and who types them when."""

from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.replay.examples import passages_in
from benchmarks.replay.journal import Journal
from benchmarks.replay.pace import LINE_SECONDS, MEAN_SECONDS, Pace
from benchmarks.replay.passage import Passage
from benchmarks.replay.repository import MAX_TURNS, passages_of
from benchmarks.replay.shares import shares_of, with_events, with_file_lines
from tests.benchmarks.replay.passages import OLD, passage
from tests.training.history.repositories import AFTER, BEFORE, commit, shop
from training.commands import main
from training.errors import RunError


def whole_text(typed: Passage, *, after: bool) -> str:
    pressed = typed.with_all({}, typed.script.order) if after else {}
    return "".join(f"{line}\n" for _slot, line in typed.lines(pressed))


def test_a_commit_is_typed_as_it_was_made(tmp_path: Path) -> None:
    (typed,) = passages_of(shop(tmp_path / "shop"), seed=0)
    assert typed.script.path == "cart.py" and len(typed.slots) <= MAX_TURNS
    assert (whole_text(typed, after=False), whole_text(typed, after=True)) == (BEFORE, AFTER)


def test_the_same_seed_gives_the_same_passages(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"cart.py": AFTER.replace("total", "sum"), "other.py": "a = 1\n"})
    first, second = (list(passages_of(folder, seed=3)) for _ in range(2))
    assert first == second and len(first) == 2


def test_new_files_and_other_files_are_not_typed(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop")
    commit(folder, {"new.py": "a = 1\n", "package-lock.json": "{}\n", "image.bin": b"\0"})
    assert len(list(passages_of(folder, seed=0))) == 1


def test_a_folder_without_history_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no git repository"):
        list(passages_of(tmp_path, seed=0))


def test_synthesized_sessions_are_typed_line_by_line(tmp_path: Path) -> None:
    folder, rows = shop(tmp_path / "shop"), tmp_path / "rows.jsonl"
    command = ["synthesize", "-o", str(rows), "--repositories", str(folder), "--mode", "sessions"]
    assert main(command) == 0
    found = list(passages_in(rows))
    texts = [whole_text(typed, after=True) for typed in found]
    assert len(texts) == len(set(texts)) >= 1
    assert all(typed.num_keys > 1 and typed.earlier for typed in found)


def test_edits_close_to_each_other_are_one_event() -> None:
    old = "".join(f"line {number}\n" for number in range(30))
    typed = passage(old, old.replace("line 1\n", "line one\n").replace("e 25\n", "e 2500\n"))
    journal = Journal(typed)
    first, second = typed.slots
    state = typed.with_all({}, [first])
    for keys in (1, 2, 3):
        journal.change(first, {first: keys})
    assert len(journal.events()) == 1
    journal.change(second, {**state, second: 1})
    diffs = [event.diff for event in journal.events()]
    assert len(diffs) == 2 and "+line one" in diffs[0] and "+line 250" in diffs[1]


def test_what_was_changed_before_the_passage_is_history() -> None:
    typed = replace(passage(), first=2)
    (event,) = Journal(typed).events()
    assert "+def total(price, tax):" in event.diff and "return price + tax" not in event.diff


def test_people_type_at_their_mean_and_think_before_a_line() -> None:
    pace = Pace(seed=1)
    within = mean(pace.seconds_before("p", 0, key) for key in range(1, 4000))
    before = mean(pace.seconds_before("p", slot, 0) for slot in range(4000))
    assert within == pytest.approx(MEAN_SECONDS, rel=0.03)
    assert before > LINE_SECONDS
    assert pace.seconds_before("p", 0, 1) == Pace(seed=1).seconds_before("p", 0, 1)
    assert Pace(1, speed=2).seconds_before("p", 0, 1) == pace.seconds_before("p", 0, 1) / 2


def test_each_typist_has_passages_of_their_own() -> None:
    passages = [replace(passage(), name=str(number)) for number in range(7)]
    shares = shares_of(passages, 3, num_keys=passages[0].num_keys + 1)
    assert [[each.name for each in share] for share in shares] == [
        ["0", "1"],
        ["2", "3"],
        ["4", "5"],
    ]
    with pytest.raises(ValueError, match="too short for 4 typists"):
        shares_of(passages, 4, num_keys=passages[0].num_keys + 1)


def test_a_longer_file_is_typed_the_same() -> None:
    lender = passage("a\nb\nc\n", "a\nb\nd\n")
    longer = with_file_lines(passage(), 40, [lender])
    lines = whole_text(longer, after=False).splitlines()
    assert len(longer.script.slots) == 40 and longer.num_keys == passage().num_keys
    assert OLD in whole_text(longer, after=False) and "a" in lines[:5]
    slot = longer.slots[0]
    assert longer.cursor(longer.lines({slot: 1}), slot)[0] == slot


def test_history_is_lent_by_other_files() -> None:
    lender = passage("a\n", "b\n")
    other = replace(lender, script=replace(lender.script, path="other.py"))
    assert len(with_events(passage(), 1, [lender, other]).earlier) == 1
    assert with_events(passage(), 1, [lender]).earlier == ()
