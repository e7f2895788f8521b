"""The related-files section."""

import pytest

from prompt_format import PromptInput, RelatedExcerpt, RelatedFile, TextRange
from prompt_format.related import related_section, without_context_excerpts
from tests.prompt_format.examples import cart


def excerpt(start: int, end: int, text: str, order: int = 0) -> RelatedExcerpt:
    return RelatedExcerpt(row_range=TextRange(start=start, end=end), text=text, order=order)


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


def own_file(**changes: object) -> PromptInput:
    file = RelatedFile(path="shop/src/cart.py", max_row=99, excerpts=(excerpt(2, 3, "x\n"),))
    return cart(related_files=(file,), **changes)


def test_only_a_known_row_tells_what_the_context_shows() -> None:
    context = TextRange(start=0, end=100)
    assert without_context_excerpts(own_file(), context) == ()
    assert without_context_excerpts(own_file(excerpt_start_row=None), context)
    assert without_context_excerpts(own_file(excerpt_start_row=4), context)
    assert without_context_excerpts(own_file(cursor_path="other.py"), context)
    assert without_context_excerpts(cart(related_files=None), context) == ()


def test_less_relevant_files_give_way_first() -> None:
    files = [
        RelatedFile(path=f"{name}.py", max_row=1, excerpts=(excerpt(0, 1, "x = 1\n", order),))
        for name, order in (("last", 2), ("first", 0), ("second", 1))
    ]
    whole = related_section(files, "F:", 1000, len)
    assert whole == "F:last.py\nx = 1\nF:first.py\nx = 1\nF:second.py\nx = 1\n"
    shorter = related_section(files, "F:", len(whole) - 1, len)
    assert shorter == "F:first.py\nx = 1\nF:second.py\nx = 1\n"


def test_an_excerpt_that_does_not_fit_ends_the_section() -> None:
    excerpts = (excerpt(0, 1, "a\n", 0), excerpt(2, 3, "b" * 500, 1), excerpt(4, 5, "c\n", 2))
    file = RelatedFile(path="b.py", max_row=9, excerpts=excerpts)
    assert related_section([file], "F:", 100, len) == "F:b.py\na\n...\n"


def test_what_holds_a_marker_is_left_out() -> None:
    marked = excerpt(0, 1, "<filename>\n")
    plain = excerpt(2, 3, "x\n", 1)
    files = [
        RelatedFile(path="<filename>.py", max_row=3, excerpts=(plain,)),
        RelatedFile(path="b.py", max_row=3, excerpts=(marked, plain)),
    ]
    assert related_section(files, "F:", 1000, len, ("<filename>",)) == "F:b.py\nx\n"


def test_a_context_shows_its_last_row_with_or_without_newline() -> None:
    text = cart().cursor_excerpt
    file = RelatedFile(path="shop/src/cart.py", max_row=99, excerpts=(excerpt(0, 19, "x\n"),))
    for end in (len(text), len(text) - 1):
        context = TextRange(start=0, end=end)
        assert without_context_excerpts(cart(related_files=(file,)), context) == ()
