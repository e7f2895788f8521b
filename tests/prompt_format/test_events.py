"""The edit-history section."""

from prompt_format import EditEvent
from prompt_format.events import history_section


def event(number: int, **changes: object) -> EditEvent:
    return EditEvent.model_validate({"path": "a.py", "diff": f"@@ {number}\n"} | changes)


def test_history_is_the_newest_that_fits_oldest_first() -> None:
    events = [event(number) for number in range(8)]
    one = len("--- a/a.py\n+++ b/a.py\n@@ 0\n")
    whole = history_section(events, "H\n", 10_000, len)
    assert [n for n in range(8) if f"@@ {n}" in whole] == [2, 3, 4, 5, 6, 7]
    two = history_section(events, "H\n", 2 + 2 * one, len)
    assert two.startswith("H\n") and [n for n in range(8) if f"@@ {n}" in two] == [6, 7]
    assert history_section(events, "H\n", 2 + one - 1, len) == ""
    assert history_section(events, "H\n", 2, len) == ""


def test_an_event_that_does_not_fit_ends_the_history() -> None:
    events = [event(1), event(2, diff="@@" + "x" * 500 + "\n"), event(3)]
    text = history_section(events, "H\n", 200, len)
    assert "@@ 3" in text and "@@ 1" not in text


def test_accepted_predictions_and_renames_are_shown() -> None:
    text = history_section([event(1, predicted=True, old_path="b.py")], "H\n", 1000, len)
    assert text == "H\n// User accepted prediction:\n--- a/b.py\n+++ b/a.py\n@@ 1\n"


def test_an_event_with_a_marker_makes_room_for_no_older_one() -> None:
    events = [event(number) for number in range(6)]
    marked = [*events, event(6, diff="@@ <filename>\n")]
    text = history_section(marked, "H\n", 10_000, len, ("<filename>",))
    assert text == history_section(events[1:], "H\n", 10_000, len)
