"""Older marks of the cursor in example files, turned into the marker that stands inline.

Both are comment lines below the line that they speak of, for an editor that knows no marker::

    total = price
    #       ^[CURSOR_POSITION]

``^`` is right below the cursor; ``<`` says that it is at the start of the mark's line in an
excerpt, and of the line above in a patch.
"""

import re

from prompt_format.cursor_region import CURSOR_MARKER
from training.errors import InvalidRow

_IN_EXCERPT = re.compile(r"(?P<lead>.*?)(?P<arrow>[\^<])\[CURSOR_POSITION\].*")
_IN_PATCH = re.compile(r"#[\s-]*(?P<arrow>[\^<])\[(?:CURSOR_POSITION|CURSOR|SELECTION)\].*")


def inline_cursor(text: str) -> str:
    """The excerpt with its marker inline. Raises ``InvalidRow`` if it has none of either form."""
    if CURSOR_MARKER in text:
        return text
    lines = text.split("\n")
    for at, line in enumerate(lines):
        mark = _IN_EXCERPT.fullmatch(line)
        if mark is None or at == 0:
            continue
        first = len(line) - len(line.lstrip())
        column = mark.start("arrow") if mark["arrow"] == "^" else first
        lines[at - 1 : at + 1] = [_marked(lines[at - 1], column)]
        return "\n".join(lines)
    raise InvalidRow("Cursor Position has no cursor")


def is_cursor_line(line: str) -> bool:
    """Whether a line of a patch is an older mark."""
    return _IN_PATCH.fullmatch(line) is not None


def mark_above(hunk: list[str], line: str) -> None:
    """Puts the marker where ``line`` says, into the last line of ``hunk`` that stays.

    A line of context becomes an added one: the marker may stand in no other.
    """
    mark = _IN_PATCH.fullmatch(line)
    at = next((at for at in reversed(range(len(hunk))) if hunk[at][:1] in ("+", " ")), None)
    if mark is None or at is None or any(CURSOR_MARKER in each for each in hunk):
        return
    column = mark.start("arrow") - 1 if mark["arrow"] == "^" else 0
    code = hunk[at][1:]
    added = "+" + _marked(code, column)
    hunk[at : at + 1] = [added] if hunk[at].startswith("+") else ["-" + code, added]


def _marked(line: str, column: int) -> str:
    return line[:column] + CURSOR_MARKER + line[column:]
