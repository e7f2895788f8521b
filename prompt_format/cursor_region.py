"""The region around the cursor as text: what surrounds it, and the cursor marked in it."""

from dataclasses import dataclass

from prompt_format.inputs import PromptInput, TextRange
from prompt_format.outputs import Edit

CURSOR_MARKER = "<|user_cursor|>"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The context split at the editable region, and the cursor within the region."""

    before: str
    region: str
    after: str
    cursor: int

    def region_with_cursor(self) -> str:
        return insert_cursor(self.region, self.cursor)


def surroundings(
    prompt_input: PromptInput, editable: TextRange, context: TextRange
) -> Surroundings:
    """Cut the excerpt. The cursor is in bytes of the region, clipped to it."""
    text = prompt_input.excerpt_bytes
    cursor = min(max(prompt_input.cursor_offset_in_excerpt, editable.start), editable.end)
    return Surroundings(
        before=text[context.start : editable.start].decode(),
        region=text[editable.start : editable.end].decode(),
        after=text[editable.end : context.end].decode(),
        cursor=cursor - editable.start,
    )


def insert_cursor(text: str, cursor: int) -> str:
    """``text`` with the cursor marker at byte ``cursor``."""
    encoded = text.encode()
    return encoded[:cursor].decode() + CURSOR_MARKER + encoded[cursor:].decode()


def take_cursor(text: str) -> tuple[str, int | None]:
    """``text`` without its first cursor marker, and where that stood, in bytes."""
    before, marker, after = text.partition(CURSOR_MARKER)
    return before + after, len(before.encode()) if marker else None


def edit_of(region_text: str, editable: TextRange) -> Edit:
    """The edit that replaces the region by ``region_text``, its cursor marker taken out."""
    new_text, cursor = take_cursor(region_text)
    return Edit(editable, new_text, cursor)
