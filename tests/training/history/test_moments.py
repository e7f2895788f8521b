from random import Random

import pytest

from training.history.diffs import diff_states
from training.history.git import ChangedBlock
from training.history.moments import (
    Moment,
    near_moment,
    quiet_moment,
    reading_moment,
    shows_a_change,
    typing_moment,
    typing_session,
)
from training.history.script import Script, read_script
from training.history.targets import end_of_statement, substitutions


def renaming() -> Script:
    old = [f"    cart.add(item_{n})" for n in range(4)]
    new = [f"    basket.add(item_{n})" for n in range(4)]
    return read_script("a.py", new, [ChangedBlock(0, tuple(old), tuple(new))])


def function() -> Script:
    lines = ["x = 1", "def f(", "    a,", "    b,", "):", "    return a + b", "y = 2"]
    return read_script("a.py", lines, [ChangedBlock(1, (), tuple(lines[1:6]))])


def test_a_rename_is_to_be_repeated_at_its_next_places() -> None:
    script = renaming()
    assert substitutions(script, 0) == {("cart", "basket")}
    moment = near_moment(script, 1, Random(1))
    assert moment is not None
    assert (moment.turn, moment.target, moment.kind) == (1, 4, "near")


def test_a_line_is_to_be_finished_with_what_it_opens() -> None:
    script = function()
    assert end_of_statement(script, 0) == 5
    assert end_of_statement(script, 4) == 5


def test_while_typing_the_answer_is_the_rest_of_the_line() -> None:
    script = renaming()
    for seed in range(50):
        moment = typing_moment(script, 2, Random(seed))
        assert moment is not None
        ((slot, line),) = moment.partial.items()
        assert line[: moment.column] == (script.slots[slot].new or "")[: moment.column]
        assert diff_states(script, moment.turn, moment.target, partial_before=moment.partial)


def test_silence_is_right_only_where_nothing_is_to_change() -> None:
    script = renaming()
    assert all(quiet_moment(script, turn, Random(0)) is None for turn in range(1, 4))
    assert all(reading_moment(script, 0, Random(seed)) is None for seed in range(20))
    moment = quiet_moment(script, 4, Random(0))
    assert moment is not None and moment.turn == moment.target == 4
    assert reading_moment(script, 4, Random(0)) is not None


def test_a_session_types_every_character_of_a_line() -> None:
    moments = list(typing_session(function(), 4))
    typed = [next(iter(moment.partial.values())) for moment in moments]
    assert typed[0] == "    r" and typed[-1] == "    return a + "
    assert [len(line) for line in typed] == list(range(5, 5 + len(typed)))


@pytest.mark.parametrize(
    ("old", "new", "is_seen"),
    [
        (["a = 1", "b = 2"], ["a = 1  ", "", "b = 2"], False),
        (["a = 1\t", "", "", "b = 2"], ["a = 1", "b = 2"], False),
        (["if a:", "b = 2"], ["if a:", "    b = 2"], True),
        (["a = 1"], ["a  = 1"], True),
        (["a = 1"], ["a = 1", "b = 2"], True),
    ],
)
def test_blanks_at_ends_of_lines_and_blank_lines_are_not_seen(
    old: list[str], new: list[str], is_seen: bool
) -> None:
    script = read_script("a.py", new, [ChangedBlock(0, tuple(old), tuple(new))])
    assert shows_a_change(script, Moment("near", 0, len(script.order), 0, 0)) == is_seen
