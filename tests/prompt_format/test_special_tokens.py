"""Markers of a format within the user's text."""

import pytest

from prompt_format import SpecialTokenInInput
from prompt_format.special_tokens import contains_special_token, refuse_special_tokens
from tests.prompt_format.examples import at_cursor


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("a\n=======\nb", True),
        ("=======", True),
        ("a\n========\nb", False),
        ("x =======\n", False),
        ("<filename>", True),
    ],
)
def test_a_token_that_ends_in_a_newline_is_a_line(text: str, is_found: bool) -> None:
    assert contains_special_token(text, ("=======\n", "<filename>")) == is_found


def test_text_and_path_are_looked_at_and_not_shown() -> None:
    refuse_special_tokens(at_cursor("canary‸"), ("<filename>",))
    for given in (at_cursor("canary <filename>‸"), at_cursor("canary‸", path="canary<filename>")):
        with pytest.raises(SpecialTokenInInput) as caught:
            refuse_special_tokens(given, ("<filename>",))
        assert "canary" not in str(caught.value)
