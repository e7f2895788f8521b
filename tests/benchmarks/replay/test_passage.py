import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.replay.passage import KeysPressed, Passage, key_texts
from tests.benchmarks.replay.passages import NEW, OLD, passage
from training.history.script import Slot

TEXTS = st.lists(st.sampled_from(["", "a", "  b", "ab", "abc", "  bc"]), max_size=5).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def states(typed: Passage) -> list[KeysPressed]:
    """Every state from the first to the last."""
    found = [typed.start]
    while (slot := typed.next_slot(found[-1])) is not None:
        found.append({**found[-1], slot: found[-1].get(slot, 0) + 1})
    return found


def text(typed: Passage, pressed: KeysPressed) -> str:
    return "".join(f"{line}\n" for _slot, line in typed.lines(pressed))


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        (None, "  ab", (None, "  ", "  a", "  ab")),
        (None, "", (None, "")),
        ("ab", None, ("ab", None)),
        ("f(a)", "f(bcd)", ("f(a)", "f(b)", "f(bc)", "f(bcd)")),
        ("f(a, b)", "f(b)", ("f(a, b)", "f(b)")),
        ("a", "    a", ("a", "    a")),
    ],
)
def test_a_line_is_typed_key_by_key(
    old: str | None, new: str | None, texts: tuple[str | None, ...]
) -> None:
    assert key_texts(Slot(old, new)) == texts


@given(TEXTS, TEXTS)
def test_all_keys_together_make_the_change(old: str, new: str) -> None:
    typed = passage(old, new)
    found = states(typed)
    assert text(typed, found[0]) == old and text(typed, found[-1]) == new
    assert len(found) == typed.num_keys + 1


@given(TEXTS, TEXTS, st.data())
def test_every_later_state_is_a_step_ahead(old: str, new: str, data: st.DataObject) -> None:
    typed = passage(old, new)
    found = states(typed)
    at = data.draw(st.integers(0, len(found) - 1))
    for later in found[at:]:
        step = typed.step_to(found[at], text(typed, later))
        assert step is not None and text(typed, step) == text(typed, later)
        assert all(step.get(slot, 0) >= keys for slot, keys in found[at].items())


def test_a_step_may_leave_out_what_comes_before() -> None:
    typed = passage()
    ahead = OLD.replace("return price", "return price + tax")
    step = typed.step_to(typed.start, ahead)
    assert step is not None and typed.lines(step)[1][1] == "    return price + tax"


@pytest.mark.parametrize(
    "elsewhere",
    ["", OLD.replace("price", "cost"), NEW + "print(2)\n", OLD + "\n", "def total(price, tip):\n"],
)
def test_what_keys_do_not_lead_to_is_no_step(elsewhere: str) -> None:
    typed = passage()
    assert typed.step_to(typed.start, elsewhere) is None


def test_what_was_typed_is_not_taken_back() -> None:
    typed = passage()
    found = states(typed)
    assert typed.step_to(found[3], text(typed, found[2])) is None


def test_the_cursor_is_behind_what_was_typed_and_before_what_stays() -> None:
    typed = passage("f(a)\n", "f(bcd)\n")
    assert typed.cursor(typed.lines({0: 2}), 0) == (0, 4)


def test_the_cursor_is_at_the_end_of_the_line_above_one_that_was_taken_out() -> None:
    typed = passage("one\ntwo\n", "one\n")
    (slot,) = typed.script.order
    assert typed.cursor(typed.lines({slot: 1}), slot) == (0, 3)


def test_a_diff_leads_from_state_to_state() -> None:
    typed = passage("f(a)\n", "f(bcd)\n")
    assert typed.diff({}, {0: 1}) == "@@ -1,1 +1,1 @@\n-f(a)\n+f(b)\n"
