"""An excerpt as it was before an edit event."""

from prompt_format.errors import InvalidPatch
from prompt_format.lines import split_lines
from prompt_format.udiff import Hunk, apply_hunks, read_hunks, reverse


def undo_event(current: str, diff: str, excerpt_start_row: int | None) -> str:
    """``current``, whole lines, with the event undone; unchanged as far as that is impossible.

    With a known row only the diff's lines inside the excerpt are undone; the rows of a diff's new
    side are rows of the current file. Hunks that do not fit are left out one by one.
    """
    try:
        hunks = read_hunks(diff)
    except InvalidPatch:
        return current
    if excerpt_start_row is not None:
        rows = range(excerpt_start_row, excerpt_start_row + len(split_lines(current)))
        hunks = tuple(part for hunk in hunks if (part := _inside(hunk, rows)) is not None)
    reversals = tuple(map(reverse, hunks))
    first_row = excerpt_start_row or 0
    if (undone := _apply_in_place(current, reversals, first_row)) is not None:
        return undone
    try:
        return apply_hunks(current, reversals, first_row)
    except InvalidPatch:
        return _apply_what_fits(current, reversals, first_row)


def _apply_in_place(text: str, hunks: tuple[Hunk, ...], first_row: int) -> str | None:
    """As ``apply_hunks`` where every hunk stands at its row, without a search; else None."""
    lines = split_lines(text)
    for hunk in reversed(hunks):  # from the last one up, none moves the rows of another
        row, old = hunk.old_row - first_row, hunk.old_lines
        if lines[row : row + len(old)] != old:
            return None
        lines[row : row + len(old)] = hunk.new_lines
    return "".join(lines)


def _apply_what_fits(text: str, hunks: tuple[Hunk, ...], first_row: int) -> str:
    for hunk in reversed(hunks):
        try:
            text = apply_hunks(text, (hunk,), first_row)
        except InvalidPatch:
            continue
    return text


def _inside(hunk: Hunk, rows: range) -> Hunk | None:
    """The part of a hunk whose new side lies in ``rows``; None if it changes nothing there."""
    lines: list[str] = []
    row = hunk.new_row
    for line in hunk.lines:
        if line[0] == "-":
            # Lines deleted directly below the excerpt can be brought back at its end.
            if rows.start <= row <= rows.stop:
                lines.append(line)
            continue
        if row in rows:
            lines.append(line)
        row += 1
    if all(line[0] == " " for line in lines):
        return None
    return Hunk(hunk.old_row, max(hunk.new_row, rows.start), tuple(lines))
