"""Where an edit leaves the cursor."""

from prompt_format import Edit, PromptInput
from training.examples import ActualCursor


def cursor_after(prompt_input: PromptInput, edit: Edit) -> ActualCursor | None:
    """The predicted cursor in the excerpt after ``edit``: rows of the file, bytes; None if none."""
    if edit.cursor_offset is None:
        return None
    start = edit.editable_range.start
    before = prompt_input.excerpt_bytes[:start] + edit.new_text.encode()[: edit.cursor_offset]
    return ActualCursor(
        path=prompt_input.cursor_path,
        row=(prompt_input.excerpt_start_row or 0) + before.count(b"\n"),
        column=len(before) - before.rfind(b"\n") - 1,
        offset=len(before),
        editable_region_offset=edit.cursor_offset,
    )
