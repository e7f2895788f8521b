"""Isolated whitespace: blank runs, and what saves a run from being one."""

import pytest

from prompt_format.errors import InvalidPatch
from quality.isolated_whitespace import has_isolated_whitespace

HEADER = "--- a/x.py\n+++ b/x.py\n"


@pytest.mark.parametrize(
    ("hunk", "is_isolated"),
    [
        ("@@ -1,2 +1,3 @@\n a\n+\n b\n", True),
        ("@@ -1,2 +1,1 @@\n a\n-   \n", True),
        ("@@ -1,2 +1,4 @@\n a\n+\n+c\n b\n", False),
        ("@@ -1,2 +1,2 @@\n a\n-\n+c\n", False),  # a blank line becomes a filled one
        ("@@ -1,2 +1,4 @@\n a\n+c\n b\n+\n", True),  # in a run of its own
        ("@@ -1,2 +1,3 @@\n a\n+    <|user_cursor|>\n b\n", False),
        ("@@ -1,1 +1,1 @@\n a\n", False),
        ("", False),
    ],
)
def test_cases(hunk: str, is_isolated: bool) -> None:
    assert has_isolated_whitespace(HEADER + hunk) is is_isolated


def test_what_is_no_patch_is_refused() -> None:
    with pytest.raises(InvalidPatch):
        has_isolated_whitespace("no patch")
