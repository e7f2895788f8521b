"""Reversal ratio: how much of a prediction undoes what the user just did.

The training metric of Zed's pipeline. It looks at the last event of the cursor file only; there is
nothing to undo if there is none, if it was an accepted prediction, or if its diff is empty.

1. before = the current excerpt with that event undone, as far as it lies inside the excerpt.
2. H = edits from before to current, P = edits from current to predicted: by lines, small blocks by
   tokens.
3. An edit that replaces text, and by characters only inserts or only deletes, becomes those pieces:
   ``epr`` to ``eprintln!()`` inserts 8 characters and deletes none.
4. In the current text each edit of H has an addition (its new text's range) and a deletion (its old
   text, at the place where it was).
5. reversed = characters of P's old texts that overlap an addition
            + LCS(deleted text, p.new) for every deletion in the range of p, or where it starts
6. total = characters of P's old and new texts; ratio = reversed / total, 0 if nothing changes.

All sizes are in characters. A ratio can exceed 1.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from prompt_format.inputs import EditEvent, PromptInput
from prompt_format.text_edits import diff_edits
from quality.common_subsequence import common_ends
from quality.undo import undo_event


@dataclass(frozen=True, slots=True)
class Reversal:
    """Characters that undo the last event, of all characters that the prediction changes."""

    reversed_chars: int
    total_chars: int

    @property
    def ratio(self) -> float:
        return self.reversed_chars / self.total_chars if self.total_chars else 0.0


def reversal(prompt_input: PromptInput, predicted_excerpt: str) -> Reversal:
    """Compare a predicted excerpt with the last thing the user did to the cursor file."""
    event = _last_event_of_cursor_file(prompt_input)
    if event is None or event.predicted or not event.diff:
        return Reversal(0, 0)
    # An excerpt may end before its last newline, the lines of a diff never do.
    ending = "" if prompt_input.cursor_excerpt.endswith("\n") else "\n"
    current, predicted = prompt_input.cursor_excerpt + ending, predicted_excerpt + ending
    before = undo_event(current, event.diff, prompt_input.excerpt_start_row)
    prediction = _char_edits(current, predicted)
    total = sum(len(edit.old) + len(edit.new) for edit in prediction)
    if before == current:
        return Reversal(0, total)
    additions, deletions = _in_current_text(_char_edits(before, current))
    undone = _removed_chars(prediction, additions) + _restored_chars(prediction, deletions)
    return Reversal(undone, total)


def _last_event_of_cursor_file(prompt_input: PromptInput) -> EditEvent | None:
    for event in reversed(prompt_input.events):
        _first, _slash, rest = event.path.partition("/")
        if prompt_input.cursor_path in (event.path, rest):
            return event
    return None


@dataclass(frozen=True, slots=True)
class _CharEdit:
    """Replace ``old``, at character ``start`` of the old text, by ``new``."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        return self.start + len(self.old)


def _char_edits(old: str, new: str) -> list[_CharEdit]:
    # A keystroke changes a few lines: the equal ones above and below need not be compared again.
    prefix, suffix = common_ends(old, new)
    chars = old.rfind("\n", 0, prefix) + 1
    end = old.find("\n", len(old) - suffix) + 1 or len(old)
    window, new_window = old[chars:end], new[chars : len(new) - (len(old) - end)]
    source = window.encode()
    edits: list[_CharEdit] = []
    done = 0
    for edit in diff_edits(window, new_window):
        chars += len(source[done : edit.start].decode())
        done = edit.start
        edits += _pieces(chars, edit.old_text, edit.new_text)
    return edits


def _pieces(start: int, old: str, new: str) -> Iterator[_CharEdit]:
    """The edit itself, or what it purely inserts or deletes."""
    if old and new and len(old) <= len(new) and (gaps := _gaps(old, new)) is not None:
        yield from (_CharEdit(start + at, "", text) for at, _, text in gaps)
    elif old and new and len(new) < len(old) and (gaps := _gaps(new, old)) is not None:
        yield from (_CharEdit(start + at, text, "") for _, at, text in gaps)
    else:
        yield _CharEdit(start, old, new)


def _gaps(short: str, long: str) -> list[tuple[int, int, str]] | None:
    """What ``long`` has beyond ``short`` and where, in both; None unless it holds all of it."""
    prefix, suffix = common_ends(short, long)
    gaps: list[tuple[int, int, str]] = []
    at, end = prefix, len(long) - suffix
    for index in range(prefix, len(short) - suffix):
        found = long.find(short[index], at, end)
        if found < 0:
            return None
        if found > at:
            gaps.append((index, at, long[at:found]))
        at = found + 1
    return [*gaps, (len(short) - suffix, at, long[at:end])] if at < end else gaps


def _in_current_text(
    history: Sequence[_CharEdit],
) -> tuple[list[tuple[int, int]], list[tuple[int, str]]]:
    additions: list[tuple[int, int]] = []
    deletions: list[tuple[int, str]] = []
    shift = 0
    for edit in history:
        start = edit.start + shift
        if edit.new:
            additions.append((start, start + len(edit.new)))
        if edit.old:
            deletions.append((start, edit.old))
        shift += len(edit.new) - len(edit.old)
    return additions, deletions


def _removed_chars(prediction: Sequence[_CharEdit], additions: list[tuple[int, int]]) -> int:
    ends = [end for _start, end in additions]
    removed = 0
    for edit in prediction:
        index = bisect_left(ends, edit.start)
        while index < len(additions) and additions[index][0] < edit.end:
            start, end = additions[index]
            removed += max(0, min(end, edit.end) - max(start, edit.start))
            index += 1
    return removed


def _restored_chars(prediction: Sequence[_CharEdit], deletions: list[tuple[int, str]]) -> int:
    positions = [position for position, _text in deletions]
    restored = 0
    for edit in prediction:
        if not edit.new:
            continue
        index = bisect_left(positions, edit.start)
        while index < len(deletions) and positions[index] < max(edit.end, edit.start + 1):
            restored += LCSseq.similarity(deletions[index][1], edit.new)
            index += 1
    return restored
