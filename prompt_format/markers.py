"""Numbered markers that cut an editable region into blocks, so that a model rewrites few of them.

A tag stands before each block and after the last: ``<|marker_1|>`` block ``<|marker_2|>`` … The
model repeats the tags around and within what it rewrites.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prompt_format.lines import split_lines
from prompt_format.outputs import NoEdit, ParseReason

MARKER_PREFIX = "<|marker_"
MIN_BLOCK_LINES = 6
MAX_BLOCK_LINES = 16

_TAG = re.compile(r"<\|marker_([0-9]{1,9})\|>")
_GOOD_START_WITHIN = 5
_CLOSERS = ("}", "]", ")")
_BLOCK_ENDS = frozenset({"break", "continue", "return", "throw", "end"})


def marker_tag(number: int) -> str:
    """The tag of the boundary ``number``, counted from 1."""
    return f"{MARKER_PREFIX}{number}|>"


def block_boundaries(
    text: str, min_lines: int = MIN_BLOCK_LINES, max_lines: int = MAX_BLOCK_LINES
) -> tuple[int, ...]:
    """Byte offsets that cut ``text`` into blocks, 0 and the end included.

    A block ends at a blank line once it has ``min_lines``, at the latest after ``max_lines``, and
    the next one begins with a line that opens something, if one is near.
    """
    lines = split_lines(text)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line.encode()))
    starts, last, row = [0], 0, 0
    while row < len(lines):
        gap = row - last
        target = None
        if gap >= min_lines and lines[row].strip() and row and not lines[row - 1].strip():
            target = _good_start(lines, row)
            if len(lines) - target < min_lines:
                target = None
        elif gap >= max_lines:
            target = _good_start(lines, row)
        if target is not None and offsets[target] > starts[-1]:
            starts.append(offsets[target])
            last = target
            row = target
        row += 1
    if len(starts) == 1 or starts[-1] != offsets[-1]:
        starts.append(offsets[-1])
    return tuple(starts)


def _good_start(lines: Sequence[str], row: int) -> int:
    """The first of the next few rows that opens something, else ``row``."""
    for candidate in range(row, min(row + _GOOD_START_WITHIN, len(lines))):
        line = lines[candidate].strip()
        closes = line.startswith(_CLOSERS) or line.rstrip(";") in _BLOCK_ENDS
        if line and not closes:
            return candidate
    return row


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """Boundaries ``first`` to ``last``, counted from 1, and the text to put between them."""

    first: int
    last: int
    text: str


def read_begun_span(output: str) -> tuple[int, str]:
    """The first tag's number, 0 before it is there, and the text behind it so far without tags."""
    first = _TAG.search(output)
    if first is None:
        return 0, ""
    text, _begun_tag, _number = _TAG.sub("", output[first.end() :]).partition(MARKER_PREFIX)
    return int(first[1]), text


def read_marked_span(output: str, num_boundaries: int) -> MarkedSpan | NoEdit:
    """The span that ``output`` rewrites, its inner tags dropped; the same tag twice: unchanged."""
    tags = list(_TAG.finditer(output))
    if len(tags) < 2:
        missing = (
            "no marker tags found in output",
            "only one marker tag found in output, expected at least two",
        )
        return NoEdit(ParseReason.MARKERS_MISSING, missing[len(tags)])
    first, last = int(tags[0][1]), int(tags[-1][1])
    if not 1 <= first <= num_boundaries:
        return NoEdit(ParseReason.MARKERS_OUT_OF_RANGE, "start marker number out of range")
    if not 1 <= last <= num_boundaries:
        return NoEdit(ParseReason.MARKERS_OUT_OF_RANGE, "end marker number out of range")
    if first > last:
        return NoEdit(ParseReason.MARKERS_OUT_OF_ORDER, "start marker must come before end marker")
    return MarkedSpan(first, last, _TAG.sub("", output[tags[0].end() : tags[-1].start()]))
