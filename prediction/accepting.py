"""The state after a prediction was accepted."""

from prompt_format import Edit, EditEvent, PromptInput, TextRange, minimal_edits
from prompt_format.udiff import write_udiff

HEADER_LINES = 2


def accepted(prompt_input: PromptInput, edit: Edit) -> PromptInput:
    """The excerpt with ``edit`` made, the cursor behind it, and the edit as the newest event.

    What the editor knew of the old text (syntax, diagnostics) is left out.
    """
    text, at = prompt_input.excerpt_bytes, edit.editable_range
    whole = text[: at.start] + edit.new_text.encode() + text[at.end :]
    return PromptInput(
        cursor_path=prompt_input.cursor_path,
        cursor_excerpt=whole.decode(),
        cursor_offset_in_excerpt=at.start + _cursor(text[at.start : at.end].decode(), edit),
        excerpt_start_row=prompt_input.excerpt_start_row,
        events=(*prompt_input.events, _event(prompt_input, at, whole)),
        related_files=prompt_input.related_files,
        in_open_source_repo=prompt_input.in_open_source_repo,
        can_collect_data=prompt_input.can_collect_data,
        repo_url=prompt_input.repo_url,
    )


def is_same_state(one: PromptInput, other: PromptInput) -> bool:
    """Whether both show the same text at the same place, and the cursor in the same place of it."""
    return (
        one.cursor_offset_in_excerpt == other.cursor_offset_in_excerpt
        and (one.excerpt_start_row or 0) == (other.excerpt_start_row or 0)
        and one.cursor_path == other.cursor_path
        and one.cursor_excerpt == other.cursor_excerpt
    )


def _event(prompt_input: PromptInput, at: TextRange, whole: bytes) -> EditEvent:
    """The change of the lines that the range touches."""
    text = prompt_input.excerpt_bytes
    start = text.rfind(b"\n", 0, at.start) + 1
    newline = text.find(b"\n", at.end)
    num_behind = len(text) - newline if newline >= 0 else 0
    old, new = text[start : len(text) - num_behind], whole[start : len(whole) - num_behind]
    first_row = (prompt_input.excerpt_start_row or 0) + text.count(b"\n", 0, start)
    path = prompt_input.cursor_path
    diff = write_udiff(path, old.decode(), new.decode(), first_row)
    hunks = "".join(diff.splitlines(keepends=True)[HEADER_LINES:])
    return EditEvent(path=path, diff=hunks, predicted=True)


def _cursor(old: str, edit: Edit) -> int:
    """The predicted cursor, else the end of what is put in last; in bytes of the new text."""
    if edit.cursor_offset is not None:
        return edit.cursor_offset
    end = num_longer = 0
    for part in minimal_edits(old, edit.new_text):
        num_new = len(part.new_text.encode())
        end = part.start + num_longer + num_new
        num_longer += num_new - (part.end - part.start)
    return end
