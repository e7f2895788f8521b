"""Unified diffs: written for a region of a file, read, and applied by content.

Hunks are found by what they say, not by where: line numbers only choose between equal places.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from prompt_format.errors import InvalidPatch
from prompt_format.lines import split_lines, with_newline

_HUNK_HEADER = re.compile(r"@@ -([0-9]{1,9})(?:,([0-9]+))? \+([0-9]{1,9})(?:,([0-9]+))? @@")
_FILE_HEADERS = ("--- ", "+++ ", "diff ", "index ")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: its lines with their sign, each ended by ``\\n``; rows count from 0."""

    old_row: int
    new_row: int
    lines: tuple[str, ...]

    @property
    def old_lines(self) -> list[str]:
        return [line[1:] for line in self.lines if line[0] in " -"]

    @property
    def new_lines(self) -> list[str]:
        return [line[1:] for line in self.lines if line[0] in " +"]


def write_udiff(path: str, old: str, new: str, first_row: int) -> str:
    """The change of one region as a diff of the file ``path``, all of the region as context.

    ``first_row`` is the region's row in the file. Both sides are written as if they ended in a
    newline; equal sides give the file header alone.
    """
    header = f"--- a/{path}\n+++ b/{path}\n"
    old, new = (with_newline(side) if side else "" for side in (old, new))
    if old == new:
        return header
    old_lines, new_lines = split_lines(old), split_lines(new)
    body: list[str] = []
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            body += [" " + line for line in old_lines[old_start:old_end]]
            continue
        body += ["-" + line for line in old_lines[old_start:old_end]]
        body += ["+" + line for line in new_lines[new_start:new_end]]
    start = first_row + 1
    counts = f"@@ -{start},{len(old_lines)} +{start},{len(new_lines)} @@\n"
    return header + counts + "".join(body)


def read_hunks(diff: str) -> tuple[Hunk, ...]:
    """The hunks of a diff of one file. Raises ``InvalidPatch`` for a line that cannot be in one.

    An empty line within a hunk is an empty line of context whose leading blank a tool has stripped.
    """
    hunks: list[Hunk] = []
    place: tuple[int, int] | None = None
    lines: list[str] = []
    num_empty = 0
    for line in diff.split("\n"):
        if line.startswith("@@"):
            if place is not None:
                hunks.append(Hunk(*place, tuple(lines)))
            place, lines, num_empty = _place(_HUNK_HEADER.match(line)), [], 0
        elif place is None:
            if line and not line.startswith(_FILE_HEADERS):
                raise InvalidPatch("text before the first hunk")
        elif not line:
            num_empty += 1  # at the end of a hunk it is no line of it
        elif line[0] in "+- ":
            lines += [*[" \n"] * num_empty, line + "\n"]
            num_empty = 0
        elif not line.startswith("\\"):
            raise InvalidPatch("a line of a hunk that is no context, addition or deletion")
    if place is not None:
        hunks.append(Hunk(*place, tuple(lines)))
    return tuple(hunks)


def _place(header: re.Match[str] | None) -> tuple[int, int]:
    """The rows of both sides. A side without lines is counted from the line before it."""
    if header is None:
        return 0, 0
    old, num_old, new, num_new = header.groups()
    return _row(old, num_old), _row(new, num_new)


def _row(line_number: str, num_lines: str | None) -> int:
    is_empty = num_lines is not None and not num_lines.strip("0")
    return int(line_number) if is_empty else max(0, int(line_number) - 1)


def reverse(hunk: Hunk) -> Hunk:
    """The hunk that undoes ``hunk``."""
    signs = {"+": "-", "-": "+", " ": " "}
    lines = tuple(signs[line[0]] + line[1:] for line in hunk.lines)
    return Hunk(hunk.new_row, hunk.old_row, lines)


def apply_hunks(text: str, hunks: tuple[Hunk, ...], first_row: int = 0) -> str:
    """``text``, which starts at ``first_row`` of its file, after ``hunks`` in order.

    Raises ``InvalidPatch`` if a hunk's old lines are nowhere in the text.
    """
    lines = split_lines(text)
    shift = -first_row
    for hunk in hunks:
        row = _find(lines, hunk, hunk.old_row + shift)
        old, new = hunk.old_lines, hunk.new_lines
        if new and row + len(old) == len(lines) and lines and not lines[-1].endswith("\n"):
            new[-1] = new[-1].removesuffix("\n")
            if not old:
                lines[-1] += "\n"
        lines[row : row + len(old)] = new
        shift += len(new) - len(old)
    return "".join(lines)


def _find(lines: list[str], hunk: Hunk, expected_row: int) -> int:
    """The row nearest to ``expected_row`` where the hunk's old lines stand."""
    old = hunk.old_lines
    if not old:
        return min(max(0, expected_row), len(lines))
    rows = list(_places(lines, old))
    if not rows:
        raise InvalidPatch("a hunk's lines are not in the text")
    return min(rows, key=lambda row: abs(row - expected_row))


def _places(lines: list[str], wanted: list[str]) -> Iterator[int]:
    """Rows where ``wanted`` stands; the text's last line need not end in a newline."""
    for row in range(len(lines) - len(wanted) + 1):
        if all(
            line == want or (line + "\n" == want and row + at == len(lines) - 1)
            for at, (line, want) in enumerate(
                zip(lines[row : row + len(wanted)], wanted, strict=True)
            )
        ):
            yield row
