"""What the user's latest edits would make of a text: a rename begun elsewhere, carried on.

A guess to draft from, never an edit to show.
"""

import re
from collections.abc import Iterable, Sequence

from prompt_format import EditEvent, InvalidPatch, diff_edits
from prompt_format.udiff import read_hunks

MAX_EVENTS = 6
MIN_CHARS = 3
"""Shorter words stand everywhere, for other things."""

_WORD = re.compile(r"\w")


def transferred(text: str, events: Sequence[EditEvent]) -> str:
    """``text`` with the replacements of the latest events made in it, oldest first."""
    for event in events[-MAX_EVENTS:]:
        for old, new in _replacements(event):
            literal = new.replace("\\", r"\\")
            text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", literal, text)
    return text


def _replacements(event: EditEvent) -> Iterable[tuple[str, str]]:
    """Words, or runs of them, that the event replaced by others."""
    try:
        hunks = read_hunks(event.diff)
    except InvalidPatch:
        return
    for hunk in hunks:
        for edit in diff_edits("".join(hunk.old_lines), "".join(hunk.new_lines)):
            old, new = edit.old_text.strip(), edit.new_text.strip()
            if len(old) >= MIN_CHARS and new and _WORD.search(old) and "\n" not in old + new:
                yield old, new
