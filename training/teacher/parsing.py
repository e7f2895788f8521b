"""Reads what the teacher answered: a region, no edit, the word to keep the previous one, or none.

An answer is prose and then a code block, with the region between its tags or one word in it. Where
the answer holds tags they rule, wherever the fences are: code of the region may look like a fence.
"""

import re
from dataclasses import dataclass

from prompt_format import Edit, TextRange
from prompt_format.cursor_region import take_cursor
from training.teacher.prompts import REGION_END, REGION_START

NO_EDITS = "NO_EDITS"
KEEP_PREVIOUS = "KEEP_PREVIOUS"
WORDS = (NO_EDITS, KEEP_PREVIOUS)

_DECORATION = "`~*. \n"
_OPENING = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})[^`]*")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No edit can be read. ``reason`` is a stable word, ``message`` says it to a person."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class KeepPrevious:
    """The answer that is to be mended is right as it stands."""


TeacherAnswer = Edit | KeepPrevious | Unreadable


def read_answer(text: str, editable: TextRange, region: str) -> TeacherAnswer:
    """The edit that ``text`` makes to ``region``; NO_EDITS gives an edit that changes nothing."""
    if "\r" not in region:
        text = text.replace("\r\n", "\n")
    word = _sentinel(text)
    if word == NO_EDITS:
        return Edit(editable, region)
    if word == KEEP_PREVIOUS:
        return KeepPrevious()
    found = _between_tags(text)
    if isinstance(found, Unreadable):
        return found
    if found.strip() == NO_EDITS != region.strip():
        return Edit(editable, region)
    new_text, cursor = take_cursor(found)
    if region.startswith("\n") and not new_text.startswith("\n"):
        new_text = "\n" + new_text  # models skip a blank line at the start
        cursor = None if cursor is None else cursor + 1
    return Edit(editable, new_text, cursor).ending_like(region)


def last_code_block(text: str) -> str | None:
    """The last fenced block; one that is not closed reaches to the end."""
    fence, lines, block = "", [""], None
    for line in text.split("\n"):
        if not fence:
            opening = _OPENING.fullmatch(line)
            if opening:
                fence, lines = opening["fence"], []
        elif _closes(line, fence):
            fence, block = "", "\n".join(lines)
        else:
            lines.append(line)
    return "\n".join(lines) if fence else block


def _sentinel(text: str) -> str | None:
    """The word that the last code block is, that the answer ends with, or that has its own line.

    Where a region is given, only its end counts: the word may stand in the code.
    """
    block = last_code_block(text)
    if block is not None and block.strip() in WORDS:
        return block.strip()
    ending = text.rstrip(_DECORATION).rsplit(maxsplit=1)[-1:]
    lines = [] if REGION_END in text else text.split("\n")
    for said in (*ending, *reversed(lines)):
        if said.strip(_DECORATION) in WORDS:
            return said.strip(_DECORATION)
    return None


def _between_tags(text: str) -> str | Unreadable:
    """What stands between the last start and end tags, less a newline at either end."""
    block = last_code_block(text)
    end = text.rfind(REGION_END)
    if end >= 0:
        start = text.rfind(REGION_START, 0, end)
        if start >= 0:
            return _inner(text[start + len(REGION_START) : end])
        if block is not None and REGION_END in block:
            return _inner(block[: block.rfind(REGION_END)])
    if block is None:
        return Unreadable("code_block_missing", "the answer has no code block")
    if REGION_START in text:
        return Unreadable("end_tag_missing", "the answer's region is not closed by its tag")
    return Unreadable("tags_missing", "the answer's code block has no tags of the region")


def _inner(text: str) -> str:
    return text.removeprefix("\n").removesuffix("\n")


def _closes(line: str, fence: str) -> bool:
    bare = line.strip(" ")
    return len(bare) >= len(fence) and not bare.strip(fence[0])
