"""Which changes of a commit are edits that somebody typed and that may be learnt from.

What may not is told by a stable word, so that a run can count what became of a history.
"""

from collections.abc import Sequence

from quality.languages import language_of
from training.eligibility.exclusions import excluded
from training.history.git import FileChange
from training.history.rendering import CURSOR_MARKER

MAX_LINE_CHARS = 400
REPLACEMENT = "\ufffd"
"""Stands in old lines for bytes that are no UTF-8."""


def objection_to_change(
    change: FileChange, license: str | None, languages: Sequence[str], max_changed_lines: int
) -> str | None:
    """Why a change is left out, by what is known without the file. No ``languages``: any known."""
    language = language_of(change.path)
    if language is None:
        return "unknown_language"
    if languages and language not in languages:
        return "language_not_wanted"
    if license is None:
        return "license_not_permissive"
    reason = excluded(change.path, None)
    if reason is not None:
        return reason
    if not change.blocks:
        return "nothing_changed"
    return "too_many_changed_lines" if change.num_changed_lines > max_changed_lines else None


def read_lines(content: bytes, change: FileChange, max_bytes: int) -> list[str] | str:
    """The lines of the file after the change, or the word why it is left out."""
    if len(content) > max_bytes:
        return "file_too_large"
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "not_utf8"
    reason = excluded(change.path, text)
    if reason is not None:
        return reason
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    old = [line for block in change.blocks for line in block.old_lines]
    return _objection_to_lines([*lines, *old]) or lines


def _objection_to_lines(lines: Sequence[str]) -> str | None:
    """An editor shows no byte order mark and no carriage return; no line holds our own marks."""
    if any("\r" in line for line in lines):
        return "carriage_return"
    if any(line.startswith("\ufeff") for line in lines):
        return "byte_order_mark"
    if any("\0" in line for line in lines):
        return "binary"
    if any(REPLACEMENT in line for line in lines):
        return "replacement_character"
    if any(CURSOR_MARKER in line for line in lines):
        return "holds_a_marker"
    return "long_line" if any(len(line) > MAX_LINE_CHARS for line in lines) else None
