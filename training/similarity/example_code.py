"""The code that an example is about: what stands around its cursor, and what it should become."""

from prompt_format.cursor_region import CURSOR_MARKER
from training.errors import MissingSection
from training.examples import Example

WINDOW_ROWS = 12
"""Rows above and below the cursor's: more would make all examples of one file alike."""
CURSOR = CURSOR_MARKER
_MARKS = (CURSOR, "[CURSOR_POSITION]")


def code_at_cursor(example: Example) -> str:
    """The window round the cursor, the cursor marked, then the changed lines of the right answers.

    Raises ``MissingSection`` for an example that has neither ``prompt_inputs`` nor a position.
    """
    changed = [
        line
        for patch in example.spec.expected_patches
        for line in patch.partition("\n@@")[2].split("\n")
        if line.startswith(("+", "-"))
    ]
    return "\n".join((*_window(example), *changed))


def cursor_path(example: Example) -> str:
    """The file that the cursor is in, empty where it is not known."""
    if example.spec.cursor_path or example.prompt_inputs is None:
        return example.spec.cursor_path
    return example.prompt_inputs.cursor_path


def _window(example: Example) -> list[str]:
    given = example.prompt_inputs
    if given is not None:
        at = given.cursor_offset_in_excerpt
        text = given.excerpt_bytes
        marked = text[:at].decode() + CURSOR + text[at:].decode()
    elif example.spec.cursor_position:
        marked = example.spec.cursor_position
    else:
        raise MissingSection("prompt_inputs or a cursor position is missing")
    lines = marked.split("\n")
    row = next((row for row, line in enumerate(lines) if any(m in line for m in _MARKS)), 0)
    return lines[max(0, row - WINDOW_ROWS) : row + WINDOW_ROWS + 1]
