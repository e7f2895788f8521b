"""Wrong region: lines lost or doubled, told from lines that were to go or come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.wrong_region import is_wrong_region

ABOVE = "import os\nimport re\nimport sys\nimport time\n"
BODY = "def area(a, b):\n    side = a\n    return side\n"
BELOW = "def volume(a, b, c):\n    base = area(a, b)\n    return base * c\n"
ORIGINAL = ABOVE + BODY + BELOW
EXPECTED = ABOVE + BODY.replace("return side", "return side * b") + BELOW
EDITED = BODY.replace("return side", "return side * b")


@pytest.mark.parametrize(
    ("actual", "is_wrong"),
    [
        (ORIGINAL, False),
        (EXPECTED, False),
        (ABOVE + BODY.replace("side", "edge") + BELOW, False),  # wrong, but in its place
        (EDITED + BELOW, True),  # started four lines too late
        (ABOVE + EDITED, True),  # stopped three lines too early
        (ABOVE + EDITED + BELOW + BELOW, True),  # wrote on, and the rest follows
        (ABOVE + ABOVE + EDITED + BELOW, True),
        (ABOVE[len("import os\n") * 3 :] + EDITED + BELOW, True),  # three imports are gone
        (ABOVE[len("import os\n") * 2 - 1 :] + EDITED + BELOW, False),  # two: a change of mind
        (ABOVE + BODY.split("side")[0] + "x\n", True),  # too early, and wrong before
        (ABOVE + BODY.replace("side", "edge") + BELOW + BELOW, True),
        (ABOVE + ABOVE + BODY.replace("area", "size") + BELOW, True),
        (ABOVE + "x = 1\ny = 2\nz = 3\n" + BELOW, False),  # as many lines as before
        (ABOVE + EDITED + BELOW + "def depth(a):\n    b = a\n    return b\n", False),
    ],
)
def test_cases(actual: str, is_wrong: bool) -> None:
    assert is_wrong_region(ORIGINAL, EXPECTED, actual) is is_wrong


def test_lines_that_were_to_go_are_not_lost() -> None:
    assert not is_wrong_region(ORIGINAL, ABOVE + BELOW, ABOVE + BELOW.rstrip("\n"))
    assert not is_wrong_region(ORIGINAL, ABOVE + BELOW, ABOVE + BELOW + "x = 1\n")
    assert is_wrong_region(ORIGINAL, ABOVE + BODY, ABOVE + BELOW)


def test_lines_that_were_to_be_repeated_are_not_doubled() -> None:
    repeated = ORIGINAL + BELOW
    assert not is_wrong_region(ORIGINAL, repeated, repeated + "x = 1\n")
    assert is_wrong_region(ORIGINAL, ORIGINAL, repeated)


def test_blank_lines_do_not_count() -> None:
    text = "a\n" + "\n" * 9 + "b\n"
    assert not is_wrong_region(text, text, "a\nb\n")
    assert not is_wrong_region(text, text, text.replace("b", "\n" * 9 + "b"))


def test_bytes_and_characters_are_not_mixed_up() -> None:
    accents = "é = 'ü'\n" * 2 + ORIGINAL
    assert is_wrong_region(accents, accents, accents + BELOW)
    assert is_wrong_region(accents, accents, accents.replace(BODY, ""))


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "é\n"]), max_size=12).map("".join)


@given(LINES, LINES, LINES)
def test_any_texts_are_judged(original: str, expected: str, actual: str) -> None:
    assert is_wrong_region(original, expected, actual) in (True, False)
    assert not is_wrong_region(original, actual, actual)
