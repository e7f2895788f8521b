"""The sections around the cursor's file: history, related files, diagnostics."""

import pytest

from prompt_format import Diagnostic, EditEvent, RelatedExcerpt, RelatedFile, TextRange
from prompt_format.diagnostics import diagnostics_section
from prompt_format.events import history_section
from prompt_format.related import related_section, without_context_excerpts
from tests.prompt_format.examples import cart


def event(number: int, **changes: object) -> EditEvent:
    return EditEvent.model_validate({"path": "a.py", "diff": f"@@ {number}\n"} | changes)


def excerpt(start: int, end: int, text: str, order: int = 0) -> RelatedExcerpt:
    return RelatedExcerpt(row_range=TextRange(start=start, end=end), text=text, order=order)


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


def test_the_most_relevant_excerpts_come_in_the_order_of_their_file() -> None:
    file = RelatedFile(
        path="b.py",
        max_row=20,
        excerpts=(excerpt(0, 1, "zero\n", 2), excerpt(5, 6, "five", 0), excerpt(6, 7, "six\n", 1)),
    )
    assert related_section([file], "F:", 1000, len) == "F:b.py\nzero\n...\nfive\nsix\n...\n"
    two = len("F:b.py\n") + len("five\n...\n") + len("six\n...\n")
    assert related_section([file], "F:", two, len) == "F:b.py\nfive\nsix\n...\n"
    assert related_section([file], "F:", two - 1, len) == "F:b.py\nfive\n...\n"
    assert related_section([file], "F:", 5, len) == ""


def test_nothing_is_left_out_at_the_end_of_a_file() -> None:
    file = RelatedFile(path="b.py", max_row=3, excerpts=(excerpt(0, 3, "all\n"),))
    assert related_section([file], "F:", 1000, len) == "F:b.py\nall\n"


@pytest.mark.parametrize(
    ("rows", "is_kept"), [((2, 3), False), ((0, 19), False), ((0, 99), True), ((30, 31), True)]
)
def test_what_the_context_shows_is_not_shown_twice(rows: tuple[int, int], is_kept: bool) -> None:
    prompt_input = cart(
        related_files=(
            RelatedFile(path="shop/src/cart.py", max_row=99, excerpts=(excerpt(*rows, "x\n"),)),
        )
    )
    context = TextRange(start=0, end=len(prompt_input.excerpt_bytes))
    assert bool(without_context_excerpts(prompt_input, context)) == is_kept


def diagnostic(message: str, row: int, snippet: str = "") -> Diagnostic:
    return Diagnostic(
        message=message,
        snippet=snippet,
        snippet_buffer_row_range=TextRange(start=row, end=row),
        diagnostic_range_in_snippet=TextRange(start=0, end=0),
    )


def test_the_nearest_diagnostics_come_first_and_only_ten() -> None:
    many = tuple(diagnostic(f"m{row}", row) for row in range(20))
    text = diagnostics_section(cart(active_buffer_diagnostics=many), "D\n", 10_000, len)
    assert text.startswith("D\n*m14*\n")
    assert text.count("*\n") == 10
    assert "*m5*" not in text


def test_a_long_snippet_is_cut_at_a_line() -> None:
    snippet = "".join(f"line {number:04d}\n" for number in range(200))
    shown = cart(active_buffer_diagnostics=(diagnostic("long", 3, snippet),))
    text = diagnostics_section(shown, "D\n", 10_000, len)
    assert text.startswith("D\n*long*:\n```\nline 0000\n")
    assert text.endswith("...\n```\n")
    assert len(text) < 256 * 3 + 60


def test_diagnostics_that_do_not_fit_are_left_out() -> None:
    shown = cart(active_buffer_diagnostics=(diagnostic("long", 3),))
    assert diagnostics_section(shown, "D\n", 8, len) == ""
    assert diagnostics_section(shown, "D\n", 9, len) == "D\n*long*\n"
