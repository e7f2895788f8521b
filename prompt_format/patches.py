"""Edits of a region as patches of its file, and back, the cursor marked within an added line."""

from prompt_format.cursor_region import insert_cursor, take_cursor
from prompt_format.errors import InvalidPatch
from prompt_format.inputs import PromptInput
from prompt_format.lines import with_newline
from prompt_format.outputs import Edit, RenderedPrompt
from prompt_format.udiff import Hunk, apply_hunks, read_hunks, write_udiff

_MAX_EMPTY_LINES = 3
"""A patch of no more lines is a file header without a hunk."""


def patch_of(prompt_input: PromptInput, rendered: RenderedPrompt, edit: Edit) -> str:
    """``edit`` as a unified diff with the whole region as context."""
    text = edit.new_text
    if edit.cursor_offset is not None:
        text = insert_cursor(text, edit.cursor_offset)
    return write_udiff(
        prompt_input.cursor_path, rendered.region, text, _first_row(prompt_input, rendered)
    )


def edit_of_patch(prompt_input: PromptInput, rendered: RenderedPrompt, patch: str) -> Edit:
    """The edit that ``patch`` makes to the region, both sides ended by a newline.

    Raises ``InvalidPatch`` if it is malformed or changes what is not in the region.
    """
    region = with_newline(rendered.region)
    if patch.count("\n") + (not patch.endswith("\n")) <= _MAX_EMPTY_LINES:
        return Edit(rendered.editable_range, region)
    hunks = read_hunks(patch)
    if not hunks:
        raise InvalidPatch("the patch has no hunk")
    try:
        changed = apply_hunks(region, hunks, _first_row(prompt_input, rendered))
    except InvalidPatch:  # its context may reach beyond the region
        changed = _changed_region(prompt_input, rendered, hunks)
    new_text, cursor = take_cursor(changed)
    return Edit(rendered.editable_range, new_text, cursor)


def _changed_region(
    prompt_input: PromptInput, rendered: RenderedPrompt, hunks: tuple[Hunk, ...]
) -> str:
    """What the region becomes when the whole excerpt is patched."""
    text, editable = prompt_input.excerpt_bytes, rendered.editable_range
    before, after = text[: editable.start].decode(), text[editable.end :].decode()
    changed = apply_hunks(prompt_input.cursor_excerpt, hunks, prompt_input.excerpt_start_row or 0)
    is_inside = changed.startswith(before) and changed.endswith(after)
    if not is_inside or len(changed) < len(before) + len(after):
        raise InvalidPatch("the patch changes what is not in the region")
    return with_newline(changed[len(before) : len(changed) - len(after)])


def _first_row(prompt_input: PromptInput, rendered: RenderedPrompt) -> int:
    before = prompt_input.excerpt_bytes[: rendered.editable_range.start]
    return (prompt_input.excerpt_start_row or 0) + before.count(b"\n")
