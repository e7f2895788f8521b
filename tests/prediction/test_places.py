"""What was typed between two states of a file."""

import pytest

from prediction import typed_since
from prompt_format import PromptInput


def state(text: str, row: int = 0, path: str = "a.py") -> PromptInput:
    """The cursor stands at the mark."""
    before, _mark, after = text.partition("‸")
    return PromptInput(
        cursor_path=path,
        cursor_excerpt=before + after,
        cursor_offset_in_excerpt=len(before.encode()),
        excerpt_start_row=row,
    )


THEN = state("# é\ntotal = ‸\nprint(total)\n")


@pytest.mark.parametrize(
    ("now", "typed"),
    [
        (state("# é\ntotal = ‸\nprint(total)\n"), ""),
        (state("# é\ntotal = sü‸\nprint(total)\n"), "sü"),
        (state("# é\ntotal = sum(‸)\nprint(total)\n"), "sum("),
        (state("# é\ntotal = (\n    s‸\nprint(total)\n"), "(\n    s"),
        (state("total = s‸\n", row=1), "s"),
        (state("‸\n", row=2), None),
        (state("# é\ntotal =‸\nprint(total)\n"), None),
        (state("# é\ntotal: ‸\nprint(total)\n"), None),
        (state("# e\ntotal = s‸\nprint(total)\n"), None),
        (state("# é\ntotal = s‸\nprint(total)\n", path="b.py"), None),
    ],
)
def test_what_was_typed_at_the_cursor(now: PromptInput, typed: str | None) -> None:
    assert typed_since(THEN, now) == typed
