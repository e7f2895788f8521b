"""The diagnostics section."""

from prompt_format import Diagnostic, TextRange
from prompt_format.diagnostics import diagnostics_section
from tests.prompt_format.examples import cart


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


def test_a_snippet_is_cut_at_256_tokens() -> None:
    for num_bytes, is_kept in ((770, True), (771, False)):
        first = "x" * (num_bytes - 1) + "\n"
        shown = cart(active_buffer_diagnostics=(diagnostic("m", 3, first + "y" * 99),))
        kept = first if is_kept else ""
        text = diagnostics_section(shown, "D\n", 10_000, len)
        assert text == f"D\n*m*:\n```\n{kept}...\n```\n"


def test_diagnostics_that_do_not_fit_are_left_out() -> None:
    shown = cart(active_buffer_diagnostics=(diagnostic("long", 3),))
    assert diagnostics_section(shown, "D\n", 8, len) == ""
    assert diagnostics_section(shown, "D\n", 9, len) == "D\n*long*\n"


def test_without_a_known_row_they_keep_their_order() -> None:
    many = tuple(diagnostic(f"m{row}", row) for row in range(20))
    shown = cart(active_buffer_diagnostics=many, excerpt_start_row=None)
    text = diagnostics_section(shown, "D\n", 10_000, len)
    assert text == "D\n" + "".join(f"*m{row}*\n" for row in range(10))


def test_one_that_does_not_fit_ends_the_section() -> None:
    shown = cart(
        active_buffer_diagnostics=(
            diagnostic("near", 14),
            diagnostic("x" * 500, 13),
            diagnostic("far", 2),
        )
    )
    assert diagnostics_section(shown, "D\n", 100, len) == "D\n*near*\n"


def test_one_that_holds_a_marker_is_left_out() -> None:
    shown = cart(
        active_buffer_diagnostics=(diagnostic("m", 14, "<filename>"), diagnostic("far", 2))
    )
    assert diagnostics_section(shown, "D\n", 100, len, ("<filename>",)) == "D\n*far*\n"
