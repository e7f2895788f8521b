"""What is left of a prediction after the user has done the first part of it.

The prediction replaces some stretches of a region (``minimal_edits``). A later state of the file is
on the way to it if it is one of those that the user passes through who carries it out from top to
bottom: stretches above done, those below not yet, and of the one at the cursor

    the start of what is new has been typed         and perhaps some of what is old deleted,
    or some of what is old has been deleted from its end,
    or its last characters stand behind the cursor already: brackets and line ends that the editor
    puts there by itself.

Any other state contradicts it. So the rest is exact, never a guess: done after it, the region reads
as was predicted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from prediction.places import place_of, same_place
from prompt_format import Edit, PromptInput, TextRange, minimal_edits

PUT_BY_EDITORS = b")]}>\"'`; \t\n"
"""What may stand behind the cursor before the user gets there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A prediction and the state that it was made for."""

    prompt_input: PromptInput
    edit: Edit


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to do, as an edit of the new state's excerpt; ``region`` is what it replaces."""

    edit: Edit
    region: str


def rest_of(standing: Standing, now: PromptInput) -> Rest | None:
    """What is left of the prediction at ``now``; None if nothing is, or ``now`` contradicts it.

    The excerpts of both states may begin and end at different rows of the file.
    """
    start = same_place(standing.prompt_input, standing.edit.editable_range.start, now)
    cursor = now.cursor_offset_in_excerpt
    if start is None or cursor < start:
        return None
    text = now.excerpt_bytes
    length = _region_length(standing, text[start:], cursor - start, now)
    if length is None:
        return None
    region = text[start : start + length].decode()
    new_text = standing.edit.new_text
    if region == new_text:
        return None
    at = TextRange(start=start, end=start + length)
    return Rest(Edit(at, new_text, standing.edit.cursor_offset), region)


def _region_length(standing: Standing, text: bytes, cursor: int, now: PromptInput) -> int | None:
    """How long the region is now, in a ``text`` that starts with it; None if it is contradicted."""
    then, at = standing.prompt_input, standing.edit.editable_range
    old = then.excerpt_bytes[at.start :]
    if _begins_alike(text, old, at_least=len(at)):
        was_at = place_of(then, then.cursor_offset_in_excerpt)
        return len(at) if was_at == place_of(now, now.cursor_offset_in_excerpt) else None
    region, behind = old[: len(at)], old[len(at) :]
    return next(_lengths_on_the_way(region, standing.edit.new_text, behind, text, cursor), None)


def _lengths_on_the_way(
    region: bytes, new_text: str, behind: bytes, text: bytes, cursor: int
) -> Iterator[int]:
    """Lengths of the region in ``text`` if it is on the way from ``region`` to ``new_text``."""
    done, num_done = b"", 0
    for edit in minimal_edits(region.decode(), new_text):
        done += region[num_done : edit.start]
        if cursor < len(done) or not text.startswith(done):
            return
        old, new = edit.old_text.encode(), edit.new_text.encode()
        typed, left = text[len(done) : cursor], region[edit.end :]
        for kept in _behind_cursor(old, new, typed):
            rest = kept + left
            if _begins_alike(text[cursor:], rest + behind, at_least=len(rest)):
                yield cursor + len(rest)
        done, num_done = done + new, edit.end


def _behind_cursor(old: bytes, new: bytes, typed: bytes) -> Iterator[bytes]:
    """What may stand behind the cursor while ``old`` is replaced by ``new``."""
    if new.startswith(typed):
        yield from (old[deleted:] for deleted in range(len(old) + 1))
        for place in range(len(new) - 1, len(typed) - 1, -1):
            if new[place] not in PUT_BY_EDITORS:
                break
            yield new[place:]
    if old.startswith(typed) and typed != old:
        yield b""


def _begins_alike(one: bytes, other: bytes, at_least: int) -> bool:
    """Whether the shorter of the two, of at least so many bytes, is the start of the longer."""
    length = min(len(one), len(other))
    return length >= at_least and one[:length] == other[:length]
