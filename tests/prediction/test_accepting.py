"""The state after accepting is the one that the editor will send."""

from prediction import accepted, is_same_state
from prompt_format import Edit, PromptInput, TextRange
from prompt_format.udiff import apply_hunks, read_hunks


def state(text: str, cursor: int, row: int = 0) -> PromptInput:
    return PromptInput(
        cursor_path="a.py",
        cursor_excerpt=text,
        cursor_offset_in_excerpt=len(text[:cursor].encode()),
        excerpt_start_row=row,
    )


def test_the_edit_is_made_and_becomes_the_newest_event() -> None:
    before = state("é = 1\ntotal = s\nprint(total)\n", 15, row=7)
    after = accepted(before, Edit(TextRange(start=7, end=16), "total = sum(items)", 11))
    assert after.cursor_excerpt == "é = 1\ntotal = sum(items)\nprint(total)\n"
    assert after.cursor_offset_in_excerpt == 18
    (event,) = after.events
    assert event.predicted and event.path == "a.py"
    changed = apply_hunks(before.cursor_excerpt, read_hunks(event.diff), 7)
    assert changed == after.cursor_excerpt


def test_a_region_within_a_line_gives_an_event_of_whole_lines() -> None:
    before = state("a = f()\nb", 6)
    after = accepted(before, Edit(TextRange(start=6, end=6), "1, 2"))
    assert after.cursor_excerpt == "a = f(1, 2)\nb"
    assert after.cursor_offset_in_excerpt == 10
    assert after.events[-1].diff == "@@ -1,1 +1,1 @@\n-a = f()\n+a = f(1, 2)\n"


def test_without_a_predicted_cursor_it_is_behind_the_last_change() -> None:
    before = state("a = 1\nb = 1\nc = 1\n", 0)
    after = accepted(before, Edit(TextRange(start=0, end=17), "a = 23\nb = 1\nc = 45"))
    assert after.cursor_excerpt[: after.cursor_offset_in_excerpt] == "a = 23\nb = 1\nc = 45"


def test_states_are_the_same_whatever_led_to_them() -> None:
    one, other = state("a = 1\n", 5), state("a = 1\n", 5)
    other = PromptInput(**dict(other) | {"in_open_source_repo": True})
    assert is_same_state(one, other)
    assert not is_same_state(one, state("a = 1\n", 4))
    assert not is_same_state(one, state("a = 2\n", 5))
    assert not is_same_state(one, state("a = 1\n", 5, row=1))
