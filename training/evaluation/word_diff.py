"""What an edit changes, word by word, laid out row by row of the text before it.

Rows of the old text are the common measure: the expected and the predicted edit stand side by side
with it, each with its own words struck out and put in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from prompt_format import diff_edits
from prompt_format.lines import split_lines
from quality.common_subsequence import common_ends

Kind = Literal["same", "deleted", "inserted", "cursor"]

CONTEXT_ROWS = 3
MAX_ROWS = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text within one row of the old text; the cursor has none."""

    kind: Kind
    text: str


Row = list[Piece]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the old text, and what both edits make of it. ``row`` counts in the file."""

    row: int
    before: Row
    expected: Row
    predicted: Row


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows that are left out, as nothing happens there."""

    num_rows: int


def side_by_side(
    before: str,
    expected: str,
    predicted: str,
    cursors: tuple[int, int | None, int | None] = (0, None, None),
    first_row: int = 0,
) -> list[Line | Gap]:
    """The rows in which something happens, three more around each; at most 80.

    ``cursors`` are in bytes of the three texts.
    """
    panes = [
        rows_of(before, text, cursor)
        for text, cursor in zip((before, expected, predicted), cursors, strict=True)
    ]
    busy = [row for row in range(len(panes[0])) if any(_is_busy(pane[row]) for pane in panes)]
    lines: list[Line | Gap] = []
    done = 0
    for row in _around(busy, len(panes[0])):
        if len(lines) == MAX_ROWS:
            break
        if row > done:
            lines.append(Gap(row - done))
        lines.append(Line(first_row + row, *(pane[row] for pane in panes)))
        done = row + 1
    rest = len(panes[0]) - done
    return [*lines, Gap(rest)] if rest else lines


def rows_of(old: str, new: str, cursor: int | None = None) -> list[Row]:
    """For every row of ``old`` what becomes of it; the cursor is in bytes of ``new``.

    What is put in stands in the row where it is put in, and may have several lines.
    """
    rows: list[Row] = [[] for _ in split_lines(old) or [""]]
    at = 0
    for piece in _with_cursor(_pieces(old, new), cursor):
        if piece.kind in ("inserted", "cursor"):
            rows[min(at, len(rows) - 1)].append(piece)
            continue
        for text in split_lines(piece.text):
            rows[at].append(Piece(piece.kind, text))
            at += text.endswith("\n")
    return rows


def _pieces(old: str, new: str) -> Iterator[Piece]:
    source, done = old.encode(), 0
    for edit in diff_edits(old, new):
        yield Piece("same", source[done : edit.start].decode())
        if edit.old_text.endswith("\n") and edit.new_text.endswith("\n"):
            # The row ends with what is put in, not before it.
            yield Piece("deleted", edit.old_text.removesuffix("\n"))
            yield Piece("inserted", edit.new_text.removesuffix("\n"))
            yield Piece("same", "\n")
        else:
            # Of an indentation only what it gains or loses is of interest.
            is_blank = not (edit.old_text + edit.new_text).strip()
            num_kept = common_ends(edit.old_text, edit.new_text)[0] if is_blank else 0
            kept = edit.old_text[:num_kept]
            yield Piece("same", kept)
            yield Piece("deleted", edit.old_text.removeprefix(kept))
            yield Piece("inserted", edit.new_text.removeprefix(kept))
        done = edit.end
    yield Piece("same", source[done:].decode())


def _with_cursor(pieces: Iterable[Piece], cursor: int | None) -> Iterator[Piece]:
    """The cursor between the bytes of the new text, before what is deleted there."""
    offset = 0
    for piece in pieces:
        text = piece.text.encode()
        if cursor is None or piece.kind == "deleted" or not offset <= cursor < offset + len(text):
            yield piece
        else:
            yield Piece(piece.kind, text[: cursor - offset].decode())
            yield Piece("cursor", "")
            yield Piece(piece.kind, text[cursor - offset :].decode())
            cursor = None
        offset += 0 if piece.kind == "deleted" else len(text)
    if cursor is not None:
        yield Piece("cursor", "")


def _is_busy(row: Row) -> bool:
    return any(piece.kind != "same" and (piece.text or piece.kind == "cursor") for piece in row)


def _around(rows: Sequence[int], num_rows: int) -> list[int]:
    found = {
        near
        for row in rows
        for near in range(row - CONTEXT_ROWS, row + CONTEXT_ROWS + 1)
        if 0 <= near < num_rows
    }
    return sorted(found)
